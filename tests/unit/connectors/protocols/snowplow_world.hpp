// Snowplow's requests and their parts, and the collector before them.
#pragma once

#include "engine/base/json_writer.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::protocols {

inline constexpr auto kTp2 = "/com.snowplowanalytics.snowplow/tp2";

inline std::string payload(const std::string& events) {
  return R"({"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[)" +
         events + "]}";
}

inline std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// {"schema":"iglu:VENDOR/NAME/jsonschema/1-0-0","data":DATA}
inline std::string self(const std::string& name, const std::string& data) {
  return R"({"schema":"iglu:)" + name + R"(/jsonschema/1-0-0","data":)" + data + "}";
}

inline std::string contexts(const std::string& entities) {
  return self("com.snowplowanalytics.snowplow/contexts", "[" + entities + "]");
}

// An event whose self-describing JSON and contexts are plain.
inline std::string described(const std::string& event, const std::string& entities = {}) {
  std::string made = R"({"e":"ue","uid":"u","aid":"wk1","ue_pr":)" +
                     json_text(self("com.snowplowanalytics.snowplow/unstruct_event", event));
  if (!entities.empty()) made += R"(,"co":)" + json_text(contexts(entities));
  return made + "}";
}

inline std::string action(const std::string& type) {
  return self("com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action",
              R"({"type":")" + type + R"("})");
}

inline std::string commerce(const std::string& entity, const std::string& data) {
  return self("com.snowplowanalytics.snowplow.ecommerce/" + entity, data);
}

struct SnowplowWorld : CollectingWorld {
  explicit SnowplowWorld(admission::CollectConfig config = {}) : CollectingWorld(config) {}

  http::Response post(const std::string& events,
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ask({.target = kTp2, .body = payload(events), .headers = std::move(headers)});
  }
  http::Response get(const std::string& target,
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ask({.method = http::Method::kGet, .target = target, .headers = std::move(headers)});
  }
  // The events that the journal got last.
  std::string kept() const { return std::string(intake.last().body); }
};

inline std::string kept_of(const std::string& events) {
  SnowplowWorld world;
  EXPECT_EQ(world.post(events).status, 200);
  EXPECT_EQ(world.intake.last().kind, HitKind::kEvents) << world.kept();
  return world.kept();
}

}  // namespace millrace::protocols
