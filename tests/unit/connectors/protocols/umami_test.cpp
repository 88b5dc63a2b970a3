#include "engine/event/json_tree.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr std::string_view kOrder =
    R"({"type":"event","payload":{"website":"wk1","name":"Order Completed","id":"cust-1",)"
    R"("url":"/thanks","data":{"order_id":"order-1","total":59.9,"revenue":59.9,"currency":"EUR",)"
    R"("products":[{"product_id":"sku-1","name":"Red Shoes","category":"Shoes","price":29.95,)"
    R"("quantity":1},{"product_id":"sku-2","name":"Blue Hat","category":"Hats","price":29.95,)"
    R"("quantity":1}]}}})";

std::string member_of(std::string_view json, std::string_view key) {
  Arena arena;
  JsonTree tree({});
  EXPECT_TRUE(tree.read(json, arena)) << json;
  return std::string(tree.root()[key].text());
}

http::Response send(CollectingWorld& world,
                    const std::string& payload,
                    std::string_view type = "event",
                    Asked asked = {}) {
  asked.target = "/api/send";
  asked.body = R"({"type":")" + std::string(type) + R"(","payload":)" + payload + "}";
  return world.ask(asked);
}

// The journaled event, without the ids that each process makes its own.
std::string event_of(const std::string& members, std::string_view type = "event") {
  CollectingWorld world;
  const auto response = send(world, R"({"website":"wk1",)" + members + "}", type);
  EXPECT_EQ(response.status, 200) << response.body;
  std::string made(world.intake.last().body);
  const std::pair<std::string, std::string_view> ids[] = {
      {member_of(response.body, "sessionId"), "SESSION"},
      {member_of(response.body, "visitId"), "VISIT"}};
  for (const auto& [id, name] : ids)
    if (const auto at = made.find(id); at != std::string::npos) made.replace(at, id.size(), name);
  return made;
}

std::string batch_of(std::string_view event, std::string_view page = "") {
  return R"({"batch":[{)" + std::string(event) + R"(,"context":{"library":{"name":"umami"},)" +
         std::string(page) + R"("session":{"id":"VISIT"}}}]})";
}

TEST(Umami, MakesAPageOfAnEventWithoutAName) {
  EXPECT_EQ(event_of(R"("url":"/a?b=c","title":"A","hostname":"shop.example","referrer":"r",)"
                     R"("language":"en","screen":"1920x1080","tag":"t","timestamp":1795336806.5)"),
            R"({"batch":[{"timestamp":1795336806.5,"type":"page","anonymousId":"SESSION",)"
            R"("properties":{"tag":"t"},"context":{"locale":"en","library":{"name":"umami"},)"
            R"("page":{"url":"/a?b=c","title":"A","hostname":"shop.example","referrer":"r",)"
            R"("path":"/a","url":"https://shop.example/a?b=c"},)"
            R"("screen":{"width":1920,"height":1080},"session":{"id":"VISIT"}}}]})");
}

TEST(Umami, MakesATrackEventOfOneWithAName) {
  CollectingWorld world;
  const auto response = world.ask({.target = "/api/send", .body = std::string(kOrder)});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body,
              MatchesRegex(R"re(\{"cache":"[0-9a-f.]+","sessionId":"[0-9a-f]{32}",)re"
                           R"re("visitId":"[0-9a-f]{32}"\})re"));
  EXPECT_EQ(world.intake.last().protocol, "umami");
  const std::string made(world.intake.last().body);
  EXPECT_THAT(made, HasSubstr(R"("event":"Order Completed","userId":"cust-1","type":"track")"));
  EXPECT_THAT(made, HasSubstr(R"("order_id":"order-1","total":59.9,"revenue":59.9)"));
  EXPECT_THAT(made, HasSubstr(R"("products":[{"product_id":"sku-1",)"));
  EXPECT_THAT(made, Not(HasSubstr("anonymousId"))) << "people behind one address are not one";
  EXPECT_EQ(
      event_of(R"("name":"E","data":7)"),
      batch_of(R"("event":"E","type":"track","anonymousId":"SESSION","properties":{"data":7})"));
  EXPECT_EQ(event_of(R"("lcp":12)", "performance"),
            batch_of(R"("type":"track","event":"performance","anonymousId":"SESSION",)"
                     R"("properties":{"lcp":12})"));
}

TEST(Umami, MakesTraitsOfWhatAnIdentifySays) {
  EXPECT_EQ(event_of(R"("id":7,"data":{"plan":"free"})", "identify"),
            batch_of(R"("userId":"7","type":"identify","traits":{"plan":"free"})"));
  EXPECT_EQ(event_of(R"("data":{"id":"u","plan":"free"})", "identify"),
            batch_of(R"("type":"identify","userId":"u","traits":{"id":"u","plan":"free"})"));
  EXPECT_EQ(event_of(R"("data":{"plan":"free"})", "identify"),
            batch_of(R"("type":"identify","anonymousId":"SESSION","traits":{"plan":"free"})"));
}

TEST(Umami, TakesAnIdThatIsNoneForNone) {
  for (const std::string id : {"null", R"("")", "[]", "{}"})
    EXPECT_THAT(event_of(R"("id":)" + id), HasSubstr(R"("anonymousId":"SESSION")")) << id;
}

struct Met {
  std::string session;
  std::string visit;
  std::string cache;
};

Met meet(CollectingWorld& world, const std::string& cache, Asked asked = {}) {
  if (!cache.empty()) asked.headers.emplace_back("x-umami-cache", cache);
  const auto response = send(world, R"({"website":"wk1"})", "event", std::move(asked));
  EXPECT_EQ(response.status, 200);
  return {member_of(response.body, "sessionId"),
          member_of(response.body, "visitId"),
          member_of(response.body, "cache")};
}

Asked from(std::string address, std::chrono::minutes later = {}) {
  Asked asked;
  asked.address = std::move(address);
  asked.received += later;
  return asked;
}

TEST(UmamiSession, StaysThatOfAVisitorWhoBringsItBack) {
  CollectingWorld world;
  const Met first = meet(world, "", from("203.0.113.77"));
  EXPECT_EQ(meet(world, "", from("203.0.113.77")).session, first.session);
  EXPECT_NE(meet(world, "", from("198.51.100.1")).session, first.session);
  const Met moved = meet(world, first.cache, from("198.51.100.1", std::chrono::minutes(29)));
  EXPECT_EQ(moved.session, first.session);
  EXPECT_EQ(moved.visit, first.visit);
  EXPECT_NE(moved.cache, first.cache) << "half an hour from now";
  EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(first.session));

  const Met later = meet(world, moved.cache, from("198.51.100.1", std::chrono::minutes(120)));
  EXPECT_EQ(later.session, first.session);
  EXPECT_NE(later.visit, first.visit) << "nothing came for half an hour";
  const Met tomorrow =
      meet(world, first.cache, from("203.0.113.77", std::chrono::minutes(24 * 60)));
  EXPECT_NE(tomorrow.session, first.session);
}

TEST(UmamiSession, IsNotTakenFromATokenThatWasNotMadeHere) {
  CollectingWorld world;
  const Met mine = meet(world, "", from("203.0.113.77"));
  const Met other = meet(world, "", from("198.51.100.1"));
  std::string forged = mine.cache;
  forged.replace(0, 32, other.session);
  CollectingWorld elsewhere;
  const std::string of_elsewhere = meet(elsewhere, "", from("198.51.100.1")).cache;
  for (const std::string& cache :
       {forged, of_elsewhere, mine.cache + "0", mine.cache.substr(1), std::string("....")})
    EXPECT_EQ(meet(world, cache, from("192.0.2.1")).session,
              meet(world, "", from("192.0.2.1")).session)
        << cache;
}

TEST(UmamiSession, IsOfOneWebsite) {
  CollectingWorld world({}, admission::Keys::development());
  const auto ask = [&](std::string_view website, const std::string& cache) {
    Asked asked;
    asked.headers = {{"x-umami-cache", cache}};
    return send(world, R"({"website":")" + std::string(website) + "\"}", "event", asked).body;
  };
  const std::string first = ask("a", "");
  EXPECT_NE(member_of(ask("b", member_of(first, "cache")), "sessionId"),
            member_of(first, "sessionId"));
}

TEST(Umami, KnowsWhomAServerSpeaksOfByWhatItSaysOfThem) {
  CollectingWorld world;
  const auto session = [&](const std::string& members) {
    return member_of(send(world, R"({"website":"wk1",)" + members + "}").body, "sessionId");
  };
  const std::string one = session(R"("ip":"198.51.100.1","userAgent":"Firefox")");
  EXPECT_EQ(one, session(R"("ip":"198.51.100.1","userAgent":"Firefox")"));
  EXPECT_NE(one, session(R"("ip":"198.51.100.2","userAgent":"Firefox")"));
  EXPECT_NE(one, session(R"("ip":"198.51.100.1","userAgent":"Chrome")"));
  EXPECT_THAT(std::string(world.intake.last().body),
              HasSubstr(R"("ip":"198.51.100.0","userAgent":"Chrome")"));
}

TEST(Umami, AnswersABatchItemByItem) {
  CollectingWorld world;
  const auto response = world.ask(
      {.target = "/api/batch",
       .body = R"([{"type":"event","payload":{"website":"wk1","name":"A"}},7,{"type":"x",)"
               R"("payload":{"website":"wk1"}},{"type":"event","payload":{"website":"other"}},)"
               R"({"type":"event","payload":{"website":"wk1","name":"B"}}])"});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body,
              HasSubstr(R"({"size":5,"processed":2,"errors":3,"details":[)"
                        R"({"index":1,"response":{"error":)"));
  EXPECT_THAT(response.body, HasSubstr(R"("code":"not_an_event")"));
  EXPECT_THAT(response.body, HasSubstr(R"("code":"unknown_type")"));
  EXPECT_THAT(response.body, HasSubstr(R"("code":"other_website")"));
  EXPECT_THAT(response.body, HasSubstr(R"("cache":")"));
  ASSERT_EQ(world.intake.size(), 4u) << "three refusals and a hit of two events";
  EXPECT_THAT(std::string(world.intake.last().body),
              testing::AllOf(HasSubstr(R"("event":"A")"), HasSubstr(R"("event":"B")")));
}

TEST(Umami, SaysWhatItDoesNotKeepAndWhy) {
  const std::tuple<std::string_view, std::string, int, std::string_view> cases[] = {
      {"/api/send", R"({"type":"event","payload":{"website":"no"}})", 401, "unknown_key"},
      {"/api/send", R"({"type":"event","payload":{}})", 401, "missing_key"},
      {"/api/send", R"({"type":"event"})", 401, "missing_key"},
      {"/api/send", R"({"type":"none","payload":{"website":"wk1"}})", 400, "unknown_type"},
      {"/api/send", "[]", 400, "not_an_event"},
      {"/api/send", "", 400, "empty_body"},
      {"/api/send", std::string(200, '['), 400, "too_deep"},
      {"/api/batch", "[]", 400, "empty_batch"},
      {"/api/batch", "{}", 400, "not_an_event"}};
  for (const auto& [target, body, status, reason] : cases) {
    CollectingWorld world;
    const auto response = world.ask({.target = std::string(target), .body = body});
    EXPECT_EQ(response.status, status) << body;
    EXPECT_THAT(response.body, HasSubstr("\"code\":\"" + std::string(reason) + '"')) << body;
    ASSERT_EQ(world.intake.size(), 1u) << body;
    EXPECT_EQ(world.intake.last().reason, reason) << body;
  }
}

TEST(Umami, SaysThatThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response = world.ask({.target = "/api/send", .body = std::string(kOrder)});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
}

}  // namespace
}  // namespace millrace::protocols
