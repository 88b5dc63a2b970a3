#include "connectors/admission/collector.hpp"

#include "engine/metrics/exposition.hpp"
#include "tests/support/collecting.hpp"

#include <gmock/gmock.h>

namespace millrace::admission {
namespace {

using testing::HasSubstr;
using testing::Not;

KeysConfig some_keys() {
  KeysConfig config;
  config.write = {
      {.key = "wk_web", .source = "web", .origins = {"https://shop.example"}, .rate = {}},
      {.key = "wk_slow", .source = "slow", .origins = {}, .rate = config::Rate{0.001}, .burst = 2}};
  return config;
}

struct World {
  explicit World(CollectConfig config = {}) : collector(config, intake, ring, metrics) {}

  Outcome deliver(const Asked& asked, Delivery delivery) {
    std::optional<Outcome> outcome;
    collector.deliver(request_of(asked), delivery, [&](const Outcome& told) { outcome = told; });
    CHECK(outcome);
    return *outcome;
  }
  std::string shown() const { return exposition(metrics); }

  FakeIntake intake;
  KeyRing ring{Keys(some_keys())};
  Metrics metrics;
  Collector collector;
};

TEST(Collector, JournalsTheBodyWithTheFactsOfItsReceipt) {
  World world;
  const Asked asked{.target = "/v1/track",
                    .headers = {{"user-agent", "curl/8"}, {"dnt", "1"}, {"sec-gpc", "1"}}};
  const auto outcome = world.deliver(
      asked, {.endpoint = "track", .write_key = "wk_web", .body = "{}", .cookie_id = "c1"});
  EXPECT_EQ(outcome.kind, Outcome::Kind::kAccepted);
  EXPECT_EQ(outcome.position, 0u);
  const Hit hit = world.intake.last();
  EXPECT_EQ(hit.kind, HitKind::kEvents);
  EXPECT_EQ(hit.received, asked.received);
  EXPECT_EQ(hit.source, "web");
  EXPECT_EQ(hit.address, "203.0.113.0") << "masked";
  EXPECT_EQ(hit.user_agent, "curl/8");
  EXPECT_EQ(hit.cookie_id, "c1");
  EXPECT_EQ(hit.endpoint, "track");
  EXPECT_TRUE(hit.do_not_track);
  EXPECT_TRUE(hit.privacy_control);
  EXPECT_EQ(hit.body, "{}");
}

TEST(Collector, KeepsTheWriteKeyOutOfTheJournal) {
  World world;
  const std::string body = R"({"writeKey":"wk_web","event":"E"})";
  const std::string_view inside = std::string_view(body).substr(13, 6);
  ASSERT_EQ(inside, "wk_web");
  world.deliver({.target = "/v1/track"}, {.write_key = inside, .body = body, .key_inside = inside});
  EXPECT_EQ(world.intake.last().body, R"({"writeKey":"******","event":"E"})");
  EXPECT_THAT(world.intake.payloads().back().second, Not(HasSubstr("wk_web")));
}

TEST(Collector, KeepsAddressesOutOfTheJournalThatABodySays) {
  World world;
  const std::string body =
      R"({"context":{"ip":"198.51.100.9"},"writeKey":"wk_web","batch":[{"context":{"ip":"198.51.100.8"}}]})";
  const std::string_view inside = std::string_view(body).substr(body.find("wk_web"), 6);
  const RefusedEvent bad{{400, "bad_event", "no event"}, R"({"ip":"198.51.100.7"})"};
  world.deliver({.target = "/v1/batch"},
                {.write_key = inside, .body = body, .key_inside = inside, .refused = {&bad, 1}});
  EXPECT_EQ(
      world.intake.last().body,
      R"({"context":{"ip":"198.51.100.0"},"writeKey":"******","batch":[{"context":{"ip":"198.51.100.0"}}]})");
  EXPECT_THAT(world.intake.hit(0).body, HasSubstr(R"(begins: {"ip":"198.51.100.0"})"));
}

TEST(Collector, RefusesAKeyThatNobodyKnowsAndKeepsARecord) {
  World world;
  const auto outcome = world.deliver({.target = "/v1/track", .headers = {{"user-agent", "curl/8"}}},
                                     {.write_key = "secret-token", .body = R"({"a":"private"})"});
  EXPECT_EQ(outcome.kind, Outcome::Kind::kRefused);
  EXPECT_EQ(outcome.status, 401);
  EXPECT_EQ(outcome.reason, "unknown_key");
  ASSERT_EQ(world.intake.size(), 1u);
  const Hit record = world.intake.last();
  EXPECT_EQ(record.kind, HitKind::kRefused);
  EXPECT_EQ(record.reason, "unknown_key");
  EXPECT_THAT(std::string(record.body), HasSubstr("secr... (path /v1/track, 0 bytes, by curl/8)"));
  EXPECT_THAT(std::string(record.body), Not(HasSubstr("private")));
  EXPECT_THAT(world.shown(),
              HasSubstr("millrace_collector_refusals_total{reason=\"unknown_key\"} 1\n"));
  EXPECT_EQ(world.deliver({.target = "/v1/track"}, {}).reason, "missing_key");
}

TEST(Collector, RefusesAPageThatTheKeyIsNotFor) {
  World world;
  const Delivery delivery{.write_key = "wk_web", .body = "{}"};
  const auto evil =
      world.deliver({.target = "/", .headers = {{"origin", "https://evil.example"}}}, delivery);
  EXPECT_EQ(evil.status, 403);
  EXPECT_EQ(evil.reason, "origin_not_allowed");
  const auto shop =
      world.deliver({.target = "/", .headers = {{"origin", "https://shop.example"}}}, delivery);
  EXPECT_EQ(shop.status, 200);
}

TEST(Collector, TellsWhoIsTooFastToComeLater) {
  World world;
  const Delivery delivery{.write_key = "wk_slow", .body = "{}", .events = 3};
  EXPECT_EQ(world.deliver({.target = "/"}, delivery).status, 200);
  const auto late = world.deliver({.target = "/"}, delivery);
  EXPECT_EQ(late.kind, Outcome::Kind::kLater);
  EXPECT_EQ(late.status, 503);
  EXPECT_EQ(late.reason, "rate_limited");
  EXPECT_GT(late.retry_after.count(), 1);
  EXPECT_EQ(world.intake.size(), 1u) << "what may come again leaves no record";
  EXPECT_THAT(world.shown(),
              HasSubstr("millrace_collector_deferrals_total{reason=\"rate_limited\"} 1\n"));
}

TEST(Collector, TellsToComeLaterWhereThereIsNoRoomOrNoDisk) {
  World world({.retry_after = std::chrono::seconds(7)});
  const Delivery delivery{.write_key = "wk_web", .body = "{}"};
  world.intake.room = false;
  const auto full = world.deliver({.target = "/"}, delivery);
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.reason, "overloaded");
  EXPECT_EQ(full.retry_after.count(), 7);
  world.intake.room = true;
  world.intake.fault = Error{"no space left", Fault::kFull};
  EXPECT_EQ(world.deliver({.target = "/"}, delivery).reason, "disk_full");
  world.intake.fault = Error{"input/output error"};
  EXPECT_EQ(world.deliver({.target = "/"}, delivery).reason, "journal_failed");
}

TEST(Collector, BoundsTheRecordsOfRefusals) {
  World world({.refusals_recorded = config::Rate{0.1}});
  for (int i = 0; i < 100; ++i) world.deliver({.target = "/"}, {.write_key = "no"});
  EXPECT_GE(world.intake.size(), 1u);
  EXPECT_LT(world.intake.size(), 50u) << "one, and one in ten seconds";
  EXPECT_THAT(world.shown(),
              HasSubstr("millrace_collector_refusals_total{reason=\"unknown_key\"} 100\n"));
  EXPECT_THAT(world.shown(),
              HasSubstr("millrace_collector_unrecorded_refusals_total " +
                        std::to_string(100 - world.intake.size()) + "\n"));
}

TEST(Collector, KeepsTheBeginningOfWhatNobodyCouldRead) {
  World world;
  const Asked asked{.target = "/v1/track", .body = "{oops" + std::string(1'000, 'x')};
  const auto outcome = world.collector.refuse(
      request_of(asked), "segment", asked.body, {400, "malformed_json", "expected '\"' at byte 1"});
  EXPECT_EQ(outcome.status, 400);
  EXPECT_EQ(outcome.detail, "expected '\"' at byte 1");
  const std::string record(world.intake.last().body);
  EXPECT_THAT(record, HasSubstr("1005 bytes"));
  EXPECT_THAT(record, HasSubstr("begins: {oopsxxx"));
  EXPECT_LT(record.size(), 500u);
}

TEST(Collector, RefusesARequestOfWhichNothingIsLeft) {
  World world;
  const RefusedEvent bad[] = {{{400, "bad_first", "the first"}, "1"},
                              {{400, "bad_second", "the second"}, "2"}};
  Delivery delivery{.write_key = "wk_web", .events = 2, .refused = bad};
  const auto outcome = world.deliver({.target = "/"}, delivery);
  EXPECT_EQ(outcome.kind, Outcome::Kind::kRefused);
  EXPECT_EQ(outcome.status, 400);
  EXPECT_EQ(outcome.reason, "bad_first");
  EXPECT_EQ(world.intake.size(), 2u);
  // With a rest, the rest counts; and a bad key before all.
  delivery.body = "{}";
  EXPECT_EQ(world.deliver({.target = "/"}, delivery).kind, Outcome::Kind::kAccepted);
  delivery.body = {};
  delivery.write_key = "none";
  EXPECT_EQ(world.deliver({.target = "/"}, delivery).status, 401);
}

TEST(Collector, CountsWhoSaysThatItTriedBefore) {
  World world;
  const Delivery delivery{.write_key = "wk_web", .body = "{}"};
  world.deliver({.target = "/", .headers = {{"x-retry-count", "2"}}}, delivery);
  world.deliver({.target = "/", .headers = {{"x-retry-count", "0"}}}, delivery);
  EXPECT_THAT(world.shown(), HasSubstr("millrace_collector_retries_total 1\n"));
  EXPECT_THAT(world.shown(), HasSubstr("millrace_collector_requests_total 2\n"));
}

}  // namespace
}  // namespace millrace::admission
