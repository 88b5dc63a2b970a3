#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

// As its SDK for browsers sends it, shortened.
constexpr std::string_view kOrderMixpanel =
    R"([{"event":"Order Completed","properties":{"$os":"Linux","$browser":"Chrome",)"
    R"("$current_url":"https://shop.example/p","$browser_version":156,"$screen_height":720,)"
    R"("$screen_width":1280,"mp_lib":"web","$lib_version":"2.83.0","$insert_id":"d84b",)"
    R"("time":1795337028.406,"utm_source":"news","utm_campaign":"spring","distinct_id":"cust-1",)"
    R"("$device_id":"72b2","$initial_referrer":"$direct","$referrer":"$direct",)"
    R"("$user_id":"cust-1","company":["acme"],"order_id":"order-1","revenue":59.9,)"
    R"("currency":"EUR","products":[{"product_id":"sku-1","price":29.95,"quantity":1},)"
    R"({"product_id":"sku-2","price":29.95,"quantity":1}],"token":"wk1",)"
    R"("mp_sent_by_lib_version":"2.83.0"}}])";

constexpr std::string_view kEvent =
    R"({"event":"E","properties":{"token":"wk1","distinct_id":"u","$insert_id":"m"}})";
constexpr std::string_view kJournaled =
    R"({"batch":[{"messageId":"m","type":"track","event":"E","userId":"u"}]})";

http::Response post(CollectingWorld& world, std::string_view body, std::string target = "/track") {
  return world.ask({.target = std::move(target), .body = std::string(body)});
}

std::string batch_of(std::string_view events) {
  return R"({"batch":[)" + std::string(events) + "]}";
}

std::string journaled(std::string_view body, std::string target = "/track") {
  CollectingWorld world;
  const auto response = post(world, body, std::move(target));
  EXPECT_EQ(response.status, 200) << body << response.body;
  return world.intake.size() == 0 ? "" : std::string(world.intake.last().body);
}

// Of an event with that name, and properties besides token and id.
std::string journaled_event(std::string_view name, std::string_view properties) {
  return journaled(R"({"event":")" + std::string(name) +
                   R"(","properties":{"token":"wk1","$insert_id":"m",)" + std::string(properties) +
                   "}}");
}

std::string form(std::string_view body) {
  std::string text = base64(body);
  for (std::size_t at = 0; (at = text.find('=', at)) != std::string::npos;)
    text.replace(at, 1, "%3D");
  return "data=" + text;
}

TEST(Mixpanel, ReadsAnOrder) {
  CollectingWorld world;
  const auto response = post(world, form(kOrderMixpanel), "/track/?verbose=1&ip=1&_=1795337028527");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status":1,"error":null})");
  EXPECT_EQ(world.intake.last().protocol, "mixpanel");
  EXPECT_EQ(world.intake.last().body,
            R"({"batch":[{"messageId":"d84b","timestamp":1795337028.406,"anonymousId":"72b2",)"
            R"("type":"track","event":"Order Completed","userId":"cust-1",)"
            R"("properties":{"$initial_referrer":"$direct","company":["acme"],)"
            R"("order_id":"order-1","revenue":59.9,"currency":"EUR","products":)"
            R"([{"product_id":"sku-1","price":29.95,"quantity":1},)"
            R"({"product_id":"sku-2","price":29.95,"quantity":1}]},)"
            R"("context":{"browser":{"name":"Chrome","version":"156"},)"
            R"("campaign":{"source":"news","name":"spring"},)"
            R"("library":{"name":"web","version":"2.83.0"},"os":{"name":"Linux"},)"
            R"("page":{"url":"https://shop.example/p"},)"
            R"("screen":{"height":720,"width":1280}}}],"sentAt":1795337028527})");
}

TEST(Mixpanel, UnpacksWhateverCarriesAnEvent) {
  const Asked cases[] = {
      {.method = Method::kGet, .target = "/track?ip=0&verbose=0&" + form(kEvent)},
      {.method = Method::kGet, .target = "/track/?" + form(kEvent)},
      {.target = "/track?ip=0&verbose=0", .body = form(kEvent)},
      // As Node's SDK sends it: '+' stands for itself.
      {.target = "/track", .body = "data=" + base64(kEvent)},
      {.target = "/track/", .body = std::string(kEvent)},
      {.target = "/track/", .body = gzipped(kEvent)},
      {.target = "/import", .body = std::string(kEvent)}};
  for (const Asked& asked : cases) {
    CollectingWorld world;
    const auto response = world.ask(asked);
    EXPECT_EQ(response.status, 200) << asked.target << response.body;
    ASSERT_EQ(world.intake.size(), 1u) << asked.target;
    EXPECT_EQ(world.intake.last().body, kJournaled) << asked.target;
    EXPECT_EQ(world.intake.last().protocol, "mixpanel") << asked.target;
  }
}

TEST(Mixpanel, AnswersAsItIsAsked) {
  CollectingWorld world;
  EXPECT_EQ(post(world, kEvent, "/track?verbose=0").body, "1");
  EXPECT_EQ(post(world, kEvent, "/track").body, "1");
  EXPECT_EQ(post(world, kEvent, "/track?img=1").content_type, "image/gif");
  EXPECT_EQ(post(world, kEvent, "/import").body,
            R"({"code":200,"num_records_imported":1,"status":"OK"})");
  EXPECT_EQ(post(world, kEvent, "/import?verbose=1").body, R"({"status":1,"error":null})");
}

TEST(Mixpanel, FindsWhoItIsAbout) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"("distinct_id":7)", R"("messageId":"m","type":"track","event":"E","userId":"7"}])"},
      {R"("distinct_id":"$device:d","$device_id":"d")",
       R"("anonymousId":"d","type":"track","event":"E","anonymousId":"d"}])"},
      {R"("distinct_id":"u","$device_id":"d")",
       R"("anonymousId":"d","type":"track","event":"E","userId":"u"}])"},
      {R"("distinct_id":null,"$user_id":"u")",
       R"("messageId":"m","type":"track","event":"E","userId":"u"}])"}};
  for (const auto& [members, ids] : cases)
    EXPECT_THAT(journaled_event("E", members), HasSubstr(ids)) << members;
}

TEST(Mixpanel, MakesCallsOfItsOwnEvents) {
  EXPECT_EQ(
      journaled_event("$mp_web_page_view",
                      R"("distinct_id":"u","current_page_title":"t","current_url_path":"/p")"),
      batch_of(R"({"messageId":"m","type":"page","userId":"u",)"
               R"("context":{"page":{"title":"t","path":"/p"}}})"));
  EXPECT_THAT(
      journaled_event("$identify",
                      R"("distinct_id":"u","$identified_id":"u","$anon_distinct_id":"$device:d")"),
      HasSubstr(R"("messageId":"m","type":"identify","userId":"u","userId":"u",)"
                R"("anonymousId":"d")"));
  EXPECT_EQ(journaled_event("$create_alias", R"("distinct_id":"old","alias":"new")"),
            batch_of(R"({"messageId":"m","type":"alias","userId":"old","userId":"new",)"
                     R"("previousId":"old"})"));
  EXPECT_EQ(journaled_event("$merge", R"("$distinct_ids":["a","$device:b"])"),
            batch_of(R"({"messageId":"m","type":"alias","userId":"a","previousId":"b"})"));
  EXPECT_THAT(journaled_event("E", R"("distinct_id":"u","alias":"a")"),
              HasSubstr(R"("properties":{"alias":"a"})"));
}

TEST(Mixpanel, MakesTraitsOfWhatIsSaidOfPeople) {
  EXPECT_EQ(
      journaled(R"({"$token":"wk1","$distinct_id":"u","$set":{"$email":"a@b.c","plan":"free"},)"
                R"("$set_once":{"plan":"x","none":null},"$unset":["old"],"$add":{"n":2},)"
                R"("$ip":"203.0.113.7"})",
                "/engage/?verbose=1&ip=1"),
      batch_of(R"({"type":"identify","userId":"u","properties":{"$add":{"n":2}},)"
               R"("traits":{"plan":"x","email":"a@b.c","plan":"free","old":null},)"
               R"("context":{"ip":"203.0.113.0"}})"));
  EXPECT_EQ(
      journaled(R"({"$token":"wk1","$group_key":"company","$group_id":"acme","$set":{"size":3}})",
                "/groups"),
      batch_of(R"({"type":"group","groupId":"acme","anonymousId":"$company_acme",)"
               R"("properties":{"$group_key":"company"},"traits":{"size":3}})"));
}

TEST(Mixpanel, KeepsNoAddressUnmaskedAndNoToken) {
  const std::string body = journaled_event("E", R"("distinct_id":"u","ip":"203.0.113.77")");
  EXPECT_THAT(body, HasSubstr(R"("ip":"203.0.113.0")"));
  EXPECT_THAT(body, Not(HasSubstr("203.0.113.77")));
  EXPECT_THAT(body, Not(HasSubstr("wk1")));
}

TEST(Mixpanel, TakesAnImportsKeyFromWhereverItIs) {
  const std::string event = R"({"event":"E","properties":{"distinct_id":"u"}})";
  CollectingWorld world;
  EXPECT_EQ(post(world, event, "/import").status, 401);
  EXPECT_EQ(post(world, event, "/import?api_key=wk1").status, 200);
  EXPECT_EQ(world
                .ask({.target = "/import",
                      .body = event,
                      .headers = {{"authorization", "Basic " + base64("wk1:")}}})
                .status,
            200);
}

TEST(Mixpanel, KeepsTheOthersOfAListWithABadEvent) {
  CollectingWorld world;
  const auto response =
      post(world,
           "[" + std::string(kEvent) +
               R"(,7,{"properties":{"distinct_id":"u"}},{"event":"E","properties":[]},)"
               R"({"event":"E","properties":{"distinct_id":["u"]}}])");
  EXPECT_EQ(response.body, "1");
  ASSERT_EQ(world.intake.size(), 5u);
  const std::string_view reasons[] = {
      "not_an_event", "missing_event", "malformed_properties", "missing_distinct_id"};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(world.intake.hit(i).reason, reasons[i]);
  EXPECT_EQ(world.intake.last().body, kJournaled);
}

TEST(Mixpanel, RefusesForGoodWhatCanNeverBeAccepted) {
  const std::tuple<std::string_view, std::string, int, std::string> cases[] = {
      {"{", "/track?verbose=1", 400, "malformed_json"},
      {"", "/track?ip=0", 400, "empty_body"},
      {"[]", "/track", 400, "empty_batch"},
      {R"({"event":"E","properties":{"token":"wk1"}})", "/track", 400, "missing_distinct_id"},
      {R"({"event":"E","properties":{"token":"no","distinct_id":"u"}})",
       "/track",
       401,
       "unknown_key"},
      {R"([{"$token":"wk1","$distinct_id":"u"},{"$token":"wk2","$distinct_id":"u"}])",
       "/engage",
       401,
       "several_keys"},
      {R"({"$token":"wk1","$distinct_id":"u","$delete":""})",
       "/engage",
       400,
       "unsupported_deletion"},
      {R"({"$token":"wk1","$group_key":"company"})", "/groups", 400, "missing_group_id"}};
  for (const auto& [body, target, status, reason] : cases) {
    CollectingWorld world;
    const auto response = post(world, body, target);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_THAT(response.body, HasSubstr(R"({"status":0,"error":")" + reason + "\"")) << body;
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused) << body;
    EXPECT_EQ(world.intake.last().protocol, "mixpanel") << body;
  }
}

TEST(Mixpanel, TellsItsSdkToComeAgainWhereThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response = post(world, kEvent);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
}

TEST(Mixpanel, LeavesPosthogItsEvents) {
  CollectingWorld world;
  post(world, R"({"api_key":"wk1","event":"E","distinct_id":"u"})", "/track/");
  EXPECT_EQ(world.intake.last().protocol, "posthog");
  post(world,
       R"([{"event":"E","properties":{"token":"wk1","distinct_id":"u","$lib":"web"}}])",
       "/track/");
  EXPECT_EQ(world.intake.last().protocol, "posthog");
}

}  // namespace
}  // namespace millrace::protocols
