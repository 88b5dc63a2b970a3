#include "tests/unit/connectors/protocols/snowplow_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Snowplow, KeepsEntitiesThatNoTableNamesAsWarehousesCallThem) {
  EXPECT_THAT(kept_of(described(self("com.acme/e", "{}"),
                                self("com.acme/userData", R"({"a":1})") + "," +
                                    self("org.w3/PerformanceTiming", R"({"t":2})") + "," +
                                    self("com.acme/userData", R"({"a":3})"))),
              AllOf(HasSubstr(R"("contexts_com_acme_user_data_1":[{"a":1},{"a":3}])"),
                    HasSubstr(R"("contexts_org_w3_performance_timing_1":[{"t":2}])")));
}

TEST(Snowplow, KnowsTheEntitiesOfItsTrackers) {
  const std::string kept =
      kept_of(described(self("com.acme/e", "{}"),
                        self("com.snowplowanalytics.snowplow/web_page", R"({"id":"v1"})") + "," +
                            self("com.snowplowanalytics.snowplow/client_session",
                                 R"({"userId":"dev-1","sessionId":"s","sessionIndex":2})") +
                            "," +
                            self("com.snowplowanalytics.snowplow/mobile_context",
                                 R"({"osType":"ios","deviceModel":"iPhone"})")));
  EXPECT_THAT(kept, HasSubstr(R"("page":{"viewId":"v1"})"));
  EXPECT_THAT(kept, HasSubstr(R"("session":{"id":"s","index":2})"));
  EXPECT_THAT(kept, HasSubstr(R"("anonymousId":"dev-1")"));
  EXPECT_THAT(kept, HasSubstr(R"("os":{"name":"ios"})"));
  EXPECT_THAT(kept, HasSubstr(R"("device":{"model":"iPhone"})"));
}

// What the e-commerce plugin sends for an order.
const std::string kOrder = described(
    action("transaction"),
    commerce("product",
             R"({"id":"sku-1","name":"Red Shoes","category":"Shoes","price":29.95,)"
             R"("currency":"EUR","quantity":1})") +
        "," +
        commerce("product",
                 R"({"id":"sku-2","name":"Blue Hat","category":"Hats","price":29.95,)"
                 R"("currency":"EUR","quantity":1})") +
        "," +
        commerce("transaction",
                 R"({"transaction_id":"order-1","revenue":59.9,"currency":"EUR",)"
                 R"("payment_method":"card","total_quantity":2,"discount_code":"SPRING"})"));

TEST(Snowplow, MakesAnOrderCompletedOfATransaction) {
  EXPECT_THAT(
      kept_of(kOrder),
      HasSubstr(R"("type":"track","event":"Order Completed","properties":{"order_id":"order-1",)"
                R"("revenue":59.9,"currency":"EUR","payment_method":"card","total_quantity":2,)"
                R"("coupon":"SPRING","products":[{"product_id":"sku-1","name":"Red Shoes",)"
                R"("category":"Shoes","price":29.95,"currency":"EUR","quantity":1},{"product_id":)"
                R"("sku-2","name":"Blue Hat","category":"Hats","price":29.95,"currency":"EUR",)"
                R"("quantity":1}]})"));
}

TEST(Snowplow, MakesOurNamesOfItsEcommerceActions) {
  const std::pair<std::string, std::string> cases[] = {{"product_view", "Product Viewed"},
                                                       {"list_view", "Product List Viewed"},
                                                       {"list_click", "Product Clicked"},
                                                       {"add_to_cart", "Product Added"},
                                                       {"remove_from_cart", "Product Removed"},
                                                       {"checkout_step", "Checkout Step Completed"},
                                                       {"refund", "Order Refunded"},
                                                       {"promo_view", "Promotion Viewed"},
                                                       {"promo_click", "Promotion Clicked"},
                                                       {"trans_error", "trans_error"}};
  for (const auto& [theirs, ours] : cases)
    EXPECT_THAT(kept_of(described(action(theirs))), HasSubstr("\"event\":\"" + ours + "\""));
}

TEST(Snowplow, LiftsTheFieldsOfOneProduct) {
  EXPECT_THAT(
      kept_of(described(action("add_to_cart"),
                        commerce("product", R"({"id":7,"name":"N","price":"3.5"})") + "," +
                            commerce("cart", R"({"cart_id":"c","total_value":3.5})"))),
      HasSubstr(R"("properties":{"cart_id":"c","total_value":3.5,"product_id":"7","name":"N",)"
                R"("price":3.5})"));
}

TEST(Snowplow, KnowsGooglesEnhancedEcommerce) {
  const auto google = [](const std::string& name, const std::string& data) {
    return self("com.google.analytics.enhanced-ecommerce/" + name, data);
  };
  EXPECT_THAT(
      kept_of(described(google("action", R"({"action":"purchase"})"),
                        google("actionFieldObject", R"({"id":"o1","revenue":"9.5","tax":"1"})") +
                            "," + google("productFieldObject", R"({"id":"p1","quantity":2})"))),
      HasSubstr(R"("event":"Order Completed","properties":{"order_id":"o1","revenue":9.5,"tax":1,)"
                R"("products":[{"product_id":"p1","quantity":2}]})"));
  EXPECT_THAT(kept_of(described(google("action", R"({"action":"detail"})"),
                                google("productFieldObject", R"({"id":"p1"})"))),
              HasSubstr(R"("event":"Product Viewed","properties":{"product_id":"p1")"));
  EXPECT_THAT(kept_of(described(google("action", R"({"action":"checkout_option"})"))),
              HasSubstr(R"("event":"checkout_option")"));
}

TEST(Snowplow, JoinsTheItemsOfALegacyOrderThatCameWithIt) {
  const std::string kept = kept_of(
      R"({"e":"tr","eid":"1","uid":"u","aid":"wk1","tr_id":"o1","tr_tt":"59.9","tr_cu":"EUR"},)"
      R"({"e":"ti","eid":"2","uid":"u","aid":"wk1","ti_id":"o1","ti_sk":"s1","ti_nm":"N",)"
      R"("ti_pr":"29.95","ti_qu":"2"},)"
      R"({"e":"ti","eid":"3","uid":"u","aid":"wk1","ti_id":"o2","ti_sk":"s2"})");
  EXPECT_THAT(kept,
              HasSubstr(R"("event":"Order Completed","properties":{"order_id":"o1","revenue":59.9,)"
                        R"("currency":"EUR","products":[{"product_id":"s1","name":"N",)"
                        R"("price":29.95,"quantity":2}]})"));
  EXPECT_THAT(
      kept,
      HasSubstr(R"("messageId":"2","userId":"u","type":"track","event":"transaction_item",)"
                R"("properties":{"order_id":"o1","product_id":"s1","name":"N","price":29.95,)"
                R"("quantity":2})"));
}

}  // namespace
}  // namespace millrace::protocols
