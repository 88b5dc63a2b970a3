// A wire protocol as a value: where its requests come in, how they are read, and how it says what
// became of them. One protocol is one file that makes such a value; what all have in common
// (keys, limits, journal, refusals, headers) happens once, in dialect.cpp and the collector.
//
// Decoders are called on I/O threads, several at a time.
#pragma once

#include "connectors/admission/collector.hpp"
#include "connectors/http/routes.hpp"
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

struct Endpoint {
  http::Method method = http::Method::kPost;
  std::string_view pattern;
  // The type of events that come in here, as Hit::endpoint; empty: each says its own, and there may
  // be many.
  std::string_view type;
};

struct Decoded {
  Delivery delivery;                                           // may point into the workbench
  std::vector<std::pair<std::string, std::string>> headers{};  // of every answer: cookies
};

struct Dialect {
  std::string_view name;
  std::string_view summary;  // of its routes, for the OpenAPI document
  std::vector<Endpoint> endpoints;
  std::function<std::variant<Decoded, Refusal>(const http::Request&, const Endpoint&, Workbench&)>
      decode;
  std::function<http::Response(const Outcome&)> answer;
};

// Adds the dialect's endpoints. Collector and workbenches outlive the server.
void add_dialect(Dialect dialect, Collector& collector, Workbenches& benches, http::Routes& routes);

// What most protocols answer: `success` as JSON, and an error as JSON with its reason, with
// Retry-After where it makes sense to come again.
http::Response json_answer(const Outcome& outcome, std::string_view success);

}  // namespace millrace::protocols
