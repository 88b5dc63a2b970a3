#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using testing::HasSubstr;
using testing::Not;

// As its SDK for browsers sends it, shortened.
constexpr std::string_view kOrderAmplitude =
    R"({"api_key":"wk1","events":[{"user_id":"cust-1","device_id":"d10b","session_id":1795337017968,)"
    R"("time":1795337017986,"platform":"Web","language":"en-US","ip":"$remote","insert_id":"32e0",)"
    R"("event_type":"Order Completed","event_properties":{"utm_campaign":"spring",)"
    R"("utm_source":"news","gclid":"g1","order_id":"order-1","revenue":59.9,"currency":"EUR",)"
    R"("products":[{"product_id":"sku-1","price":29.95,"quantity":1},)"
    R"({"product_id":"sku-2","price":29.95,"quantity":1}],)"
    R"("[Amplitude] Page Domain":"shop.example",)"
    R"("[Amplitude] Page Location":"https://shop.example/p?utm_source=news",)"
    R"("[Amplitude] Page Path":"/p","[Amplitude] Page Title":"Red Shoes",)"
    R"("[Amplitude] Page URL":"https://shop.example/p"},"groups":{"company":"acme"},"event_id":3,)"
    R"("library":"amplitude-ts/2.48.1","user_agent":"Mozilla/5.0"}],"options":{},)"
    R"("client_upload_time":"2026-11-22T08:43:38.980Z"})";

http::Response post(CollectingWorld& world,
                    std::string_view body,
                    std::string target = "/2/httpapi") {
  return world.ask({.target = std::move(target), .body = std::string(body)});
}

std::string batch_of(std::string_view events) {
  return R"({"batch":[)" + std::string(events) + "]}";
}

// The journaled body of one event of a user; what `members` says beside.
std::string journaled(std::string_view members) {
  CollectingWorld world;
  const auto response = post(world,
                             R"({"api_key":"wk1","events":[{"user_id":"u","insert_id":"m",)" +
                                 std::string(members) + "}]}");
  EXPECT_EQ(response.status, 200) << members << response.body;
  return world.intake.size() == 0 ? "" : std::string(world.intake.last().body);
}

TEST(Amplitude, ReadsAnOrder) {
  CollectingWorld world;
  const auto response = post(world, kOrderAmplitude);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"code":200,"events_ingested":1,"payload_size_bytes":)" +
                std::to_string(kOrderAmplitude.size()) + R"(,"server_upload_time":1795294800000})");
  EXPECT_EQ(world.intake.last().protocol, "amplitude");
  EXPECT_EQ(world.intake.last().body,
            R"({"batch":[{"userId":"cust-1","anonymousId":"d10b","timestamp":1795337017986,)"
            R"("messageId":"32e0","type":"track","event":"Order Completed",)"
            R"("properties":{"order_id":"order-1","revenue":59.9,"currency":"EUR","products":)"
            R"([{"product_id":"sku-1","price":29.95,"quantity":1},)"
            R"({"product_id":"sku-2","price":29.95,"quantity":1}]},)"
            R"("context":{"platform":"Web","locale":"en-US","groups":{"company":"acme"},)"
            R"("userAgent":"Mozilla/5.0",)"
            R"("campaign":{"name":"spring","source":"news","gclid":"g1"},)"
            R"("library":{"name":"amplitude-ts","version":"2.48.1"},)"
            R"("page":{"host":"shop.example","url":"https://shop.example/p?utm_source=news",)"
            R"("path":"/p","title":"Red Shoes"},"session":{"event_id":3,"id":"1795337017968"}}}],)"
            R"("sentAt":"2026-11-22T08:43:38.980Z"})");
}

TEST(Amplitude, MakesCallsOfItsOwnEvents) {
  EXPECT_EQ(journaled(R"("event_type":"[Amplitude] Page Viewed","event_properties":)"
                      R"({"[Amplitude] Page URL":"https://a.b/c"})"),
            batch_of(R"({"userId":"u","messageId":"m","type":"page",)"
                     R"("context":{"page":{"url":"https://a.b/c"}}})"));
  EXPECT_EQ(journaled(R"("event_type":"[Amplitude] Screen Viewed","event_properties":)"
                      R"({"[Amplitude] Screen Name":"Cart"})"),
            batch_of(R"({"userId":"u","messageId":"m","type":"screen","name":"Cart",)"
                     R"("context":{"screen":{"name":"Cart"}}})"));
  EXPECT_EQ(journaled(R"("event_type":"$identify","user_properties":{"$set":{"plan":"free"},)"
                      R"("$setOnce":{"plan":"x","first":1,"initial_gclid":"EMPTY"},)"
                      R"("$add":{"visits":1},"$unset":{"old":"-"}})"),
            batch_of(R"({"userId":"u","messageId":"m","type":"identify",)"
                     R"("properties":{"$add":{"visits":1}},)"
                     R"("traits":{"plan":"x","first":1,"plan":"free","old":null}})"));
  EXPECT_EQ(journaled(R"("event_type":"$groupidentify","groups":{"company":["acme"]},)"
                      R"("group_properties":{"$set":{"size":3}})"),
            batch_of(R"({"userId":"u","messageId":"m","type":"group","groupId":"acme",)"
                     R"("traits":{"size":3},"context":{"groups":{"company":["acme"]}}})"));
  EXPECT_THAT(journaled(R"("event_type":"session_start","session_id":-1)"),
              HasSubstr(R"("type":"track","event":"session_start"})"));
}

TEST(Amplitude, KnowsTheRevenueOfAProduct) {
  EXPECT_EQ(journaled(R"("event_type":"revenue_amount","event_properties":)"
                      R"({"$productId":"sku-1","$quantity":2,"$price":29.95})"),
            batch_of(R"({"userId":"u","messageId":"m","type":"track","event":"revenue_amount",)"
                     R"("properties":{"product_id":"sku-1","quantity":2,"price":29.95,)"
                     R"("revenue":59.9}})"));
  EXPECT_THAT(journaled(R"("event_type":"revenue_amount","event_properties":)"
                        R"({"$quantity":2,"$price":29.95,"$revenue":50})"),
              HasSubstr(R"("revenue":50})"));
  EXPECT_THAT(journaled(R"("event_type":"E","price":1.5,"productId":"sku-1")"),
              HasSubstr(R"("properties":{"price":1.5,"product_id":"sku-1"})"));
}

TEST(Amplitude, IdentifiesByTheTraitsOfAnyEvent) {
  EXPECT_EQ(journaled(R"("event_type":"E","time":7,"user_properties":{"plan":"free"})"),
            batch_of(R"({"userId":"u","messageId":"m","timestamp":7,"type":"track","event":"E"},)"
                     R"({"type":"identify","userId":"u","timestamp":7,"messageId":"m:set",)"
                     R"("traits":{"plan":"free"}})"));
}

TEST(Amplitude, TakesIdsOfOddKinds) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"("user_id":7)", R"("userId":"7")"},
      {R"("user_id":null,"device_id":"d")", R"("anonymousId":"d")"},
      {R"("user_id":true)", R"("userId":"true")"}};
  for (const auto& [members, id] : cases) {
    CollectingWorld world;
    EXPECT_EQ(
        post(world,
             R"({"api_key":"wk1","events":[{"event_type":"E",)" + std::string(members) + "}]}")
            .status,
        200);
    EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(id));
  }
}

TEST(Amplitude, KeepsNoAddressUnmasked) {
  const std::string body = journaled(R"("event_type":"E","ip":"203.0.113.77")");
  EXPECT_THAT(body, HasSubstr(R"("ip":"203.0.113.0")"));
  EXPECT_THAT(journaled(R"("event_type":"E","ip":"$remote")"), Not(HasSubstr("\"ip\"")));
}

TEST(Amplitude, KeepsTheOthersOfABatchWithABadEvent) {
  CollectingWorld world;
  const auto response =
      post(world,
           R"({"api_key":"wk1","events":[{"event_type":"A","user_id":"u"},{"event_type":"B"},)"
           R"({"user_id":"u"},7,{"event_type":"C","user_id":["u"]},)"
           R"({"event_type":"D","user_id":"u","event_properties":[]}]})");
  EXPECT_THAT(response.body, HasSubstr(R"({"code":200,"events_ingested":1,)"));
  ASSERT_EQ(world.intake.size(), 6u);
  const std::string_view reasons[] = {
      "missing_ids", "missing_event_type", "not_an_event", "missing_ids", "malformed_properties"};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(world.intake.hit(i).reason, reasons[i]);
  EXPECT_EQ(world.intake.last().body, batch_of(R"({"userId":"u","type":"track","event":"A"})"));
}

// Its SDKs ask again unless a missing field is named.
TEST(Amplitude, RefusesInTheFormThatIsFinal) {
  const std::tuple<std::string, int, std::string> cases[] = {
      {"{", 400, "malformed_json"},
      {"", 400, "empty_body"},
      {"[]", 400, "missing_events"},
      {R"({"api_key":"wk1","events":[]})", 400, "empty_batch"},
      {R"({"api_key":"wk1","events":[{"event_type":"E"}]})", 400, "missing_ids"},
      {R"({"api_key":"wk1","events":[{"event_type":"E","user_id":"u","time":1e999}]})",
       400,
       "number_out_of_range"},
      {R"({"api_key":"no","events":[{"event_type":"E","user_id":"u"}]})", 401, "unknown_key"},
      {R"({"events":[{"event_type":"E","user_id":"u"}]})", 401, "missing_key"}};
  for (const auto& [body, status, reason] : cases) {
    CollectingWorld world;
    const auto response = post(world, body);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_THAT(response.body, HasSubstr(R"({"code":400,"error":")")) << body;
    EXPECT_THAT(response.body, HasSubstr(R"("missing_field":")" + reason + "\"")) << body;
    if (status == 401) {
      EXPECT_THAT(response.body, HasSubstr(R"("error":"Invalid API key: )"));
    }
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused) << body;
  }
}

TEST(Amplitude, TellsItsSdkToComeAgainWhereThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response = post(world, kOrderAmplitude);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
  EXPECT_THAT(response.body, HasSubstr(R"({"code":503,"error":")"));
  EXPECT_THAT(response.body, HasSubstr(R"("missing_field":null})"));
}

TEST(Amplitude, SharesBatchWithOthers) {
  CollectingWorld world;
  EXPECT_EQ(post(world, gzipped(kOrderAmplitude), "/batch").status, 200);
  EXPECT_EQ(world.intake.last().protocol, "amplitude");
  post(world, R"({"api_key":"wk1","batch":[{"event":"E","distinct_id":"u"}]})", "/batch");
  EXPECT_EQ(world.intake.last().protocol, "posthog");
  post(world, R"({"writeKey":"wk1","batch":[{"type":"page","userId":"u"}]})", "/batch");
  EXPECT_EQ(world.intake.last().protocol, "segment");
}

}  // namespace
}  // namespace millrace::protocols
