#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kEvent = R"({"api_key":"wk1","event":"E","distinct_id":"u","uuid":"m"})";
constexpr std::string_view kJournaled =
    R"({"batch":[{"type":"track","messageId":"m","userId":"u","event":"E"}]})";

// As posthog-js sends it, shortened.
constexpr std::string_view kOrderPosthog =
    R"({"api_key":"wk1","batch":[{"uuid":"01a2026d","event":"Order Completed","properties":{)"
    R"("$os":"Linux","$browser":"Chrome","$browser_version":156,"$device_type":"Desktop",)"
    R"("$timezone":"UTC","$current_url":"https://shop.example/p?utm_source=news",)"
    R"("$pathname":"/p","$raw_user_agent":"Mozilla/5.0","$browser_language":"en-US",)"
    R"("$screen_height":720,"$screen_width":1280,"$lib":"web","$lib_version":"1.449.2",)"
    R"("$insert_id":"q","$time":1795337039.045,"distinct_id":"cust-1","$device_id":"dev-1",)"
    R"("$user_id":"cust-1","utm_source":"news","utm_medium":null,"gclid":null,)"
    R"("$referrer":"$direct","$groups":{"company":"acme"},"order_id":"order-1","revenue":59.9,)"
    R"("currency":"EUR","products":[{"product_id":"sku-1","price":29.95,"quantity":1},)"
    R"({"product_id":"sku-2","price":29.95,"quantity":1}],"token":"wk1","$session_id":"s-1",)"
    R"("$window_id":"w-1","$is_identified":true,"$process_person_profile":true},)"
    R"("timestamp":"2026-11-22T08:43:57.333Z"}],"sent_at":"2026-11-22T08:43:58.000Z"})";

http::Response post(CollectingWorld& world, std::string_view body, std::string target = "/e/") {
  return world.ask({.target = std::move(target), .body = std::string(body)});
}

// The journaled body of one event; what `members` says beside the key and a uuid.
std::string journaled(std::string_view members, std::string target = "/e/") {
  CollectingWorld world;
  const auto response = post(
      world, R"({"api_key":"wk1","uuid":"m",)" + std::string(members) + "}", std::move(target));
  EXPECT_EQ(response.status, 200) << members << response.body;
  return world.intake.size() == 0 ? "" : std::string(world.intake.last().body);
}

std::string batch_of(std::string_view events) {
  return R"({"batch":[)" + std::string(events) + "]}";
}

TEST(Posthog, TakesAnEventOnAllOfItsPaths) {
  for (const std::string path :
       {"/i/v0/e", "/e", "/capture", "/track", "/engage", "/batch", "/i/v0/ai/batch"})
    for (const std::string slash : {"", "/"}) {
      CollectingWorld world;
      const auto response = post(world, kEvent, path + slash);
      EXPECT_EQ(response.status, 200) << path << slash;
      EXPECT_EQ(response.body, R"({"status":1})");
      EXPECT_EQ(world.intake.last().protocol, "posthog");
      EXPECT_EQ(world.intake.last().body, kJournaled);
    }
}

TEST(Posthog, ReadsEveryFormOfAnOrder) {
  CollectingWorld world;
  EXPECT_EQ(post(world, kOrderPosthog).status, 200);
  EXPECT_EQ(world.intake.last().body,
            R"({"batch":[{"type":"track","messageId":"01a2026d",)"
            R"("timestamp":"2026-11-22T08:43:57.333Z","userId":"cust-1","event":"Order Completed",)"
            R"("properties":{"order_id":"order-1","revenue":59.9,"currency":"EUR","products":)"
            R"([{"product_id":"sku-1","price":29.95,"quantity":1},)"
            R"({"product_id":"sku-2","price":29.95,"quantity":1}]},)"
            R"("context":{"timezone":"UTC","userAgent":"Mozilla/5.0","locale":"en-US",)"
            R"("groups":{"company":"acme"},"browser":{"name":"Chrome","version":"156"},)"
            R"("campaign":{"source":"news"},"device":{"type":"Desktop","id":"dev-1"},)"
            R"("library":{"name":"web","version":"1.449.2"},"os":{"name":"Linux"},)"
            R"("page":{"url":"https://shop.example/p?utm_source=news","path":"/p"},)"
            R"("privacy":{"process_person_profile":true},"screen":{"height":720,"width":1280},)"
            R"("session":{"id":"s-1","window_id":"w-1"}}}],"sentAt":"2026-11-22T08:43:58.000Z"})");
}

TEST(Posthog, UnpacksWhateverCarriesAnEvent) {
  const std::string event(kEvent);
  const std::string lz64 =
      "N4IghgDglg+g1gUwJ4gFwgO5wIwgDQgIBuCAdgC5ogCi+IAJlAM7lSkDG5MU9VArnT58eVALYgAvkA==";
  const auto escaped = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('+', at)) != std::string::npos;)
      text.replace(at, 1, "%2B");
    return text;
  };
  const Asked cases[] = {
      {.target = "/e/", .body = gzipped(event), .headers = {{"content-type", "text/plain"}}},
      {.target = "/e/?compression=gzip-js", .body = gzipped(event)},
      {.target = "/e/?compression=base64", .body = "data=" + escaped(base64(event))},
      {.target = "/e/", .body = base64(event)},
      {.target = "/e/", .body = "data=" + escaped(base64(gzipped(event)))},
      {.method = Method::kGet, .target = "/e/?data=" + escaped(base64(event))},
      {.target = "/e/?data=" + escaped(base64(event))},
      {.target = "/e/?compression=lz64", .body = lz64},
      {.target = "/e/?compression=lz64", .body = "data=" + escaped(lz64)},
      {.target = "/track/", .body = "compression=lz64&data=" + escaped(lz64)},
      {.method = Method::kGet, .target = "/e/?compression=lz64&data=" + escaped(lz64)}};
  for (const Asked& asked : cases) {
    CollectingWorld world;
    const auto response = world.ask(asked);
    EXPECT_EQ(response.status, 200) << asked.target << " " << asked.body << response.body;
    ASSERT_EQ(world.intake.size(), 1u) << asked.target;
    EXPECT_EQ(world.intake.last().body, kJournaled) << asked.target;
  }
}

TEST(Posthog, TakesAnEventInParts) {
  const auto part = [](std::string_view name, std::string_view content) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
           "\"\r\nContent-Type: application/json\r\n\r\n" + std::string(content) + "\r\n";
  };
  const auto answered = [](CollectingWorld& world, const std::string& parts) {
    return world.ask({.target = "/i/v0/ai",
                      .body = parts + "--b--\r\n",
                      .headers = {{"authorization", "Bearer wk1"},
                                  {"content-type", "multipart/form-data; boundary=b"}}});
  };
  const std::string event =
      part("event", R"({"event":"$ai_generation","distinct_id":"u","uuid":"m"})");
  CollectingWorld world;
  EXPECT_EQ(answered(world, event + part("event.properties", R"({"$ai_model":"m-1"})")).status,
            200);
  EXPECT_EQ(world.intake.last().body,
            batch_of(R"({"type":"track","messageId":"m","userId":"u","event":"$ai_generation",)"
                     R"("properties":{"$ai_model":"m-1"}})"));
  const auto refused = [&](const std::string& parts) {
    const auto response = answered(world, parts);
    EXPECT_EQ(response.status, 400);
    return header_of(response, "X-Millrace-Reason");
  };
  EXPECT_EQ(refused(event + part("event.properties.$ai_input", "{}")), "unknown_part");
  EXPECT_EQ(refused(event + part("event.properties", "{")), "malformed_json");
  EXPECT_EQ(refused(part("event.properties", "{}")), "empty_body");
  EXPECT_EQ(refused(""), "bad_multipart");
}

TEST(Posthog, TakesAListAndABatch) {
  const std::string two = R"({"event":"A","distinct_id":"u"},{"event":"B","distinct_id":"u"})";
  const std::string made = batch_of(R"({"type":"track","userId":"u","event":"A"},)"
                                    R"({"type":"track","userId":"u","event":"B"})");
  CollectingWorld world;
  EXPECT_EQ(post(world, R"({"token":"wk1","batch":[)" + two + "]}", "/batch").status, 200);
  EXPECT_EQ(world.intake.last().body, made);
  EXPECT_EQ(post(world,
                 R"([{"event":"A","distinct_id":"u","properties":{"token":"wk1"}},)"
                 R"({"event":"B","$distinct_id":"u","$token":"wk1"}])")
                .status,
            200);
  EXPECT_EQ(world.intake.last().body, made);
}

TEST(Posthog, FindsWhoItIsAbout) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"("distinct_id":7)", R"("userId":"7")"},
      {R"("distinct_id":null,"properties":{"distinct_id":"p"})", R"("userId":"p")"},
      {R"("distinct_id":"t","properties":{"distinct_id":"p"})", R"("userId":"t")"},
      {R"("distinct_id":["a",1])", R"("userId":"[\"a\",1]")"},
      {R"("distinct_id":{"a":1})", R"("userId":"{\"a\":1}")"},
      {R"("distinct_id":true)", R"("userId":"true")"},
      {R"("distinct_id":"d","properties":{"$is_identified":false,"$device_id":"d"})",
       R"("anonymousId":"d")"},
      {R"("distinct_id":"u","properties":{"$is_identified":true,"$device_id":"d"})",
       R"("userId":"u")"},
      {R"("distinct_id":"u","properties":{"$user_id":"u","$device_id":"d"})", R"("userId":"u")"},
      {R"("distinct_id":"r","properties":{"$process_person_profile":false})",
       R"("anonymousId":"r")"},
      {R"("distinct_id":"$posthog_cookieless","properties":{"$cookieless_mode":true})",
       R"("anonymousId":"m")"}};
  for (const auto& [members, id] : cases) {
    const std::string body = journaled(R"("event":"E",)" + std::string(members));
    EXPECT_THAT(body, HasSubstr(id)) << members;
    const bool user = id.starts_with("\"userId");
    EXPECT_THAT(body, Not(HasSubstr(user ? "anonymousId" : "userId"))) << members;
  }
}

TEST(Posthog, CutsAnIdWhereItsServerDoes) {
  std::string long_id;
  for (int i = 0; i < 201; ++i) long_id += "ä";
  EXPECT_THAT(journaled(R"("event":"E","distinct_id":")" + long_id + "\""),
              HasSubstr(R"("userId":")" + long_id.substr(2) + "\""));
}

TEST(Posthog, MakesCallsOfItsOwnEvents) {
  EXPECT_EQ(journaled(R"("event":"$pageview","distinct_id":"u","properties":)"
                      R"({"title":"Red Shoes","$current_url":"https://a.b/c"})"),
            batch_of(R"({"type":"page","messageId":"m","userId":"u",)"
                     R"("context":{"page":{"title":"Red Shoes","url":"https://a.b/c"}}})"));
  EXPECT_EQ(
      journaled(R"("event":"$screen","distinct_id":"u","properties":{"$screen_name":"Cart"})"),
      batch_of(R"({"name":"Cart","type":"screen","messageId":"m","userId":"u"})"));
  EXPECT_EQ(journaled(R"("event":"$identify","distinct_id":"u","$set":{"plan":"free","old":null},)"
                      R"("$set_once":{"plan":"x","first":1,"none":null},)"
                      R"("properties":{"$anon_distinct_id":"d","$device_id":"d"})"),
            batch_of(R"({"type":"identify","messageId":"m","userId":"u","anonymousId":"d",)"
                     R"("traits":{"plan":"x","first":1,"plan":"free","old":null},)"
                     R"("context":{"device":{"id":"d"}}})"));
  EXPECT_EQ(journaled(R"("event":"$create_alias","distinct_id":"u","properties":)"
                      R"({"distinct_id":"u","alias":"old"})"),
            batch_of(R"({"type":"alias","messageId":"m","userId":"u","previousId":"old"})"));
  EXPECT_EQ(
      journaled(R"("event":"$groupidentify","distinct_id":"$company_acme","properties":)"
                R"({"$group_type":"company","$group_key":"acme","$group_set":{"size":3}})"),
      batch_of(R"({"type":"group","messageId":"m","anonymousId":"$company_acme","groupId":"acme",)"
               R"("properties":{"$group_type":"company"},"traits":{"size":3}})"));
  EXPECT_THAT(journaled(R"("event":"$pageleave","distinct_id":"u")"),
              HasSubstr(R"("type":"track")"));
  // Elsewhere these are properties like any other.
  EXPECT_THAT(journaled(R"("event":"E","distinct_id":"u","properties":{"title":"t","alias":"a"})"),
              HasSubstr(R"("properties":{"title":"t","alias":"a"})"));
}

TEST(Posthog, IdentifiesByTheTraitsOfAnyEvent) {
  EXPECT_EQ(
      journaled(R"("event":"E","distinct_id":"u","timestamp":"2026-11-22T08:43:57Z","properties":)"
                R"({"$set":{"plan":"free"},"$unset":["old"],"$lib":"posthog-node"})"),
      batch_of(R"({"type":"track","messageId":"m","timestamp":"2026-11-22T08:43:57Z","userId":"u",)"
               R"("event":"E","context":{"library":{"name":"posthog-node"}}},)"
               R"({"type":"identify","messageId":"m:set","timestamp":"2026-11-22T08:43:57Z",)"
               R"("userId":"u","traits":{"plan":"free","old":null},)"
               R"("context":{"library":{"name":"posthog-node"}}})"));
  // Of somebody unknown too, who stays unknown.
  EXPECT_EQ(journaled(R"("event":"$set","distinct_id":"d","$set":{"a":1},"properties":)"
                      R"({"$is_identified":false})"),
            batch_of(R"({"type":"identify","messageId":"m","anonymousId":"d","traits":{"a":1}})"));
}

TEST(Posthog, NamesWhatComesToEngageWithoutAName) {
  EXPECT_EQ(journaled(R"("$distinct_id":"u","$set":{"a":1})", "/engage/"),
            batch_of(R"({"type":"identify","messageId":"m","userId":"u","traits":{"a":1}})"));
}

TEST(Posthog, KeepsNoAddressUnmasked) {
  const std::string body =
      journaled(R"("event":"E","distinct_id":"u","properties":{"$ip":"203.0.113.77"})");
  EXPECT_THAT(body, HasSubstr(R"("ip":"203.0.113.0")"));
  EXPECT_THAT(body, Not(HasSubstr("203.0.113.77")));
}

TEST(Posthog, KnowsWhenARequestWasSent) {
  CollectingWorld world;
  post(world, kEvent, "/e/?_=1795337039045");
  EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(R"("sentAt":1795337039045)"));
  post(world, kEvent, "/e/?sent_at=2026-11-22T08:43:57Z");
  EXPECT_THAT(std::string(world.intake.last().body),
              HasSubstr(R"("sentAt":"2026-11-22T08:43:57Z")"));
  // Nothing that is in a query ends the text early.
  post(world, kEvent, "/e/?sent_at=%22%7D");
  EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(R"("sentAt":"\"}")"));
  post(world, R"({"api_key":"wk1","event":"E","distinct_id":"u","offset":1500})");
  EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(R"("timestamp":1795294798500)"));
}

TEST(Posthog, GivesARepetitionTheSameId) {
  const std::string event =
      R"({"api_key":"wk1","event":"E","distinct_id":"u","timestamp":"2026-11-22T08:43:57Z"})";
  CollectingWorld world;
  post(world, event);
  const std::string first(world.intake.last().body);
  EXPECT_THAT(first, HasSubstr("messageId"));
  post(world, event);
  EXPECT_EQ(world.intake.last().body, first);
}

TEST(Posthog, KeepsTheOthersOfABatchWithABadEvent) {
  CollectingWorld world;
  const auto response = post(world,
                             R"({"api_key":"wk1","batch":[{"event":"A","distinct_id":"u"},7,)"
                             R"({"event":"B"},{"distinct_id":"u"},{"event":"","distinct_id":"u"},)"
                             R"({"event":"C","distinct_id":"u","properties":[]}]})");
  EXPECT_EQ(response.status, 200);
  ASSERT_EQ(world.intake.size(), 6u);
  const std::string_view reasons[] = {"not_an_event",
                                      "missing_distinct_id",
                                      "missing_event_name",
                                      "missing_event_name",
                                      "malformed_event_properties"};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(world.intake.hit(i).kind, HitKind::kRefused);
    EXPECT_EQ(world.intake.hit(i).reason, reasons[i]);
    EXPECT_EQ(world.intake.hit(i).source, "web");
  }
  EXPECT_EQ(world.intake.last().body, batch_of(R"({"type":"track","userId":"u","event":"A"})"));
}

TEST(Posthog, RefusesForGoodWhatCanNeverBeAccepted) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  const std::tuple<std::string, int, std::string_view> cases[] = {
      {"", 400, "empty_body"},
      {"7", 400, "not_an_object"},
      {R"({"api_key":"wk1","event":"E","distinct_id":"u")", 400, "malformed_json"},
      {R"({"api_key":"wk1","event":"E","distinct_id":"u","properties":{"a":)" + deep + "}}",
       400,
       "too_deep"},
      {R"({"api_key":"wk1","event":"E","distinct_id":"u","properties":{"a":1e999}})",
       400,
       "number_out_of_range"},
      {R"({"api_key":"wk1","event":"E"})", 400, "missing_distinct_id"},
      {R"({"api_key":"wk1","distinct_id":"u"})", 400, "missing_event_name"},
      {R"({"api_key":"wk1","batch":[]})", 400, "empty_batch"},
      {"[]", 400, "empty_batch"},
      {R"({"api_key":"no","event":"E","distinct_id":"u"})", 401, "unknown_key"},
      {R"({"event":"E","distinct_id":"u"})", 401, "missing_key"},
      {R"({"api_key":"phx_secret","event":"E","distinct_id":"u"})", 401, "personal_key"},
      {R"({"api_key":"w k","event":"E","distinct_id":"u"})", 401, "bad_key"},
      {R"([{"event":"E","distinct_id":"u","api_key":"wk1"},)"
       R"({"event":"E","distinct_id":"u","api_key":"wk2"}])",
       401,
       "several_keys"}};
  for (const auto& [body, status, reason] : cases) {
    CollectingWorld world;
    const auto response = post(world, body);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << body;
    ASSERT_EQ(world.intake.size(), 1u) << body;
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused) << body;
    EXPECT_EQ(world.intake.last().protocol, "posthog") << body;
  }
}

TEST(Posthog, RefusesABombOfEitherKind) {
  CollectingWorld world;
  const auto packed = post(world, gzipped(std::string(1 << 22, ' ')));
  EXPECT_EQ(header_of(packed, "X-Millrace-Reason"), "body_bomb");
  const auto corrupt = post(world, "data=N4Igh", "/e/?compression=lz64");
  EXPECT_EQ(header_of(corrupt, "X-Millrace-Reason"), "bad_compression");
}

TEST(Posthog, KeepsNoKeyInTheJournal) {
  const std::string body = journaled(
      R"("event":"E","distinct_id":"u","token":"wk1","$token":"wk1","properties":{"token":"wk1"})");
  EXPECT_THAT(body, Not(HasSubstr("wk1")));
}

TEST(Posthog, AnswersABeaconWithNothing) {
  CollectingWorld world;
  const auto response = post(world, kEvent, "/e/?beacon=1");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(post(world, "{", "/e/?beacon=1").status, 400);
}

TEST(Posthog, TellsItsSdkToComeAgainWhereThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response = post(world, kEvent);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
}

TEST(Posthog, LeavesSegmentItsBatches) {
  CollectingWorld world;
  const std::string batch = R"("batch":[{"type":"page","userId":"u"}])";
  EXPECT_EQ(post(world, R"({"writeKey":"wk1",)" + batch + "}", "/batch").status, 200);
  EXPECT_EQ(world.intake.last().protocol, "segment");
  EXPECT_EQ(world
                .ask({.target = "/batch",
                      .body = "{" + batch + "}",
                      .headers = {{"authorization", "Basic " + base64("wk1:")}}})
                .status,
            200);
  EXPECT_EQ(world.intake.last().protocol, "segment");
  EXPECT_EQ(post(world, R"({"writeKey":"wk1",)" + batch + "}", "/b").status, 200);
  EXPECT_EQ(world.intake.last().protocol, "segment");
}

TEST(Posthog, TellsItsBrowserSdkThatThereIsNothingToLoad) {
  CollectingWorld world;
  const auto config = world.ask({.method = Method::kGet, .target = "/array/wk1/config"});
  EXPECT_EQ(config.status, 200);
  EXPECT_THAT(config.body, HasSubstr(R"("token":"wk1")"));
  EXPECT_THAT(config.body, HasSubstr(R"("hasFeatureFlags":false)"));
  EXPECT_THAT(config.body, HasSubstr(R"("gzip-js")"));
  const auto script = world.ask({.method = Method::kGet, .target = "/array/w%22%5D/config.js"});
  EXPECT_EQ(script.content_type, "application/javascript");
  EXPECT_THAT(script.body, HasSubstr(R"(["w\"]"]={config:{"token":"w\"]",)"));
  for (const std::string path : {"/flags/?v=2", "/flags", "/decide/?v=3"}) {
    const auto flags = post(world, R"({"token":"wk1","distinct_id":"u"})", path);
    EXPECT_EQ(flags.status, 200);
    EXPECT_THAT(flags.body, HasSubstr(R"({"flags":{},)"));
    EXPECT_THAT(flags.body, HasSubstr(R"("errorsWhileComputingFlags":false)"));
  }
}

TEST(Posthog, CountsRecordingsAndKeepsNone) {
  CollectingWorld world;
  EXPECT_EQ(post(world, R"({"event":"$snapshot"})", "/s/?compression=gzip-js").status, 200);
  EXPECT_EQ(world.intake.size(), 0u);
  EXPECT_THAT(exposition(world.metrics), HasSubstr("collector_recordings_ignored_total 1"));
}

}  // namespace
}  // namespace millrace::protocols
