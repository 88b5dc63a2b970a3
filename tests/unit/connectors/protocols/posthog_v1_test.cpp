#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPath = "/i/v1/analytics/events";

// As posthog-node sends it, shortened.
constexpr std::string_view kOrderPosthogV1 =
    R"({"created_at":"2026-11-22T08:40:03.938Z","batch":[{"event":"Order Completed",)"
    R"("uuid":"01a20269","distinct_id":"cust-1","timestamp":"2026-11-22T08:39:03.928Z",)"
    R"("session_id":"s-1","options":{"process_person_profile":true},"properties":)"
    R"({"order_id":"order-1","revenue":59.9,"products":[{"product_id":"sku-1","price":29.95}],)"
    R"("$groups":{"company":"acme"},"$is_server":true,"$geoip_disable":true}}]})";

Asked asked(std::string body) {
  return {.target = std::string(kPath),
          .body = std::move(body),
          .headers = {{"authorization", "Bearer wk1"},
                      {"content-type", "application/json"},
                      {"posthog-sdk-info", "posthog-node/5.70.0"},
                      {"posthog-attempt", "1"},
                      {"posthog-request-id", "01a20269-9662-7945-8de7-dec35567bd72"},
                      {"posthog-request-timestamp", "2026-11-22T08:40:03.939Z"}}};
}

std::string event(std::string_view members) {
  return R"({"timestamp":"2026-11-22T08:40:03Z",)" + std::string(members) + "}";
}
std::string batch(std::string_view events) { return R"({"batch":[)" + std::string(events) + "]}"; }

const std::string kWell = event(R"("event":"E","uuid":"m","distinct_id":"u")");

TEST(PosthogV1, SaysOfEachEventWhatBecameOfIt) {
  CollectingWorld world;
  const auto response = world.ask(
      asked(batch(kWell + "," + event(R"("event":"E","uuid":"bad","distinct_id":" Null ")") + "," +
                  event(R"("event":"E","uuid":"m","distinct_id":"u")"))));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"results":{"m":{"result":"ok"},)"
            R"("bad":{"result":"drop","details":"malformed_distinct_id"}}})");
  ASSERT_EQ(world.intake.size(), 3u);
  EXPECT_EQ(world.intake.hit(0).reason, "malformed_distinct_id");
  EXPECT_EQ(world.intake.hit(1).reason, "duplicate_event_uuid");
  EXPECT_EQ(world.intake.last().protocol, "posthog-v1");
  EXPECT_EQ(world.intake.last().source, "web");
}

TEST(PosthogV1, ReadsAnOrder) {
  CollectingWorld world;
  Asked packed = asked(gzipped(kOrderPosthogV1));
  packed.headers.emplace_back("content-encoding", "gzip");
  EXPECT_EQ(world.ask(packed).status, 200);
  EXPECT_EQ(world.intake.last().body,
            R"({"batch":[{"type":"track","messageId":"01a20269",)"
            R"("timestamp":"2026-11-22T08:39:03.928Z","userId":"cust-1","event":"Order Completed",)"
            R"("properties":{"order_id":"order-1","revenue":59.9,)"
            R"("products":[{"product_id":"sku-1","price":29.95}]},)"
            R"("context":{"groups":{"company":"acme"},)"
            R"("library":{"name":"posthog-node","version":"5.70.0"},)"
            R"("privacy":{"geoip_disable":true,"process_person_profile":true},)"
            R"("session":{"id":"s-1"}}}],"sentAt":"2026-11-22T08:40:03.939Z"})");
}

TEST(PosthogV1, DropsEachBadEventForAReason) {
  const std::pair<std::string, std::string_view> cases[] = {
      {event(R"("uuid":"m","distinct_id":"u")"), "missing_event_name"},
      {event(R"("uuid":"m","distinct_id":"u","event":")" + std::string(201, 'e') + "\""),
       "event_name_too_long"},
      {event(R"("uuid":"m","event":"E")"), "missing_distinct_id"},
      {event(R"("uuid":"m","event":"E","distinct_id":0)"), "malformed_distinct_id"},
      {event(R"("uuid":"m","event":"E","distinct_id":"[object Object]")"), "malformed_distinct_id"},
      {R"({"uuid":"m","event":"E","distinct_id":"u"})", "invalid_event_timestamp"},
      {R"({"uuid":"m","event":"E","distinct_id":"u","timestamp":"noon"})",
       "invalid_event_timestamp"},
      {event(R"("uuid":"m","event":"E","distinct_id":"u","properties":7)"),
       "malformed_event_properties"},
      {event(R"("uuid":"m","event":"E","distinct_id":"u","properties":{"a":")" +
             std::string(40'000, 'a') + "\"}"),
       "event_too_large"}};
  for (const auto& [one, reason] : cases) {
    CollectingWorld world;
    const auto response = world.ask(asked(batch(one)));
    EXPECT_EQ(response.status, 200) << reason;
    EXPECT_EQ(response.body,
              R"({"results":{"m":{"result":"drop","details":")" + std::string(reason) + "\"}}}");
    ASSERT_EQ(world.intake.size(), 1u) << reason;
    EXPECT_EQ(world.intake.last().reason, reason);
  }
}

TEST(PosthogV1, RefusesForGoodWhatCanNeverBeAccepted) {
  const std::tuple<Asked, int, std::string_view> cases[] = {
      {asked("{"), 400, "malformed_json"},
      {asked("[]"), 400, "request_parsing_error"},
      {asked(batch("")), 400, "empty_batch"},
      {{.target = std::string(kPath), .body = batch(kWell)}, 401, "missing_key"},
      {{.target = std::string(kPath),
        .body = batch(kWell),
        .headers = {{"authorization", "bearer  no"}}},
       401,
       "unknown_key"},
      {{.target = std::string(kPath),
        .body = batch(kWell),
        .headers = {{"authorization", "Bearer wk1"}, {"content-encoding", "compress"}}},
       415,
       "unsupported_encoding"}};
  for (const auto& [request, status, reason] : cases) {
    CollectingWorld world;
    const auto response = world.ask(request);
    EXPECT_EQ(response.status, status) << reason;
    EXPECT_THAT(response.body,
                HasSubstr(R"({"error":")" + std::string(reason) + R"(","error_description":")"));
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason);
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused) << reason;
  }
}

// A bad key is not hidden by bad events.
TEST(PosthogV1, AsksForTheKeyFirst) {
  CollectingWorld world;
  EXPECT_EQ(world.ask({.target = std::string(kPath), .body = batch("7")}).status, 401);
}

TEST(PosthogV1, TellsItsSdkToComeAgainWhereThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response = world.ask(asked(batch(kWell)));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
  EXPECT_THAT(response.body, HasSubstr(R"({"error":"overloaded")"));
}

}  // namespace
}  // namespace millrace::protocols
