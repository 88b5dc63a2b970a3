#include "engine/event/json_tree.hpp"
#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kTarget = "/mp/collect?measurement_id=G-TEST&api_secret=wk1";

constexpr std::string_view kOrder =
    R"({"client_id":"123.456","user_id":"cust-1","timestamp_micros":"1795336806758000",)"
    R"("user_properties":{"plan":{"value":"free"}},)"
    R"("consent":{"ad_user_data":"GRANTED","ad_personalization":"DENIED"},)"
    R"("events":[{"name":"purchase","params":{"transaction_id":"order-1","currency":"EUR",)"
    R"("value":59.9,"tax":9.9,"shipping":0,"items":[{"item_id":"sku-1","item_name":"Red Shoes",)"
    R"("item_category":"Shoes","price":29.95,"quantity":1},{"item_id":"sku-2",)"
    R"("item_name":"Blue Hat","item_category":"Shoes","price":29.95,"quantity":1}]}}]})";

http::Response send(CollectingWorld& world, std::string_view body) {
  return world.ask({.target = std::string(kTarget), .body = std::string(body)});
}

// The journaled events of a request, without what all have alike.
std::string events_of(std::string_view body) {
  CollectingWorld world;
  EXPECT_EQ(send(world, body).status, 204) << body;
  std::string made(world.intake.last().body);
  constexpr std::string_view kCommon =
      R"(,"context":{"measurementId":"G-TEST","library":{"name":"ga4-measurement-protocol"}})";
  for (std::size_t at = 0; (at = made.find(kCommon, at)) != std::string::npos;)
    made.erase(at, kCommon.size());
  return made;
}

std::string event_of(std::string_view name, std::string_view params) {
  std::string body = R"({"client_id":"c","events":[{"name":")";
  return events_of(body.append(name).append(R"(","params":)").append(params).append("}]}"));
}

std::string batch_of(std::string_view event) {
  return R"({"batch":[{"anonymousId":"c",)" + std::string(event) + "}]}";
}

TEST(Ga4, MakesAnOrderOfAPurchaseAndAnIdentifyOfItsUser) {
  CollectingWorld world;
  const auto response = send(world, kOrder);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "");
  ASSERT_EQ(world.intake.size(), 1u);
  const Hit hit = world.intake.last();
  EXPECT_EQ(hit.protocol, "ga4");
  EXPECT_EQ(hit.source, "web");
  const std::string who =
      R"({"anonymousId":"123.456","userId":"cust-1","timestamp":1795336806758,"type":)";
  const std::string context =
      R"(,"context":{"measurementId":"G-TEST","consent":{"ad_user_data":"GRANTED",)"
      R"("ad_personalization":"DENIED"},"library":{"name":"ga4-measurement-protocol"}}})";
  const std::string body(hit.body);
  EXPECT_THAT(body,
              testing::StartsWith(R"({"batch":[)" + who + R"("identify","traits":{"plan":"free"})" +
                                  context + "," + who +
                                  R"("track","event":"Order Completed","messageId":")"));
  EXPECT_THAT(
      body,
      testing::EndsWith(
          R"("properties":{"products":[{"product_id":"sku-1","name":"Red Shoes",)"
          R"("category":"Shoes","price":29.95,"quantity":1},{"product_id":"sku-2",)"
          R"("name":"Blue Hat","category":"Shoes","price":29.95,"quantity":1}],)"
          R"("order_id":"order-1","currency":"EUR","revenue":59.9,"tax":9.9,"shipping":0})" +
          context + "]}"));
}

TEST(Ga4, NamesEventsAsTheEcommerceSpecDoes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"view_item_list", "Product List Viewed"},
      {"view_cart", "Cart Viewed"},
      {"begin_checkout", "Checkout Started"},
      {"add_shipping_info", "Checkout Step Completed"},
      {"add_payment_info", "Payment Info Entered"},
      {"purchase", "Order Completed"},
      {"refund", "Order Refunded"},
      {"search", "Products Searched"},
      {"view_promotion", "Promotion Viewed"},
      {"select_promotion", "Promotion Clicked"},
      {"sign_up", "Signed Up"},
      {"login", "Signed In"},
      {"tutorial_begin", "tutorial_begin"},
      {"page", "page"}};
  for (const auto& [theirs, ours] : cases)
    EXPECT_EQ(event_of(theirs, "{}"),
              batch_of(R"("type":"track","event":")" + std::string(ours) + '"'))
        << theirs;
}

TEST(Ga4, LiftsTheItemOfAnEventAboutOneProduct) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"view_item", "Product Viewed"},
      {"select_item", "Product Clicked"},
      {"add_to_cart", "Product Added"},
      {"remove_from_cart", "Product Removed"},
      {"add_to_wishlist", "Product Added to Wishlist"}};
  for (const auto& [theirs, ours] : cases)
    EXPECT_EQ(
        event_of(theirs,
                 R"({"value":"7.5","items":[{"item_id":7,"price":"7.50","index":0,"a":1}]})"),
        batch_of(
            R"("type":"track","event":")" + std::string(ours) +
            R"(","properties":{"product_id":"7","price":7.50,"position":0,"a":1,"value":7.5})"));
  EXPECT_THAT(event_of("view_item", R"({"items":["a"]})"), HasSubstr(R"("products":["a"])"));
  EXPECT_THAT(event_of("view_item", R"({"items":[{"item_id":"a"},{"item_id":"b"}]})"),
              HasSubstr(R"("properties":{"products":[{"product_id":"a"},{"product_id":"b"}]})"));
  EXPECT_THAT(event_of("view_item", R"({"items":"a"})"), HasSubstr(R"("items":"a")"));
}

TEST(Ga4, PutsParametersWhereTheSpecHasThem) {
  EXPECT_EQ(
      event_of("page_view",
               R"({"page_location":"https://s.example/a","page_title":"A","page_referrer":"r",)"
               R"("session_id":7,"language":"en","screen_resolution":"1280x720","own":[1]})"),
      R"({"batch":[{"anonymousId":"c","type":"page","properties":{"own":[1]},"context":{)"
      R"("measurementId":"G-TEST","locale":"en","library":{"name":"ga4-measurement-protocol"},)"
      R"("page":{"url":"https://s.example/a","title":"A","referrer":"r"},)"
      R"("screen":{"width":1280,"height":720},"session":{"id":"7"}}}]})");
  EXPECT_EQ(event_of("screen_view", R"({"screen_name":"Start"})"),
            batch_of(R"("type":"screen","name":"Start")"));
  EXPECT_EQ(event_of("refund", R"({"transaction_id":1,"value":5})"),
            batch_of(R"("type":"track","event":"Order Refunded","properties":{"order_id":"1",)"
                     R"("total":5})"));
  EXPECT_THAT(event_of("campaign_details", R"({"source":"s","campaign":"c"})"),
              HasSubstr(R"("campaign":{"source":"s","name":"c"})"));
  EXPECT_THAT(event_of("E", R"({"source":"s"})"), HasSubstr(R"("properties":{"source":"s"})"));
}

TEST(Ga4, CarriesWhatItSaysOfDeviceAndPlaceAndMasksTheAddress) {
  EXPECT_EQ(
      events_of(R"({"app_instance_id":"a","ip_override":"203.0.113.77","user_agent":"UA","more":1,)"
                R"("user_location":{"city":"Berlin","country_id":"DE","continent_id":"150"},)"
                R"("device":{"category":"mobile","language":"de","screen_resolution":"1x2",)"
                R"("operating_system":"Android","browser":"Chrome"},"events":[{"name":"E"}]})"),
      R"({"batch":[{"anonymousId":"a","type":"track","event":"E","properties":{"more":1},)"
      R"("context":{"measurementId":"G-TEST","ip":"203.0.113.0","userAgent":"UA","locale":"de",)"
      R"("browser":{"name":"Chrome"},"device":{"type":"mobile"},)"
      R"("library":{"name":"ga4-measurement-protocol"},)"
      R"("location":{"city":"Berlin","country":"DE","continent_id":"150"},)"
      R"("os":{"name":"Android"},"screen":{"width":1,"height":2}}}]})");
}

TEST(Ga4, KnowsARequestThatIsSentAgainByTheTimeItSays) {
  const std::string event = R"({"name":"E"},{"name":"E"})";
  const auto with = [&](std::string_view more) {
    return events_of(R"({"client_id":"c",)" + std::string(more) + R"("events":[)" + event + "]}");
  };
  EXPECT_THAT(with(""), Not(HasSubstr("messageId")));
  const std::string once = with(R"("timestamp_micros":1795336806758000,)");
  EXPECT_EQ(once, with(R"("timestamp_micros":1795336806758000,)"));
  const auto first = once.find("messageId");
  const auto second = once.find("messageId", first + 1);
  EXPECT_NE(once.substr(first, 46), once.substr(second, 46)) << "two events are two";
  EXPECT_NE(once, with(R"("timestamp_micros":1795336806759000,)"));
  EXPECT_THAT(
      events_of(
          R"({"client_id":"c","events":[{"name":"E","timestamp_micros":"1795336806758000"}]})"),
      HasSubstr(R"("timestamp":1795336806758,"type":"track","event":"E","messageId":")"));
}

TEST(Ga4, TakesIdsThatAreNumbersAndRefusesThoseThatAreNone) {
  EXPECT_THAT(events_of(R"({"client_id":1.25,"events":[{"name":"E"}]})"),
              HasSubstr(R"("anonymousId":"1.25")"));
  for (const std::string_view id : {"null", "[]", "{}", R"("")", "true"}) {
    CollectingWorld world;
    const auto response =
        send(world, R"({"client_id":)" + std::string(id) + R"(,"events":[{"name":"E"}]})");
    EXPECT_EQ(response.status, 204) << id;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "missing_ids") << id;
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused) << id;
  }
}

TEST(Ga4, SaysWhatItCannotReadInAHeaderAndARecord) {
  const std::string deep(200, '[');
  const std::pair<std::string, std::string_view> cases[] = {
      {R"({"client_id":"c","events":[{)", "malformed_json"},
      {"", "empty_body"},
      {deep, "too_deep"},
      {"[]", "not_an_event"},
      {R"({"client_id":"c"})", "empty_batch"},
      {R"({"client_id":"c","events":[]})", "empty_batch"},
      {R"({"client_id":"c","events":{}})", "empty_batch"}};
  for (const auto& [body, reason] : cases) {
    CollectingWorld world;
    const auto response = send(world, body);
    EXPECT_EQ(response.status, 204) << body;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << body;
    ASSERT_EQ(world.intake.size(), 1u) << body;
    EXPECT_EQ(world.intake.last().reason, reason) << body;
  }
}

TEST(Ga4, KeepsTheEventsBesideABadOne) {
  CollectingWorld world;
  EXPECT_EQ(
      send(world,
           R"({"client_id":"c","events":[7,{"params":{}},{"name":null},{"name":"E","params":7},)"
           R"({"name":"E"}]})")
          .status,
      204);
  ASSERT_EQ(world.intake.size(), 5u);
  EXPECT_EQ(world.intake.hit(0).reason, "missing_event");
  EXPECT_EQ(world.intake.hit(3).reason, "bad_params");
  EXPECT_EQ(world.intake.last().kind, HitKind::kEvents);
}

TEST(Ga4, TakesItsSecretFromAHeaderToo) {
  CollectingWorld world;
  const std::string body = R"({"client_id":"c","events":[{"name":"E"}]})";
  const auto unknown = world.ask({.target = "/mp/collect?api_secret=no", .body = body});
  EXPECT_EQ(unknown.status, 204);
  EXPECT_EQ(header_of(unknown, "X-Millrace-Reason"), "unknown_key");
  EXPECT_EQ(world.intake.last().reason, "unknown_key");
  world.ask({.target = "/mp/collect",
             .body = body,
             .headers = {{"authorization", "Basic " + base64("wk1:")}}});
  EXPECT_EQ(world.intake.last().kind, HitKind::kEvents);
}

TEST(Ga4, SaysThatThereIsNoRoom) {
  CollectingWorld world;
  world.intake.room = false;
  const auto response = send(world, kOrder);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header_of(response, "Retry-After"), "1");
}

std::string debug(CollectingWorld& world, std::string_view body) {
  const auto response =
      world.ask({.target = "/debug/mp/collect?api_secret=wk1", .body = std::string(body)});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(world.intake.size(), 0u) << "it stores nothing";
  return response.body;
}

TEST(Ga4Validation, HasNothingToSayOfASoundRequest) {
  CollectingWorld world;
  const std::string sound =
      R"({"client_id":"1.2","events":[{"name":"refund","params":{"transaction_id":"o"}}]})";
  EXPECT_EQ(debug(world, sound), R"({"validationMessages":[]})");
}

TEST(Ga4Validation, NamesFieldAndRule) {
  const auto event = [](const std::string& inside) {
    return R"({"client_id":"c","events":[{)" + inside + "}]}";
  };
  std::string many = R"({"client_id":"c","events":[{"name":"a"})";
  for (int i = 0; i < 25; ++i) many += R"(,{"name":"a"})";
  const std::string_view event_path = "events";
  const std::tuple<std::string, std::string_view, std::string_view> cases[] = {
      {"{", "", "VALUE_INVALID"},
      {"[]", "", "VALUE_INVALID"},
      {"{}", "client_id", "VALUE_REQUIRED"},
      {R"({"client_id":"c"})", event_path, "VALUE_REQUIRED"},
      {R"({"client_id":7})", "client_id", "VALUE_INVALID"},
      {R"({"app_instance_id":"short"})", "app_instance_id", "VALUE_INVALID"},
      {R"({"timestamp_micros":"now"})", "timestamp_micros", "VALUE_INVALID"},
      {R"({"timestamp_micros":9223372036854775807})", "timestamp_micros", "VALUE_OUT_OF_BOUNDS"},
      {R"({"timestamp_micros":-9223372036854775808})", "timestamp_micros", "VALUE_OUT_OF_BOUNDS"},
      {many + "]}", event_path, "EXCEEDED_MAX_ENTITIES"},
      {event(""), event_path, "VALUE_REQUIRED"},
      {event(R"("name":"_bad")"), event_path, "NAME_INVALID"},
      {event(R"("name":"ga_bad")"), event_path, "NAME_RESERVED"},
      {event(R"("name":"session_start")"), event_path, "NAME_RESERVED"},
      {event(R"("name":"E","params":7)"), "events.params", "VALUE_INVALID"},
      {event(R"("name":"E","params":{"a":1,"a":2})"), "events.params.a", "NAME_DUPLICATED"},
      {event(R"("name":"E","params":{"a b":1})"), "events.params.a b", "NAME_INVALID"},
      {event(R"("name":"E","params":{"a":")" + std::string(101, 'x') + "\"}"),
       "events.params.a",
       "VALUE_OUT_OF_BOUNDS"},
      {event(R"("name":"E","params":{"value":7})"), "events.params.currency", "VALUE_REQUIRED"},
      {event(R"("name":"E","params":{"value":"7"})"), "events.params.value", "VALUE_INVALID"},
      {event(R"("name":"purchase")"), "events.params.transaction_id", "VALUE_REQUIRED"},
      {event(R"("name":"E","params":{"items":[{}]})"), "events.params.items", "VALUE_REQUIRED"},
      {R"({"user_properties":{"user_id":{"value":1}}})",
       "user_properties.user_id",
       "NAME_RESERVED"},
      {R"({"user_properties":{"a":1}})", "user_properties.a.value", "VALUE_REQUIRED"},
      {R"({"consent":{"ad_user_data":"yes"}})", "consent.ad_user_data", "VALUE_INVALID"}};
  for (const auto& [body, path, code] : cases) {
    CollectingWorld world;
    const std::string said = debug(world, body);
    Arena arena;
    JsonTree tree({});
    ASSERT_TRUE(tree.read(said, arena)) << said;
    bool found = false;
    for (const JsonNode message : tree.root()["validationMessages"])
      found |= message["fieldPath"].text() == path && message["validationCode"].text() == code;
    EXPECT_TRUE(found) << body << " -> " << said;
  }
}

TEST(Ga4Validation, IsForThoseWithAKeyAndBounded) {
  CollectingWorld world;
  std::string body = R"({"client_id":"c","events":[)";
  for (int i = 0; i < 2000; ++i) body += "{},";
  const std::string said = debug(world, body + "{}]}");
  EXPECT_LT(said.size(), 20'000u);
  const auto unknown = world.ask({.target = "/debug/mp/collect?api_secret=no", .body = "{}"});
  EXPECT_EQ(unknown.status, 401);
}

}  // namespace
}  // namespace millrace::protocols
