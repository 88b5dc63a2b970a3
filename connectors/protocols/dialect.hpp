// A wire protocol as a value: where its requests come in, how they are read, how its names become
// ours, and how it says what became of them. One protocol is one file that makes such a value; what
// all have in common (keys, limits, journal, refusals, headers) happens once, in dialect.cpp and
// the collector.
//
// Decoders are called on I/O threads, several at a time.
#pragma once

#include "connectors/admission/collector.hpp"
#include "connectors/http/routes.hpp"
#include "connectors/protocols/mapping.hpp"
#include "connectors/protocols/workbench.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::protocols {

using admission::Collector;
using admission::Delivery;
using admission::Outcome;
using admission::Refusal;
using admission::RefusedEvent;

struct Endpoint {
  http::Method method = http::Method::kPost;
  std::string_view pattern;
  // The type of events that come in here, as Hit::endpoint; empty: each says its own, and there may
  // be many.
  std::string_view type{};
  std::string_view example{};  // as Route::example; empty: the dialect's
};

struct Decoded {
  Delivery delivery;                                           // may point into the workbench
  std::vector<std::pair<std::string, std::string>> headers{};  // of every answer: cookies
  std::vector<RefusedEvent> refused{};                         // of the delivery
  // Where the answer depends on the request; else it is the dialect's.
  std::function<http::Response(const Outcome&)> answer{};
};
using Reading = std::variant<Decoded, Refusal>;

// A route that takes no events: what an SDK asks before it sends any.
struct Service {
  http::Method method = http::Method::kGet;
  std::string_view pattern;
  std::string_view summary;  // for the OpenAPI document
  std::function<http::Response(const http::Request&, Collector&)> answer;
  std::string_view example{};  // as Route::example
};

struct Dialect {
  std::string_view name;     // as Hit::protocol
  std::string_view title;    // as people call it: "Snowplow tracker protocol 2"
  std::string_view summary;  // of its routes, for the OpenAPI document
  std::string_view notes{};  // for docs/protocols.md, Markdown: key, ids, what else is to be known
  std::string_view example{};
  std::vector<Endpoint> endpoints{};
  std::span<const EventMapping> events{};
  std::span<const FieldMapping> fields{};
  std::span<const FieldMapping> items{};  // of what is bought
  std::vector<FieldGroup> groups{};       // further fields, where not all are of every event
  // Whether a request at an endpoint that other dialects have too, or whose pattern fits too much,
  // is in this one; left out: it is. Asked in the order of the list in protocols.cpp.
  std::function<bool(const http::Request&, Workbench&)> claims{};
  std::function<Reading(const http::Request&, const Endpoint&, Workbench&)> decode{};
  std::function<http::Response(const Outcome&)> answer{};
  std::vector<Service> services{};
  int too_large = 413;  // as Route::too_large
};

// Adds the dialects' endpoints and services. Collector and workbenches outlive the server.
void add_dialects(std::vector<Dialect> dialects,
                  Collector& collector,
                  Workbenches& benches,
                  http::Routes& routes);

// What most protocols answer: `success` as JSON, and an error as JSON with its reason, with
// Retry-After where it makes sense to come again.
http::Response json_answer(const Outcome& outcome, std::string_view success);

// A transparent 1x1 GIF that nobody caches, whatever became of it: 200 also for what can never be
// accepted, with the reason in X-Millrace-Reason, since nobody would see another; 503 where there
// is no room, so that 200 says that it is kept.
http::Response gif_answer(const Outcome& outcome);

}  // namespace millrace::protocols
