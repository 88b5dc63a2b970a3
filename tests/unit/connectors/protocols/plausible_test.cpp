#include "engine/event/json_tree.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::string_view kOrder =
    R"({"n":"Order Completed","u":"https://shop.example/thanks","d":"wk1","r":null,"w":1280,"h":0,)"
    R"("p":"{\"order_id\":\"order-1\",\"paid\":true}","$":{"currency":"EUR","amount":"59.90"}})";

http::Response send(CollectingWorld& world, std::string_view body, Asked asked = {}) {
  asked.target = "/api/event";
  asked.body = body;
  asked.headers.emplace_back("content-type", "text/plain");
  return world.ask(asked);
}

std::string body_of(CollectingWorld& world, std::string_view body, Asked asked = {}) {
  EXPECT_EQ(send(world, body, std::move(asked)).status, 202) << body;
  return std::string(world.intake.last().body);
}

// The journaled event without its visitor's id.
std::string event_of(std::string_view members) {
  CollectingWorld world;
  std::string made = body_of(world, R"({"d":"wk1",)" + std::string(members) + "}");
  const std::size_t id = made.find(R"("anonymousId":")");
  return made.erase(id, std::string_view(R"("anonymousId":"",)").size() + 32);
}

std::string visitor_of(CollectingWorld& world, Asked asked, std::string_view domain = "wk1") {
  const std::string made =
      body_of(world, R"({"n":"E","u":"u","d":")" + std::string(domain) + "\"}", std::move(asked));
  return made.substr(made.find(R"("anonymousId":")") + 15, 32);
}

TEST(Plausible, MakesAnOrderWithItsRevenue) {
  CollectingWorld world;
  const auto response = send(world, kOrder);
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, "ok");
  EXPECT_TRUE(response.content_type.starts_with("text/plain"));
  EXPECT_EQ(header_of(response, "x-plausible-dropped"), "");
  EXPECT_EQ(world.intake.last().protocol, "plausible");
  EXPECT_EQ(world.intake.last().source, "web");
  EXPECT_THAT(
      std::string(world.intake.last().body),
      MatchesRegex(
          R"re(\{"batch":\[\{"type":"track","anonymousId":"[0-9a-f]{32}",)re"
          R"re("event":"Order Completed","properties":\{"order_id":"order-1","paid":true,)re"
          R"re("currency":"EUR","revenue":59\.90\},"context":\{"library":)re"
          R"re(\{"name":"plausible"\},"page":\{"url":"https://shop.example/thanks"\},)re"
          R"re("screen":\{"width":1280\}\}\}\]\})re"));
}

TEST(Plausible, MakesAPageOfAPageview) {
  EXPECT_EQ(event_of(R"("n":"pageview","u":"https://a/","r":"https://b/","v":7,"i":false)"),
            R"({"batch":[{"type":"page","properties":{"interactive":false},"context":{"library":)"
            R"({"name":"plausible","version":"7"},"page":{"url":"https://a/",)"
            R"("referrer":"https://b/"}}}]})");
}

TEST(Plausible, ReadsWordsAsItReadsLetters) {
  EXPECT_EQ(event_of(R"("n":"E","u":"a","r":"b","w":1,"p":{"a":1},"$":"{\"amount\":2}")"),
            event_of(R"("name":"E","url":"a","referrer":"b","screen_width":1,"m":"{\"a\":1}",)"
                     R"("revenue":{"amount":"2"})"));
  EXPECT_THAT(event_of(R"("name":"E","url":"a","props":{"a":1},"more":2)"),
              HasSubstr(R"("properties":{"a":1,"more":2})"));
  EXPECT_THAT(event_of(R"("name":"E","url":"a","p":"no json","$":7)"),
              HasSubstr(R"("properties":{"props":"no json","revenue":7})"));
}

TEST(Plausible, KnowsAVisitorForADayByWhatARequestShows) {
  CollectingWorld world;
  const Asked asked{.target = {}, .headers = {{"user-agent", "Firefox"}}};
  const std::string id = visitor_of(world, asked);
  EXPECT_EQ(visitor_of(world, asked), id);

  Asked neighbour = asked;
  neighbour.address = "203.0.113.78";
  EXPECT_NE(visitor_of(world, neighbour), id) << "by the address before it is masked";
  Asked browser = asked;
  browser.headers = {{"user-agent", "Chrome"}};
  EXPECT_NE(visitor_of(world, browser), id);
  Asked tomorrow = asked;
  tomorrow.received += std::chrono::hours(24);
  EXPECT_NE(visitor_of(world, tomorrow), id);

  CollectingWorld restarted;
  EXPECT_NE(visitor_of(restarted, asked), id) << "nobody else can make it";
}

TEST(Plausible, TellsSitesApart) {
  CollectingWorld world({}, admission::Keys::development());
  EXPECT_NE(visitor_of(world, {}, "a.example"), visitor_of(world, {}, "b.example"));
  EXPECT_EQ(visitor_of(world, {}, "a.example,b.example"), visitor_of(world, {}, "a.example"));
}

TEST(Plausible, SaysWhatItDoesNotKeepAndWhy) {
  const std::string deep = R"({"n":"E","u":"a","d":"wk1","p":)" + std::string(200, '[');
  const std::tuple<std::string, int, std::string_view> cases[] = {
      {R"({"n":"E","u":"a","d":"no"})", 401, "unknown_key"},
      {R"({"n":"E","u":"a"})", 401, "missing_key"},
      {R"({"u":"a","d":"wk1"})", 400, "missing_event"},
      {R"({"n":[],"u":"a","d":"wk1"})", 400, "missing_event"},
      {R"({"n":"E","u":null,"d":"wk1"})", 400, "missing_url"},
      {"[]", 400, "not_an_event"},
      {"", 400, "empty_body"},
      {R"({"n":"E","u":"a","d":"wk1")", 400, "malformed_json"},
      {deep, 400, "too_deep"},
      {R"({"n":"E","u":"a","d":"wk1","p":{"a":")" + std::string(40'000, 'x') + "\"}}",
       400,
       "event_too_large"}};
  for (const auto& [body, status, reason] : cases) {
    CollectingWorld world;
    const auto response = send(world, body);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_THAT(response.body, HasSubstr("{\"errors\":{\"" + std::string(reason) + "\":[\""));
    EXPECT_EQ(header_of(response, "x-plausible-dropped"), "1") << body;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << body;
    ASSERT_EQ(world.intake.size(), 1u) << body;
    EXPECT_EQ(world.intake.last().reason, reason) << body;
  }
}

TEST(Plausible, SaysThatThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response = send(world, kOrder);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
  EXPECT_EQ(header_of(response, "x-plausible-dropped"), "") << "it may come again";
}

}  // namespace
}  // namespace millrace::protocols
