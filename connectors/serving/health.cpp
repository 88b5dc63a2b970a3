#include "connectors/serving/health.hpp"

#include "connectors/serving/answers.hpp"
#include "engine/metrics/exposition.hpp"

#include <utility>

namespace millrace::serving {
namespace {

constexpr std::string_view kReadySchema =
    R"({"type":"object","required":["ready","checks"],"properties":{"ready":{"type":"boolean"},)"
    R"("checks":{"type":"array","items":{"type":"object","required":["name","ok","required"],)"
    R"("properties":{"name":{"type":"string"},"ok":{"type":"boolean"},)"
    R"("required":{"type":"boolean"},"detail":{"type":"string"}}}}}})";

constexpr std::string_view kLiveSchema =
    R"({"type":"object","required":["live"],"properties":{"live":{"type":"boolean"}}})";

void write_check(const HealthCheck& check,
                 const std::optional<std::string>& fault,
                 JsonWriter& json) {
  json.object();
  json.key("name").value(check.name);
  json.key("ok").value(!fault);
  json.key("required").value(check.required);
  if (fault) json.key("detail").value(*fault);
  json.end();
}

http::Response readiness(const std::vector<HealthCheck>& checks) {
  std::vector<std::optional<std::string>> faults;
  bool ready = true;
  for (const auto& check : checks) {
    faults.push_back(check.fault());
    ready = ready && (!check.required || !faults.back());
  }
  auto response = answer([&](JsonWriter& json) {
    json.object();
    json.key("ready").value(ready);
    json.key("checks").array();
    for (std::size_t i = 0; i < checks.size(); ++i) write_check(checks[i], faults[i], json);
    json.end().end();
  });
  if (!ready) {
    response.status = 503;
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

}  // namespace

void add_health_routes(http::Routes& routes, const std::vector<HealthCheck>& checks) {
  routes.add({.method = http::Method::kGet,
              .pattern = "/livez",
              .summary = "Whether the process answers at all.",
              .handler =
                  [](const http::Request&, const http::ReplyRef& reply) {
                    reply->send(answer(
                        [](JsonWriter& json) { json.object().key("live").value(true).end(); }));
                  },
              .answer = std::string(kLiveSchema)});
  for (const char* const pattern : {"/readyz", "/healthz"})
    routes.add(
        {.method = http::Method::kGet,
         .pattern = pattern,
         .summary = "Whether events are taken in, and if not, why; 503 then.",
         .handler = [checks](const http::Request&,
                             const http::ReplyRef& reply) { reply->send(readiness(checks)); },
         .answer = std::string(kReadySchema)});
}

void add_metrics_route(http::Routes& routes, const Metrics& metrics) {
  routes.add({.method = http::Method::kGet,
              .pattern = "/metrics",
              .right = http::Right::kRead,
              .summary = "The engine's numbers, as Prometheus scrapes them.",
              .handler = [&metrics](const http::Request&, const http::ReplyRef& reply) {
                reply->send({.content_type = kExpositionContentType,
                             .body = exposition(metrics),
                             .headers = {{"Cache-Control", "no-store"}}});
              }});
}

}  // namespace millrace::serving
