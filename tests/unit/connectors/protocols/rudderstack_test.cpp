#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::HasSubstr;

std::pair<std::string, std::string> basic(std::string_view key) {
  return {"authorization", "Basic " + base64(std::string(key) + ":")};
}

TEST(Rudderstack, IsAnsweredAsItsOwnGatewayAnswers) {
  CollectingWorld world;
  const auto response = world.ask({.target = "/v1/track",
                                   .body = R"({"event":"E","userId":"u"})",
                                   .headers = {basic("wk1"), {"anonymousid", "YQ=="}}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "ok");
  EXPECT_TRUE(response.content_type.starts_with("text/plain"));
  EXPECT_EQ(world.intake.last().protocol, "rudderstack");
  EXPECT_EQ(world.intake.last().endpoint, "track");
}

TEST(Rudderstack, LeavesSegmentItsPaths) {
  CollectingWorld world;
  const auto response = world.ask(
      {.target = "/v1/track", .body = R"({"event":"E","userId":"u"})", .headers = {basic("wk1")}});
  EXPECT_THAT(response.body, HasSubstr("success"));
  EXPECT_EQ(world.intake.last().protocol, "segment");
}

TEST(Rudderstack, RefusesForGoodWhatItsGatewayRefuses) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"batch":[]})", "empty_batch"},
      {R"({"batch":[{"type":"page"}]})", "missing_ids"},
      {R"({"batch":[{"type":"page","userId":"u"},{"type":"page","userId":""}]})", "missing_ids"},
      {R"({"batch":[{"type":"page","userId":null}]})", "missing_ids"},
      {R"({"batch":[7]})", "missing_ids"},
      {R"([])", "not_an_event"},
      {R"({"batch":[{)", "malformed_json"}};
  for (const auto& [body, reason] : cases) {
    CollectingWorld world;
    const auto response = world.ask({.target = "/v1/batch",
                                     .body = std::string(body),
                                     .headers = {basic("wk1"), {"anonymousid", "YQ=="}}});
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << body;
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused) << body;
    EXPECT_EQ(world.intake.last().protocol, "rudderstack") << body;
  }
}

TEST(Rudderstack, TakesIdsThatAreNumbers) {
  CollectingWorld world;
  EXPECT_EQ(world
                .ask({.target = "/beacon/v1/batch?writeKey=wk1",
                      .body = R"({"batch":[{"type":"page","userId":7}]})",
                      .headers = {{"content-type", "text/plain"}}})
                .status,
            200);
}

TEST(Rudderstack, MakesAnAliasOfAMerge) {
  CollectingWorld world;
  const auto merge = [&](const std::string& properties) {
    return world.ask({.target = "/v1/merge",
                      .body = R"({"messageId":"m","mergeProperties":)" + properties + "}",
                      .headers = {basic("wk1")}});
  };
  EXPECT_EQ(merge(R"([{"type":"user_id","value":"u"},{"type":"anonymous_id","value":"a"}])").status,
            200);
  EXPECT_EQ(world.intake.last().body,
            R"({"batch":[{"userId":"u","previousId":"a","type":"alias","messageId":"m"}]})");
  EXPECT_EQ(header_of(merge(R"([{"type":"email","value":"u"}])"), "X-Millrace-Reason"),
            "unsupported_merge");
  EXPECT_EQ(header_of(merge("[]"), "X-Millrace-Reason"), "bad_merge");
}

TEST(Rudderstack, MakesAnEventOfWhateverAWebhookSays) {
  CollectingWorld world;
  EXPECT_EQ(world.ask({.target = "/v1/webhook?writeKey=wk1", .body = R"({"a":{"b":1}})"}).status,
            200);
  EXPECT_THAT(std::string(world.intake.last().body),
              HasSubstr(R"("event":"webhook_source_event")"));
  EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(R"("properties":{"a":{"b":1}})"));
  EXPECT_EQ(world.ask({.method = Method::kGet, .target = "/v1/webhook?writeKey=wk1&a=b"}).status,
            200);
  EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(R"("properties":{"a":"b"})"));
}

TEST(Rudderstack, TellsItsBrowserSdkAboutItsSource) {
  CollectingWorld world;
  const auto response = world.ask({.method = Method::kGet,
                                   .target = "/sourceConfig/?p=npm&writeKey=wk1",
                                   .headers = {basic("wk1"), {"origin", "https://shop.example"}}});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body,
              HasSubstr(R"("source":{"id":"wk1","name":"web","writeKey":"wk1","enabled":true)"));
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(world.ask({.method = Method::kGet, .target = "/sourceConfig?writeKey=no"}).status, 401);
}

TEST(Rudderstack, ShowsItsPixelWhateverHappened) {
  CollectingWorld world;
  const auto response =
      world.ask({.method = Method::kGet, .target = "/pixel/v1/track?writeKey=none&event=E"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/gif");
  EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "unknown_key");
}

}  // namespace
}  // namespace millrace::protocols
