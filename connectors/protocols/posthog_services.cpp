#include "connectors/protocols/posthog.hpp"
#include "engine/base/json_writer.hpp"

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

// That there is nothing of what the SDK could load and do besides sending events.
constexpr std::string_view kNothing =
    R"("supportedCompression":["gzip","gzip-js"],"hasFeatureFlags":false,"sessionRecording":false,)"
    R"("surveys":false,"heatmaps":false,"capturePerformance":false,"captureDeadClicks":false,)"
    R"("errorTracking":{"autocaptureExceptions":false},"productTours":false,)"
    R"("conversations":false,"autocapture_opt_out":false,"defaultIdentifiedOnly":true,)"
    R"("elementsChainAsString":true,"toolbarParams":{},"isAuthenticated":false,"siteApps":[])";

Response config(const Request& request, Collector&) {
  Response response;
  response.body.append("{").append(R"("token":)");
  append_json_string(response.body, request.capture("token"));
  response.body.append(",").append(kNothing).append("}");
  response.headers.emplace_back("Cache-Control", "public, max-age=300");
  return response;
}

// The same as a script, which the SDK's build with a loader tries first.
Response config_script(const Request& request, Collector& collector) {
  Response response = config(request, collector);
  std::string script = "(window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{})[";
  append_json_string(script, request.capture("token"));
  script.append("]={config:").append(response.body).append(",siteApps:[]};");
  response.body = std::move(script);
  response.content_type = "application/javascript";
  return response;
}

// For all versions of the question.
Response flags(const Request&, Collector&) {
  Response response;
  response.body.append(R"({"flags":{},"featureFlags":{},"featureFlagPayloads":{},)")
      .append(R"("errorsWhileComputingFlags":false,)")
      .append(kNothing)
      .append("}");
  return response;
}

Response recording(const Request&, Collector& collector) {
  collector.metrics()
      .counter("collector_recordings_ignored",
               "Requests with recordings of sessions, which are not kept.")
      .add();
  Response response;
  response.body = R"({"status":1})";
  return response;
}

}  // namespace

std::vector<Service> posthog_services() {
  constexpr std::string_view kConfig = "Tells PostHog's browser SDK what there is.";
  constexpr std::string_view kFlags = "Tells PostHog's SDKs that there are no feature flags.";
  constexpr std::string_view kRecording = "Takes recordings of sessions, which are not kept.";
  return {{Method::kGet, "/array/{token}/config", kConfig, config},
          {Method::kGet, "/array/{token}/config.js", kConfig, config_script},
          {Method::kPost, "/flags", kFlags, flags},
          {Method::kPost, "/flags/", kFlags, flags},
          {Method::kPost, "/decide", kFlags, flags},
          {Method::kPost, "/decide/", kFlags, flags},
          {Method::kPost, "/s", kRecording, recording},
          {Method::kPost, "/s/", kRecording, recording}};
}

}  // namespace millrace::protocols
