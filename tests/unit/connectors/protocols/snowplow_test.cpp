#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/snowplow_world.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace millrace::protocols {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Snowplow, MakesAPageOfAPageView) {
  EXPECT_EQ(
      kept_of(
          R"({"e":"pv","eid":"e1","uid":"u","duid":"d","aid":"wk1","p":"web","tv":"js-4.10.1",)"
          R"("tna":"sp1","dtm":"1795336803999","stm":"1795336804013","url":"https://s.example/p",)"
          R"("refr":"https://r.example/","page":"P","lang":"en","tz":"UTC","res":"1280x720",)"
          R"("vp":"780x437","ip":"203.0.113.77","ua":"Mozilla","sid":"s1","vid":"3"})"),
      R"({"batch":[{"messageId":"e1","userId":"u","anonymousId":"d",)"
      R"("originalTimestamp":1795336803999,"sentAt":1795336804013,"type":"page","context":{)"
      R"("platform":"web","locale":"en","timezone":"UTC","userAgent":"Mozilla","ip":"203.0.113.0",)"
      R"("browser":{"viewport":"780x437"},)"
      R"("library":{"version":"js-4.10.1","namespace":"sp1","name":"snowplow"},)"
      R"("page":{"url":"https://s.example/p","referrer":"https://r.example/","title":"P"},)"
      R"("screen":{"width":1280,"height":720},"session":{"id":"s1","index":3}}}]})");
}

TEST(Snowplow, NamesAStructuredEventByItsAction) {
  EXPECT_THAT(kept_of(R"({"e":"se","uid":"u","aid":"wk1","se_ca":"shop","se_ac":"add","se_la":"l",)"
                      R"("se_pr":"p","se_va":"29.95"})"),
              HasSubstr(R"("type":"track","event":"add","properties":{"category":"shop",)"
                        R"("action":"add","label":"l","property":"p","value":29.95})"));
}

TEST(Snowplow, NamesASelfDescribingEventByItsSchema) {
  EXPECT_THAT(kept_of(described(self("com.acme/e", R"({"a":{"b":1}})"))),
              AllOf(HasSubstr(R"("type":"track","event":"e","properties":{"a":{"b":1}})"),
                    HasSubstr(R"("schema":"iglu:com.acme/e/jsonschema/1-0-0")")));
  EXPECT_THAT(kept_of(described(self("com.snowplowanalytics.snowplow/screen_view",
                                     R"({"name":"Start","id":"s1"})"))),
              HasSubstr(R"("name":"Start","type":"screen","properties":{"id":"s1"})"));
  EXPECT_THAT(kept_of(described(self("com.acme/e", "[1]"))),
              HasSubstr(R"("properties":{"data":[1]})"));
}

TEST(Snowplow, ReadsBase64WithAndWithoutPadding) {
  for (const bool padded : {true, false}) {
    std::string event = base64(self("com.snowplowanalytics.snowplow/unstruct_event",
                                    self("com.acme/e", R"({"x":"??>>~~"})")));
    std::string with = base64(contexts(self("com.acme/c_d", R"({"y":1})")));
    for (std::string* text : {&event, &with}) {
      if (!padded) text->erase(text->find_last_not_of('=') + 1);
      std::replace(text->begin(), text->end(), '+', '-');
      std::replace(text->begin(), text->end(), '/', '_');
    }
    EXPECT_THAT(kept_of(R"({"e":"ue","uid":"u","aid":"wk1","ue_px":")" + event + R"(","cx":")" +
                        with + R"("})"),
                AllOf(HasSubstr(R"("properties":{"x":"??>>~~"})"),
                      HasSubstr(R"("contexts_com_acme_c_d_1":[{"y":1}])")));
  }
}

TEST(Snowplow, LetsTheQueryOverrideTheBody) {
  SnowplowWorld world;
  EXPECT_EQ(world
                .ask({.target = std::string(kTp2) + "?uid=query&aid=wk1",
                      .body = payload(R"({"e":"pv","uid":"body","aid":"no"})")})
                .status,
            200);
  // Of two values at one place the last counts.
  EXPECT_THAT(world.kept(), HasSubstr(R"("userId":"body","userId":"query")"));
}

TEST(Snowplow, TakesEventsByGet) {
  for (const std::string path : {"/i", "/ice.png", kTp2, "/com.acme/track"}) {
    SnowplowWorld world;
    const auto response = world.get(path + "?e=pv&uid=u&aid=wk1&page=a%20b");
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.content_type, "image/gif");
    EXPECT_EQ(header_of(response, "Cache-Control"), "no-cache, no-store, must-revalidate");
    EXPECT_THAT(world.kept(), HasSubstr(R"("page":{"title":"a b"})")) << path;
  }
}

TEST(Snowplow, TakesPathsWhoseVendorHasADotAlone) {
  SnowplowWorld world;
  const std::string body = payload(R"({"e":"pv","uid":"u","aid":"wk1"})");
  EXPECT_EQ(world.ask({.target = "/com.acme/v7", .body = body}).status, 200);
  EXPECT_EQ(world.ask({.target = "/acme/v7", .body = body}).status, 404);
  EXPECT_EQ(world.get("/acme/v7?e=pv").status, 404);
  EXPECT_EQ(world.intake.size(), 1u);
}

TEST(Snowplow, LeavesThePlainPixelItsQuery) {
  SnowplowWorld world;
  world.get("/i?writeKey=wk1&event=E&userId=u");
  EXPECT_EQ(world.intake.last().protocol, "pixel");
  world.get("/i?e=pv&uid=u&aid=wk1");
  EXPECT_EQ(world.intake.last().protocol, "snowplow");
}

TEST(Snowplow, TakesWebhooksOfIglu) {
  SnowplowWorld world;
  const std::string path = "/com.snowplowanalytics.iglu/v1";
  const std::string schema = "schema=iglu%3Acom.acme%2Fe%2Fjsonschema%2F1-0-0";
  world.get(path + "?" + schema + "&aid=wk1&uid=u&name=N");
  EXPECT_THAT(world.kept(), HasSubstr(R"("event":"e","userId":"u","properties":{"name":"N"})"));
  world.ask({.target = path + "?aid=wk1&" + schema, .body = R"({"a":1})"});
  EXPECT_THAT(world.kept(), HasSubstr(R"("event":"e","properties":{"a":1})"));
  world.ask({.target = path + "?aid=wk1", .body = self("com.acme/f", R"({"a":2})")});
  EXPECT_THAT(world.kept(), HasSubstr(R"("event":"f","properties":{"a":2})"));
  world.ask({.target = path + "?aid=wk1&" + schema, .body = R"([{"a":3},{"a":4}])"});
  EXPECT_THAT(world.kept(), AllOf(HasSubstr(R"({"a":3})"), HasSubstr(R"({"a":4})")));
  EXPECT_EQ(header_of(world.get(path + "?aid=wk1&a=1"), "X-Millrace-Reason"),
            "bad_self_describing_event");
}

TEST(Snowplow, IsAnsweredWithItsOwnOk) {
  SnowplowWorld world;
  const auto response = world.post(R"({"e":"pv","uid":"u","aid":"wk1"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "ok");
  EXPECT_THAT(std::string(response.content_type), StartsWith("text/plain"));
  EXPECT_THAT(header_of(response, "Set-Cookie"), HasSubstr("mr_id="));
}

TEST(Snowplow, IsTold503WhereThereIsNoRoom) {
  SnowplowWorld world;
  world.intake.room = false;
  const auto response = world.post(R"({"e":"pv","uid":"u","aid":"wk1"})");
  EXPECT_EQ(response.status, 503);
  EXPECT_NE(header_of(response, "Retry-After"), "");
  EXPECT_EQ(world.get("/i?e=pv&uid=u&aid=wk1").status, 503);
}

TEST(Snowplow, IsTold401WithAnAppIdThatNobodyKnows) {
  SnowplowWorld world;
  EXPECT_EQ(world.post(R"({"e":"pv","uid":"u","aid":"no"})").status, 401);
  EXPECT_EQ(world.post(R"({"e":"pv","uid":"u"})").status, 401);
  EXPECT_EQ(world.get("/i?e=pv&uid=u&aid=no").status, 401);
}

TEST(Snowplow, RefusesBadEventsAloneAndSaysOk) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"e":"xx","uid":"u"})", "unknown_event_type"},
      {R"({"uid":"u"})", "unknown_event_type"},
      {R"({"e":"se","uid":"u"})", "missing_action"},
      {R"({"e":"ue","uid":"u"})", "bad_self_describing_event"},
      {R"({"e":"ue","uid":"u","ue_px":"!!"})", "bad_self_describing_event"},
      {R"({"e":"ue","uid":"u","ue_pr":"{\"a\":"})", "bad_self_describing_event"},
      {R"({"e":"ue","uid":"u","ue_pr":"{\"data\":{\"schema\":\"e\"}}"})",
       "bad_self_describing_event"},
      {R"({"e":"pv","uid":"u","co":"{}"})", "bad_contexts"},
      {R"({"e":"pv","uid":"u","co":"{\"data\":[7]}"})", "bad_contexts"},
      {R"({"e":"pv","uid":"u","cx":"!!"})", "bad_contexts"},
      {R"({"e":"pv","uid":{"a":1}})", "bad_value"},
      {R"({"e":"pv","uid":["u"]})", "bad_value"},
      {R"({"e":"pv","uid":"u","aid":"other"})", "another_app_id"},
      {R"(7)", "not_an_event"},
      {R"({"e":"pv","uid":"u","page":")" + std::string(33'000, 'x') + R"("})", "event_too_large"}};
  for (const auto& [event, reason] : cases) {
    SnowplowWorld world;
    const auto response = world.post(R"({"e":"pv","eid":"good","uid":"u","aid":"wk1"},)" + event);
    EXPECT_EQ(response.status, 200) << event;
    EXPECT_EQ(response.body, "ok");
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << event;
    ASSERT_EQ(world.intake.size(), 2u) << event;
    EXPECT_EQ(world.intake.hit(0).kind, HitKind::kRefused);
    EXPECT_EQ(world.intake.hit(0).reason, reason);
    EXPECT_EQ(world.intake.hit(0).source, "web");
    EXPECT_THAT(world.kept(), HasSubstr(R"("messageId":"good")"));
  }
}

TEST(Snowplow, RefusesBadBodiesAndSaysOk) {
  std::string deep =
      payload(R"({"e":"pv","a":)" + std::string(200, '[') + std::string(200, ']') + "}");
  const std::string many = [] {
    std::string events = "{}";
    for (int i = 0; i < 2'500; ++i) events += ",{}";
    return payload(events);
  }();
  const std::pair<std::string, std::string> cases[] = {{"", "empty_body"},
                                                       {"{", "malformed_json"},
                                                       {R"({"data":[{"e":"pv"}]})", "bad_payload"},
                                                       {payload(""), "bad_payload"},
                                                       {"[]", "bad_payload"},
                                                       {many, "too_many_events"},
                                                       {deep, "too_deep"}};
  for (const auto& [body, reason] : cases) {
    SnowplowWorld world;
    const auto response = world.ask({.target = kTp2, .body = body});
    EXPECT_EQ(response.status, 200) << body.substr(0, 80);
    EXPECT_EQ(response.body, "ok");
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << body.substr(0, 80);
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused);
    EXPECT_EQ(world.intake.last().protocol, "snowplow");
  }
}

TEST(Snowplow, TakesNumbersForTextsAndNullsForNothing) {
  EXPECT_THAT(kept_of(R"({"e":"pv","uid":7,"duid":null,"eid":"","aid":"wk1","dtm":1795336803999})"),
              AllOf(HasSubstr(R"("userId":"7")"),
                    HasSubstr(R"("originalTimestamp":1795336803999)"),
                    Not(HasSubstr("anonymousId")),
                    Not(HasSubstr("messageId"))));
}

TEST(Snowplow, KnowsAVisitorByTheNetworkIdWhereThePageDoesNot) {
  EXPECT_THAT(kept_of(R"({"e":"pv","nuid":"n","aid":"wk1"})"), HasSubstr(R"("anonymousId":"n")"));
  EXPECT_THAT(kept_of(R"({"e":"pv","nuid":"n","duid":"d","aid":"wk1"})"),
              AllOf(HasSubstr(R"("anonymousId":"d")"), HasSubstr(R"("networkUserId":"n")")));
  SnowplowWorld world;
  const std::string id(32, 'a');
  world.get("/i?e=pv&aid=wk1", {{"cookie", "mr_id=" + id}});
  EXPECT_EQ(world.intake.last().cookie_id, id);
}

TEST(Snowplow, KnowsAVisitorByTheCookieOfItsOwnCollector) {
  SnowplowWorld world;
  const auto response = world.get("/i?e=pv&aid=wk1",
                                  {{"cookie", "sp=4f4c88f8-82cd-437e-a3d0-6e3ea71b21aa; other=1"}});
  EXPECT_EQ(world.intake.last().cookie_id, "4f4c88f882cd437ea3d06e3ea71b21aa");
  EXPECT_THAT(header_of(response, "Set-Cookie"),
              StartsWith("mr_id=4f4c88f882cd437ea3d06e3ea71b21aa;"));
  world.get("/i?e=pv&aid=wk1",
            {{"cookie", "sp=4f4c88f8-82cd-437e-a3d0-6e3ea71b21aa; mr_id=" + std::string(32, 'a')}});
  EXPECT_EQ(world.intake.last().cookie_id, std::string(32, 'a')) << "ours counts";
  world.get("/i?e=pv&aid=wk1", {{"cookie", "sp=<script>"}});
  EXPECT_EQ(world.intake.last().cookie_id.size(), 32U);
}

TEST(Snowplow, KeepsNothingOfWhoIsAnonymous) {
  SnowplowWorld world;
  const std::string id(32, 'a');
  const auto response = world.post(
      R"({"e":"pv","eid":"e1","uid":"UU","duid":"DD","nuid":"NN","sid":"SS","vid":"1","fp":"FF",)"
      R"("ip":"198.51.100.7","aid":"wk1","co":)" +
          json_text(contexts(self("com.snowplowanalytics.snowplow/client_session",
                                  R"({"userId":"CC","sessionId":"SS"})") +
                             "," + commerce("user", R"({"id":"EE"})"))) +
          "}",
      {{"sp-anonymous", "*"}, {"cookie", "mr_id=" + id}});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(header_of(response, "Set-Cookie"),
              AllOf(StartsWith("mr_id=;"), HasSubstr("Max-Age=0")));
  EXPECT_EQ(world.intake.last().address, "");
  EXPECT_EQ(world.intake.last().cookie_id, "");
  EXPECT_EQ(world.kept(),
            R"({"batch":[{"messageId":"e1","type":"page","anonymousId":"e1","context":{)"
            R"("library":{"name":"snowplow"},"privacy":{"anonymous":true}}}]})");
  EXPECT_EQ(header_of(world.get("/i?e=pv&aid=wk1", {{"sp-anonymous", "*"}}), "Set-Cookie"), "");
  // Each stands for itself.
  EXPECT_THAT(world.kept(), HasSubstr(R"("anonymousId":")"));
  world.get("/i?e=no&uid=UU&aid=wk1", {{"sp-anonymous", "*"}});
  EXPECT_THAT(world.kept(), Not(HasSubstr("UU")));
  EXPECT_EQ(world.intake.last().address, "");
}

TEST(Snowplow, RedirectsNobodyUnlessToldWhere) {
  SnowplowWorld world;
  const auto response = world.get("/r/tp2?u=https%3A%2F%2Fshop.example%2F&aid=wk1");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("redirects disabled"));
}

TEST(Snowplow, RedirectsToListedHostsAlone) {
  admission::CollectConfig config;
  config.redirects = {"shop.example"};
  SnowplowWorld world(config);
  const auto response =
      world.get("/r/tp2?u=https%3A%2F%2FShop.example%3A8443%2Fa%3Fb&uid=u&aid=wk1");
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(header_of(response, "Location"), "https://Shop.example:8443/a?b");
  EXPECT_THAT(world.kept(), HasSubstr(R"("event":"uri_redirect")"));
  for (const std::string url : {"",
                                "https%3A%2F%2Fevil.example%2F",
                                "https%3A%2F%2Fshop.example.evil.example%2F",
                                "https%3A%2F%2Fshop.example%40evil.example%2F",
                                "https%3A%2F%2Fevil.example%5C%40shop.example%2F",
                                "https%3A%2F%2Fevil.example%23shop.example%2F",
                                "%2F%2Fshop.example%2F",
                                "javascript%3A%2F%2Fshop.example%2F",
                                "https%3A%2F%2Fshop.example%2F%0d%0aSet-Cookie%3A%20a%3Db"})
    EXPECT_EQ(world.get("/r/tp2?aid=wk1&u=" + url).status, 400) << url;
}

}  // namespace
}  // namespace millrace::protocols
