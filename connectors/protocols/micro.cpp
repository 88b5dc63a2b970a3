#include "connectors/protocols/micro.hpp"

#include "engine/base/json_writer.hpp"
#include "engine/event/json_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace millrace::protocols {
namespace {

using http::Request;
using http::Response;

constexpr std::size_t kFilterMax = std::size_t{16} << 10;

// What a request asks for; empty and 0: anything.
struct Filter {
  std::string schema, kind, vendor, version;
  std::vector<std::string> contexts;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

// Nothing: the body is no JSON object.
std::optional<Filter> filter_of(const Request& request) {
  Filter filter;
  if (request.body.empty()) return filter;
  JsonTree tree({.bytes = kFilterMax, .depth = 8});
  Arena arena;
  if (!tree.read(request.body, arena) || !tree.root().is(JsonKind::kObject)) return std::nullopt;
  const JsonNode asked = tree.root();
  filter.schema = asked["schema"].text();
  filter.kind = asked["event_type"].text();
  filter.vendor = asked["vendor"].text();
  filter.version = asked["version"].text();
  for (const JsonNode schema : asked["contexts"]) filter.contexts.emplace_back(schema.text());
  if (const JsonNode limit = asked["limit"]; limit.number() >= 0 && limit.is(JsonKind::kNumber))
    filter.limit = static_cast<std::size_t>(std::min(limit.number(), 1e9));
  return filter;
}

bool is_or_any(const std::string& asked, const std::string& is) {
  return asked.empty() || asked == is;
}

bool fits(const MicroEvent& event, const Filter& filter) {
  return is_or_any(filter.schema, event.schema) && is_or_any(filter.kind, event.kind) &&
         is_or_any(filter.vendor, event.vendor) && is_or_any(filter.version, event.version) &&
         std::all_of(filter.contexts.begin(), filter.contexts.end(), [&](const auto& schema) {
           return std::find(event.contexts.begin(), event.contexts.end(), schema) !=
                  event.contexts.end();
         });
}

void write_good(const MicroEvent& event, JsonWriter& json) {
  json.object().key("rawEvent").raw(event.raw);
  json.key("eventType").value(event.kind).key("schema").value(event.schema);
  json.key("contexts").array();
  for (const std::string& schema : event.contexts) json.value(schema);
  json.end().key("event").raw(event.event).end();
}

void write_bad(const MicroEvent& event, JsonWriter& json) {
  json.object().key("collectorPayload").object().key("api").object();
  json.key("vendor").value(event.vendor).key("version").value(event.version).end().end();
  json.key("rawEvent").raw(event.raw);
  json.key("errors").array().value(event.error).end().end();
}

Response json_response() {
  Response response;
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response list(const std::deque<MicroEvent>& events,
              const Request& request,
              void (*write)(const MicroEvent&, JsonWriter&)) {
  const auto filter = filter_of(request);
  if (!filter) return http::refusal(400, "bad_filter", "the body is not a JSON object");
  Response response = json_response();
  JsonWriter json(response.body);
  json.array();
  std::size_t left = filter->limit;
  for (const MicroEvent& event : events) {
    if (left == 0) break;
    if (!fits(event, *filter)) continue;
    write(event, json);
    --left;
  }
  json.end();
  return response;
}

Response counts(std::uint64_t good, std::uint64_t bad) {
  Response response = json_response();
  JsonWriter json(response.body);
  json.object().key("total").value(good + bad).key("good").value(good);
  json.key("bad").value(bad).end();
  return response;
}

}  // namespace

void Micro::add(MicroEvent event) {
  if (!enabled()) return;
  const std::lock_guard lock(mutex_);
  Sort& sort = event.error.empty() ? good_ : bad_;
  ++sort.seen;
  sort.last.push_front(std::move(event));
  if (sort.last.size() > most_) sort.last.pop_back();
}

Response Micro::all() {
  const std::lock_guard lock(mutex_);
  return counts(good_.seen, bad_.seen);
}

Response Micro::good(const Request& request) {
  const std::lock_guard lock(mutex_);
  return list(good_.last, request, write_good);
}

Response Micro::bad(const Request& request) {
  const std::lock_guard lock(mutex_);
  return list(bad_.last, request, write_bad);
}

Response Micro::reset() {
  const std::lock_guard lock(mutex_);
  good_ = {};
  bad_ = {};
  return counts(0, 0);
}

void Micro::add_routes(http::Routes& routes) {
  if (!enabled()) return;
  const auto add = [&](std::string_view path, std::string_view summary, auto answer) {
    for (const auto method : {http::Method::kGet, http::Method::kPost})
      routes.add(
          {.method = method,
           .pattern = std::string(path),
           .right = http::Right::kRead,
           .body_max = method == http::Method::kPost ? kFilterMax : 0,
           .summary = std::string(summary),
           .handler = [answer](const Request& request,
                               const http::ReplyRef& reply) { reply->send(answer(request)); },
           .answer = "{}"});
  };
  add("/micro/all",
      "How many events Snowplow's trackers sent, and how many were refused.",
      [this](const Request&) { return all(); });
  add("/micro/good",
      "The last events that Snowplow's trackers sent.",
      [this](const Request& request) { return good(request); });
  add("/micro/bad",
      "The last events of Snowplow's trackers that were refused, and why.",
      [this](const Request& request) { return bad(request); });
  add("/micro/reset",
      "Forgets the events of Snowplow's trackers that are kept for tests.",
      [this](const Request&) { return reset(); });
}

MicroNotes::MicroNotes(Micro* micro,
                       const Request& request,
                       std::string_view vendor,
                       std::string_view version)
    : micro_(micro) {
  if (!wanted()) return;
  vendor_ = vendor;
  version_ = version;
  JsonWriter json(around_);
  json.object().key("api").object().key("vendor").value(vendor);
  json.key("version").value(version).end();
  json.key("contentType").value(request.header("content-type"));
  json.key("source").object().key("name").value("millrace").key("encoding").value("UTF-8");
  json.key("hostname").value(request.header("host")).end();
  json.key("context").object().key("timestamp").value(format_time(request.received));
  json.key("useragent").value(request.header("user-agent"));
  json.key("refererUri").value(request.header("referer")).end();
  json.key("parameters");
}

MicroEvent& MicroNotes::add(Parameters said) {
  MicroEvent& event = events_.emplace_back();
  event.vendor = vendor_;
  event.version = version_;
  event.raw = around_;
  JsonWriter json(event.raw);
  json.object();
  for (const auto& [name, value] : said) json.key(name).value(value);
  json.end();
  event.raw += '}';
  return event;
}

void MicroNotes::publish(const admission::Outcome& outcome) {
  if (!wanted() || outcome.kind == admission::Outcome::Kind::kLater) return;
  if (outcome.kind == admission::Outcome::Kind::kRefused) {
    if (events_.empty()) add({});
    for (MicroEvent& event : events_)
      if (event.error.empty()) event.error = fmt::format("{}: {}", outcome.reason, outcome.detail);
  }
  for (MicroEvent& event : events_) micro_->add(std::move(event));
  events_.clear();
}

}  // namespace millrace::protocols
