#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::HasSubstr;

constexpr auto kBasic = "Basic d2sxOg==";  // wk1:
constexpr auto kEvent = R"({"event":"E","userId":"u"})";

TEST(Segment, TakesEveryCallByItsLongAndItsShortPath) {
  CollectingWorld world;
  const std::pair<std::string, std::string> calls[] = {{"track", "t"},
                                                       {"page", "p"},
                                                       {"screen", "s"},
                                                       {"identify", "i"},
                                                       {"group", "g"},
                                                       {"alias", "a"}};
  for (const auto& [call, letter] : calls)
    for (const auto& path : {call, letter}) {
      const auto response = world.ask(
          {.target = "/v1/" + path, .body = kEvent, .headers = {{"authorization", kBasic}}});
      EXPECT_EQ(response.status, 200) << path;
      EXPECT_EQ(response.body, R"({"success": true})");
      EXPECT_EQ(response.content_type, "application/json");
      EXPECT_EQ(header_of(response, "X-Millrace-Position"),
                std::to_string(world.intake.size() - 1));
      EXPECT_EQ(world.intake.last().endpoint, call);
      EXPECT_EQ(world.intake.last().source, "web");
      EXPECT_EQ(world.intake.last().body, kEvent);
    }
}

TEST(Segment, TakesBatches) {
  CollectingWorld world;
  for (const auto path : {"/v1/batch", "/v1/b", "/v1/import"}) {
    const auto response =
        world.ask({.target = path, .body = R"({"batch":[{},{}],"writeKey":"wk1"})"});
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(world.intake.last().endpoint, "");
    EXPECT_EQ(world.intake.last().body, R"({"batch":[{},{}],"writeKey":"***"})");
  }
}

TEST(Segment, UnpacksWhateverTheHeadersSay) {
  CollectingWorld world;
  const std::string plain = R"({"event":"E","writeKey":"wk1"})";
  for (const auto& body : {gzipped(plain), base64(plain), base64(gzipped(plain))})
    for (const auto type :
         {"text/plain", "application/json", "application/x-www-form-urlencoded"}) {
      const auto response =
          world.ask({.target = "/v1/t", .body = body, .headers = {{"content-type", type}}});
      EXPECT_EQ(response.status, 200) << type;
      EXPECT_EQ(world.intake.last().body, R"({"event":"E","writeKey":"***"})");
    }
}

TEST(Segment, RefusesWhatCannotBeUnpackedWithinItsBounds) {
  CollectingWorld world;
  const std::string bomb = gzipped(std::string(1 << 20, ' '));
  const auto response = world.ask({.target = "/v1/batch", .body = bomb});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "body_bomb");
  const std::string cut = gzipped("{}").substr(0, 12);
  EXPECT_EQ(header_of(world.ask({.target = "/v1/batch", .body = cut}), "X-Millrace-Reason"),
            "bad_compression");
}

TEST(Segment, FindsTheKeyWhereverSdksPutIt) {
  CollectingWorld world;
  const std::string with_key = R"({"event":"E","writeKey":"wk1"})";
  const std::string escaped = R"({"event":"E","writeKey":"\u0077k1"})";
  const std::string other = R"({"event":"E","writeKey":"unknown"})";
  EXPECT_EQ(world.ask({.target = "/v1/t", .body = with_key}).status, 200);
  EXPECT_EQ(world.ask({.target = "/v1/t", .body = escaped}).status, 200);
  EXPECT_EQ(
      world.ask({.target = "/v1/t", .body = with_key, .headers = {{"authorization", "Bearer x"}}})
          .status,
      200);
  EXPECT_EQ(
      world.ask({.target = "/v1/t", .body = other, .headers = {{"authorization", kBasic}}}).status,
      200)
      << "the header counts";
  EXPECT_EQ(world.ask({.target = "/v1/t", .body = other}).status, 401);
  EXPECT_EQ(world.ask({.target = "/v1/t", .body = kEvent}).status, 401);
  EXPECT_EQ(world.ask({.target = "/v1/t", .body = R"({"writeKey":7})"}).status, 401);
}

TEST(Segment, RefusesForGoodWhatCanNeverBeAccepted) {
  CollectingWorld world({.event_max = config::kibibytes(1),
                         .batch_max = config::kibibytes(4),
                         .batch_events_max = 3});
  const std::tuple<std::string, std::string, std::string> rows[] = {
      {"/v1/track", "", "empty_body"},
      {"/v1/track", "{\"event\":", "malformed_json"},
      {"/v1/track", "\"text\"", "not_an_event"},
      {"/v1/track", "[{}]", "not_an_event"},
      {"/v1/track", "{\"event\":\"\xff\"}", "invalid_utf8"},
      {"/v1/track", std::string(100, '[') + std::string(100, ']'), "too_deep"},
      {"/v1/track", fmt::format(R"({{"a":"{:01024}"}})", 0), "body_too_large"},
      {"/v1/batch", fmt::format(R"({{"a":"{:04096}"}})", 0), "body_too_large"},
      {"/v1/batch", R"({"batch":[1,2,3,4]})", "too_many_events"},
  };
  for (const auto& [path, body, reason] : rows) {
    const auto response =
        world.ask({.target = path, .body = body, .headers = {{"authorization", kBasic}}});
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << body;
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused);
    EXPECT_EQ(world.intake.last().reason, reason);
  }
  EXPECT_EQ(world.intake.size(), std::size(rows));
}

TEST(Segment, TellsAllSdksToSendAgainWhereThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response =
      world.ask({.target = "/v1/track", .body = kEvent, .headers = {{"authorization", kBasic}}});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
  EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "overloaded");
  EXPECT_EQ(header_of(response, "X-Millrace-Position"), "");
}

TEST(Segment, LetsAPageSeeWhyItsKeyIsNotForIt) {
  CollectingWorld world;
  const auto response = world.ask({.target = "/v1/t",
                                   .body = R"({"event":"E","writeKey":"bound"})",
                                   .headers = {{"origin", "https://evil.example"}}});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "origin_not_allowed");
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "https://evil.example");
}

TEST(Segment, AnswersAPreflightOnEveryPathThatPagesUse) {
  CollectingWorld world;
  for (const auto path :
       {"/v1/t", "/v1/p", "/v1/i", "/v1/b", "/v1/m", "/v1/projects/wk1/settings"}) {
    const auto response =
        world.ask({.method = Method::kOptions,
                   .target = path,
                   .headers = {{"origin", "https://shop.example"},
                               {"access-control-request-method", "POST"},
                               {"access-control-request-headers", "authorization"}}});
    EXPECT_EQ(response.status, 204) << path;
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Headers"), "authorization") << path;
  }
}

TEST(Segment, GivesTheSettingsWithoutWhichTheBrowserSdkDoesNotStart) {
  CollectingWorld world;
  const auto response = world.ask({.method = Method::kGet,
                                   .target = "/v1/projects/wk1/settings",
                                   .headers = {{"host", "in.shop.example"}},
                                   .secure = true});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(
      response.body,
      HasSubstr(R"({"integrations":{"Segment.io":{"apiKey":"wk1","apiHost":"in.shop.example/v1",)"
                R"("protocol":"https",)"));
  EXPECT_THAT(header_of(response, "Vary"), HasSubstr("Host"));
  EXPECT_EQ(world.ask({.method = Method::kGet, .target = "/v1/projects/none/settings"}).status,
            404);
}

TEST(Segment, IsContentWithMetricsOfTheSdkAndKeepsNone) {
  CollectingWorld world;
  EXPECT_EQ(world.ask({.target = "/v1/m", .body = R"({"series":[]})"}).status, 200);
  EXPECT_EQ(world.intake.size(), 0u);
}

TEST(Segment, TakesAnyKeyInDevelopment) {
  CollectingWorld world({}, admission::Keys::development());
  EXPECT_EQ(world.ask({.target = "/v1/track", .body = kEvent}).status, 200);
  EXPECT_EQ(world.ask({.target = "/v1/t", .body = R"({"writeKey":"any"})"}).status, 200);
  EXPECT_EQ(world.intake.last().source, "development");
}

TEST(Protocols, ServeSeveralThreadsWhileKeysAreReplaced) {
  CollectingWorld world;
  constexpr int kEach = 300;
  std::atomic<int> accepted = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const Asked post{.target = "/v1/t", .body = R"({"event":"E","writeKey":"wk1"})"};
        const Asked get{.method = Method::kGet, .target = "/pixel.gif?writeKey=wk1&event=E"};
        accepted += world.ask(i % 2 == 0 ? post : get).status == 200 ? 1 : 0;
      }
    });
  for (int i = 0; i < 100; ++i) world.ring.replace(CollectingWorld::some_keys());
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(accepted, 4 * kEach);
  EXPECT_EQ(world.intake.size(), 4u * kEach);
}

}  // namespace
}  // namespace millrace::protocols
