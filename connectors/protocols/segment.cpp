#include "connectors/protocols/segment.hpp"

#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/spec_body.hpp"
#include "engine/base/json_writer.hpp"

namespace millrace::protocols {
namespace {

using http::Method;
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
      {Method::kPost, "/v1/batch", "", kSpecBatchExample},
      {Method::kPost, "/v1/b", "", kSpecBatchExample},
      {Method::kPost, "/v1/import", "", kSpecBatchExample},
      {Method::kPost, "/batch", "", kSpecBatchExample},
      {Method::kPost, "/b", "", kSpecBatchExample},
  };
}

Reading decode(const Request& request, const Endpoint& endpoint, Workbench& bench) {
  bench.key = basic_user(request);
  return read_spec_body(request, endpoint, bench.key, bench);
}

// What analytics.js loads before it sends anything: that its events go here, and nowhere else.
Response settings(const Request& request, Collector& collector) {
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

// Counts of the SDK about itself, and no event: answered so that it is content.
Response metrics(const Request&, Collector&) {
  Response response;
  response.body = kSuccess;
  return response;
}

}  // namespace

Dialect segment() {
  Dialect made;
  made.name = "segment";
  made.title = "Segment HTTP Tracking API";
  made.summary = "Takes events as Segment's SDKs send them.";
  made.notes =
      "The body is what the journal holds, so every name is kept as it is. The key is Basic "
      "authorization's user, or `writeKey` in the body.";
  made.example = kSpecExample;
  made.endpoints = endpoints();
  made.decode = decode;
  made.answer = [](const Outcome& outcome) { return json_answer(outcome, kSuccess); };
  made.services = {{Method::kGet,
                    "/v1/projects/{key}/settings",
                    "Tells Segment's browser SDK where to send.",
                    settings},
                   {Method::kPost,
                    "/v1/m",
                    "Takes metrics of Segment's browser SDK about itself, which are not kept.",
                    metrics}};
  return made;
}

}  // namespace millrace::protocols
