#include "connectors/protocols/rudderstack.hpp"

#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/pixel.hpp"
#include "connectors/protocols/spec_body.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/json_writer.hpp"

#include <array>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kMerge = "/v1/merge";
constexpr std::string_view kWebhook = "/v1/webhook";

std::vector<Endpoint> endpoints() {
  constexpr std::string_view kQuery = "writeKey=KEY&event=E&userId=u";
  return {
      {Method::kPost, "/v1/track", "track"},
      {Method::kPost, "/v1/page", "page"},
      {Method::kPost, "/v1/screen", "screen"},
      {Method::kPost, "/v1/identify", "identify"},
      {Method::kPost, "/v1/group", "group"},
      {Method::kPost, "/v1/alias", "alias"},
      {Method::kPost, "/v1/batch", "", kSpecBatchExample},
      {Method::kPost, "/v1/import", "", kSpecBatchExample},
      {Method::kPost,
       kMerge,
       "",
       R"({"mergeProperties":[{"type":"user_id","value":"u"},{"type":"user_id","value":"v"}]})"},
      {Method::kPost, kWebhook, "", R"({"event":"E"})"},
      {Method::kGet, kWebhook, "", kQuery},
      {Method::kPost, "/beacon/v1/batch", "", kSpecBatchExample},
      {Method::kGet, "/pixel/v1/track", "track", kQuery},
      {Method::kGet, "/pixel/v1/page", "page", kQuery},
  };
}

// The paths that Segment has too: only headers tell whose SDK it is, and the answers differ in
// their text alone.
bool is_rudderstack(const Request& request, Workbench&) {
  constexpr std::array<std::string_view, 4> kOurs = {
      "anonymousid", "sentat", "rsa-retry-attempt", "rsa-recovered"};
  for (const std::string_view name : kOurs)
    if (!request.header(name).empty()) return true;
  const std::string_view path = request.path;
  if (path.starts_with("/beacon/") || path.starts_with("/pixel/")) return true;
  if (path == kMerge || path == kWebhook) return true;
  // Its SDK for Node sends what axios makes of a Buffer.
  return request.header("content-type") == "application/x-www-form-urlencoded" &&
         request.header("user-agent").starts_with("axios/");
}

std::string key_of(const Request& request) {
  std::string key = basic_user(request);
  return key.empty() ? request.parameter("writeKey").value_or("") : key;
}

Response answer(const Outcome& outcome) {
  Response response = json_answer(outcome, "ok");
  if (outcome.kind == Outcome::Kind::kAccepted) response.content_type = "text/plain; charset=utf-8";
  return response;
}

// {"type":"merge","mergeProperties":[{"type":"user_id","value":"1"},{"type":"anonymous_id",...}]}:
// two ids of one customer, which an alias says here.
Reading read_merge(const Request& request, Workbench& bench) {
  if (auto refusal = read_json(request, bench)) return *refusal;
  const JsonNode root = bench.tree.root();
  Translation made(bench);
  SpecEvent& event = made.begin();
  const Reader reader = bench.reader();
  std::size_t ids = 0;
  for (const JsonNode id : root["mergeProperties"]) {
    const std::string_view type = id["type"].text();
    if (type != "user_id" && type != "anonymous_id")
      return Refusal{400, "unsupported_merge", "only user_id and anonymous_id can be merged"};
    const bool second = ++ids == 2;
    const std::string_view place = second              ? "previousId"
                                   : type == "user_id" ? "userId"
                                                       : "anonymousId";
    reader.put(event, FieldMapping{"value", Into::kEvent, place, As::kText}, id["value"]);
  }
  if (ids != 2) return Refusal{400, "bad_merge", "mergeProperties is not a list of two"};
  event.plain(Into::kEvent, "type"_key, "alias");
  event.value(Into::kEvent, "messageId"_key, root["messageId"]);
  event.value(Into::kEvent, "context"_key, root["context"]);
  made.keep(root.source());
  return made.finish(bench.key);
}

// Whatever a service sends is one event; nobody knows of whom, so that it stands for itself.
Reading read_webhook(const Request& request, Workbench& bench) {
  Translation made(bench);
  SpecEvent& event = made.begin();
  std::string_view source = request.query;
  if (request.method == Method::kPost) {
    if (auto refusal = read_json(request, bench)) return *refusal;
    source = bench.tree.root().source();
    for (const JsonNode member : bench.tree.root())
      if (member.key() != "writeKey") event.member(Into::kProperties, member);
  } else {
    for (const auto& [name, value] : bench.query(request))
      if (name != "writeKey") event.text(Into::kProperties, name, value);
  }
  event.plain(Into::kEvent, "type"_key, "track");
  event.plain(Into::kEvent, "event"_key, "webhook_source_event");
  const std::string_view id = bench.arena.copy(to_hex(hash128(source)));
  event.text(Into::kEvent, "anonymousId"_key, id);
  made.keep(source);
  return made.finish(bench.key);
}

Reading decode(const Request& request, const Endpoint& endpoint, Workbench& bench) {
  if (request.path.starts_with("/pixel/")) {
    Decoded decoded = read_pixel(request, endpoint, bench);
    decoded.answer = gif_answer;
    return decoded;
  }
  bench.key = key_of(request);
  if (endpoint.pattern == kMerge) return read_merge(request, bench);
  if (endpoint.pattern == kWebhook) return read_webhook(request, bench);
  Reading reading = read_spec_body(request, endpoint, bench.key, bench);
  if (std::holds_alternative<Refusal>(reading)) return reading;
  if (bench.json.has_rows() && bench.json.rows().empty())
    return Refusal{400, "empty_batch", "the batch has no events"};
  if (!all_have_ids(bench))
    return Refusal{400, "missing_ids", "request neither has anonymousId nor userId"};
  return reading;
}

// What the browser's SDK loads before it sends anything.
Response source_config(const Request& request, Collector& collector) {
  const std::string key = key_of(request);
  const auto keys = collector.keys().now();
  const auto* known = keys->find_write(key);
  if (known == nullptr) return http::refusal(401, "unknown_key", "nobody knows this write key");
  Response response;
  JsonWriter json(response.body);
  json.object().key("isHosted").value(true).key("source").object();
  json.key("id").value(key).key("name").value(known->source).key("writeKey").value(key);
  json.key("enabled").value(true).key("workspaceId").value("millrace");
  json.key("config").object().key("statsCollection").object();
  json.key("errors").object().key("enabled").value(false).end();
  json.key("metrics").object().key("enabled").value(false).end().end().end();
  json.key("connections").array().end().key("destinations").array().end();
  json.key("dataplanes").object().end().end();
  json.key("updatedAt").value("2024-01-01T00:00:00.000Z").end();
  response.headers.emplace_back("Cache-Control", "private, max-age=300");
  response.headers.emplace_back("Vary", "Authorization, Origin");
  return response;
}

}  // namespace

Dialect rudderstack() {
  constexpr std::string_view kSummary = "Tells RudderStack's browser SDK about its source.";
  Dialect made;
  made.name = "rudderstack";
  made.title = "RudderStack HTTP API";
  made.summary = "Takes events as RudderStack's SDKs send them.";
  made.notes =
      "The Segment spec, and every name is kept as it is. The key is Basic authorization's user, "
      "or "
      "`writeKey` in the query of a beacon or pixel. `merge` becomes an `alias` of two ids, a "
      "webhook "
      "a track event `webhook_source_event`. Set `dataPlaneUrl` and `configUrl`.";
  made.example = kSpecExample;
  made.endpoints = endpoints();
  made.claims = is_rudderstack;
  made.decode = decode;
  made.answer = answer;
  made.services = {{Method::kGet, "/sourceConfig", kSummary, source_config, "writeKey=KEY"},
                   {Method::kGet, "/sourceConfig/", kSummary, source_config, "writeKey=KEY"}};
  return made;
}

}  // namespace millrace::protocols
