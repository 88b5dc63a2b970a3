#include "connectors/protocols/segment.hpp"

#include "connectors/http/body.hpp"
#include "connectors/protocols/basic_auth.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

namespace millrace::protocols {
namespace {

using http::Method;
using http::ReplyRef;
using http::Request;
using http::Response;

constexpr std::string_view kSuccess = R"({"success": true})";

std::vector<Endpoint> endpoints() {
  return {
      {Method::kPost, "/v1/track", "track"},
      {Method::kPost, "/v1/t", "track"},
      {Method::kPost, "/v1/page", "page"},
      {Method::kPost, "/v1/p", "page"},
      {Method::kPost, "/v1/screen", "screen"},
      {Method::kPost, "/v1/s", "screen"},
      {Method::kPost, "/v1/identify", "identify"},
      {Method::kPost, "/v1/i", "identify"},
      {Method::kPost, "/v1/group", "group"},
      {Method::kPost, "/v1/g", "group"},
      {Method::kPost, "/v1/alias", "alias"},
      {Method::kPost, "/v1/a", "alias"},
      {Method::kPost, "/v1/batch", ""},
      {Method::kPost, "/v1/b", ""},
      {Method::kPost, "/v1/import", ""},
  };
}

// A view into the body if the key stands there without escapes; else in the workbench.
std::string_view key_in_body(const Workbench& bench) {
  const Value& key = bench.json.top().values[0];
  return key.is(ValueKind::kString) ? key.text() : std::string_view();
}

std::variant<Decoded, Refusal> decode(const Request& request,
                                      const Endpoint& endpoint,
                                      Workbench& bench) {
  const auto [kind, body, packed_badly] = http::unpack(request.body,
                                                       request.header("content-encoding"),
                                                       {.bytes_max = bench.limits.batch_max},
                                                       bench.unpacked);
  if (!packed_badly.empty())
    return Refusal{400, packed_badly, "the body cannot be unpacked within its bounds"};
  const std::size_t most = endpoint.type.empty() ? bench.limits.batch_max : bench.limits.event_max;
  if (body.size() > most)
    return Refusal{
        400, "body_too_large", fmt::format("{} bytes, {} are allowed", body.size(), most)};
  if (!bench.json.read(body, bench.arena)) {
    const JsonFault& fault = bench.json.fault();
    return Refusal{400, fault.reason, fmt::format("{} at byte {}", fault.what, fault.offset)};
  }
  if (!bench.json.top().is_object)
    return Refusal{400, "not_an_event", "the body is not a JSON object"};

  Delivery delivery;
  delivery.endpoint = endpoint.type;
  delivery.body = body;
  if (bench.json.has_rows()) delivery.events = bench.json.rows().size();
  const std::string_view inside = key_in_body(bench);
  if (body.data() <= inside.data() && inside.data() < body.data() + body.size())
    delivery.key_inside = inside;
  bench.key = basic_user(request);
  delivery.write_key = bench.key.empty() ? inside : std::string_view(bench.key);
  return Decoded{delivery};
}

// What analytics.js loads before it sends anything: that its events go here, and nowhere else.
Response settings(const Request& request, const Collector& collector) {
  const std::string_view key = request.capture("key");
  if (collector.keys().now()->find_write(key) == nullptr)
    return http::refusal(404, "unknown_key", "nobody knows this write key");
  Response response;
  JsonWriter json(response.body);
  json.object().key("integrations").object().key("Segment.io").object();
  json.key("apiKey").value(key);
  json.key("apiHost").value(std::string(request.header("host")) + "/v1");
  json.key("protocol").value(request.secure ? "https" : "http");
  json.key("versionSettings").object().key("version").value("4.4.7");
  json.key("componentTypes").array().value("browser").end().end().end().end();
  json.key("plan").object();
  json.key("track").raw(R"({"__default":{"enabled":true,"integrations":{}}})");
  json.key("identify").raw(R"({"__default":{"enabled":true}})");
  json.key("group").raw(R"({"__default":{"enabled":true}})").end();
  json.key("metrics").object().key("sampleRate").value(0).end();
  json.key("analyticsNextEnabled").value(true).end();
  // The server's name depends on how it was reached, and the headers on the page that asks.
  response.headers.emplace_back("Cache-Control", "private, max-age=300");
  response.headers.emplace_back("Vary", "Host, Origin");
  return response;
}

}  // namespace

void add_segment(Collector& collector, Workbenches& benches, http::Routes& routes) {
  add_dialect({.name = "segment",
               .summary = "Takes events as Segment's SDKs send them.",
               .endpoints = endpoints(),
               .decode = decode,
               .answer = [](const Outcome& outcome) { return json_answer(outcome, kSuccess); }},
              collector,
              benches,
              routes);
  routes.add({.method = Method::kGet,
              .pattern = "/v1/projects/{key}/settings",
              .right = http::Right::kWrite,
              .summary = "Tells Segment's browser SDK where to send.",
              .handler = [&collector](const Request& request, const ReplyRef& reply) {
                reply->send(settings(request, collector));
              }});
  // Counts of the SDK about itself, and no event: answered so that it is content.
  routes.add({.method = Method::kPost,
              .pattern = "/v1/m",
              .right = http::Right::kWrite,
              .body_max = collector.config().batch_max.bytes,
              .summary = "Takes metrics of Segment's browser SDK about itself, which are not kept.",
              .handler = [](const Request&, const ReplyRef& reply) {
                reply->send({.body = std::string(kSuccess)});
              }});
}

}  // namespace millrace::protocols
