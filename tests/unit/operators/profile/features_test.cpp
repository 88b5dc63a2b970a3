#include "engine/expression/compiler.hpp"
#include "engine/expression/evaluator.hpp"
#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

const Surroundings kShop{.events = {{"purchase", "Order Completed"},
                                    {"view", "Product Viewed"},
                                    {"cart", "Product Added"}},
                         .derived = {"session_start"}};

// What an expression of a node after the operator reads now.
Value read(OperatorUnderTest& features, std::string_view text, ProfileId profile = 1) {
  Lane& lane = features.lane();
  auto made = expression::compile(text, lane.catalog().environment(), lane.catalog().expressions);
  const auto* fault = std::get_if<expression::Fault>(&made);
  if (fault != nullptr) ADD_FAILURE() << expression::render(text, *fault);
  lane.facts().point(lane.table().find(profile), nullptr);
  return expression::evaluate(std::get<expression::Program>(made),
                              lane.catalog().expressions.aggregates,
                              lane.facts(),
                              features.now())
      .value;
}
Value number(double value) { return Value::of(value); }
Value millis(Duration value) { return Value::of(static_cast<double>(value.count())); }

EventBuilder order(double revenue) {
  return track("Order Completed").with("properties.revenue", revenue);
}
EventBuilder view(const std::string& category) {
  return track("Product Viewed").with("properties.category", category);
}

TEST(Features, NamesWhatEveryShopAsks) {
  OperatorUnderTest features(
      "features", "define: {all: 'recency < 1d and frequency + monetary + sessions > 0'}", kShop);
  EXPECT_EQ(features.push(derived("session_start")).verdict, "keep");
  features.push(order(20));
  features.advance(1h);
  features.push(order(22));
  features.push(page());
  features.advance(24h);
  EXPECT_EQ(read(features, "recency"), millis(24h));
  EXPECT_EQ(read(features, "frequency"), number(2));
  EXPECT_EQ(read(features, "monetary"), number(42));
  EXPECT_EQ(read(features, "sessions"), number(1));
  EXPECT_EQ(read(features, "all"), Value::of(false));
}

TEST(Features, CountsEachProfileByItself) {
  OperatorUnderTest features("features", "define: {orders: 'count(purchase, 30d)'}", kShop);
  features.push(order(1).profile(1));
  features.push(order(1).profile(2));
  features.push(order(1).profile(2));
  EXPECT_EQ(read(features, "orders", 1), number(1));
  EXPECT_EQ(read(features, "orders", 2), number(2));
}

TEST(Features, LetsDefinitionsUseThoseAboveThem) {
  OperatorUnderTest features(
      "features",
      "{purchase: view, value: price, define: {frequency: 'count(purchase)', "
      "twice: '2 * frequency', worth: monetary}}",
      kShop);
  features.push(order(1));
  features.push(track("Product Viewed").with("properties.price", 7));
  EXPECT_EQ(read(features, "twice"), number(2));
  EXPECT_EQ(read(features, "worth"), number(7));
}

TEST(Features, KeepsTraitsThatExpressionsAskFor) {
  OperatorUnderTest features(
      "features",
      "define: {paying: 'profile.plan == \"gold\"', city: 'profile.address.city'}",
      kShop);
  features.push(identify("42").with("traits.plan", "gold").with("traits.address.city", "Bern"));
  features.push(track("Order Completed").with("traits.plan", "free"));
  EXPECT_EQ(read(features, "paying"), Value::of(true));
  EXPECT_EQ(read(features, "city"), Value::of(std::string_view("Bern")));
  features.push(identify("42").with("traits.plan", nullptr));
  EXPECT_EQ(read(features, "paying"), Value());
  EXPECT_EQ(read(features, "city"), Value::of(std::string_view("Bern")));
}

TEST(Features, KeepsTraitsToBeSeen) {
  OperatorUnderTest features("features", "traits: [plan, address.city]", kShop);
  features.push(identify("42")
                    .with("traits.plan", "gold")
                    .with("traits.address.city", "Bern")
                    .with("traits.phone", "1"));
  const auto seen = features.show(1).sections.at("traits");
  EXPECT_EQ(
      seen,
      (std::map<std::string, std::string>{{"plan", "\"gold\""}, {"address.city", "\"Bern\""}}));
}

TEST(Features, RefusesTraitsThatAreNoPaths) {
  EXPECT_THAT(OperatorUnderTest::problems("features", "traits: [plan, 'a..b']", kShop),
              HasSubstr("'traits.a..b' is not a property path"));
}

TEST(Features, KnowsTheCategoryThatAProfileLikesBest) {
  OperatorUnderTest features(
      "features",
      "{affinity: {weights: {view: 1, purchase: {weight: 5, category: 'products[0].category'}}}, "
      "define: {best: profile.top_category}}",
      kShop);
  const auto best = [&] { return read(features, "best"); };
  features.push(page());
  EXPECT_EQ(best(), Value());
  for (int i = 0; i < 3; ++i) features.push(view("shoes"));
  EXPECT_EQ(best(), Value::of(std::string_view("shoes")));
  features.push(order(1).with("properties.products[0].category", "hats"));
  EXPECT_EQ(best(), Value::of(std::string_view("hats")));
  features.advance(28 * 24h);
  for (int i = 0; i < 2; ++i) features.push(view("shoes"));
  EXPECT_EQ(best(), Value::of(std::string_view("shoes")));
}

TEST(Features, JoinsTheProfilesOfOnePerson) {
  OperatorUnderTest features(
      "features",
      "define: {orders: 'count(purchase)', plan: profile.plan, best: profile.top_category}",
      kShop);
  features.push(order(1).profile(1));
  features.push(order(1).profile(2));
  features.push(order(1).profile(2));
  features.push(view("hats").profile(2));
  features.push(identify("42").profile(2).with("traits.plan", "gold"));
  EXPECT_EQ(features.merge(1, 2), SaidList{});
  EXPECT_EQ(read(features, "orders"), number(3));
  EXPECT_EQ(read(features, "plan"), Value::of(std::string_view("gold")));
  EXPECT_EQ(read(features, "best"), Value::of(std::string_view("hats")));
}

TEST(Features, ForgetsNothingInARestart) {
  OperatorUnderTest features(
      "features",
      "define: {orders: 'count(purchase, 30d)', plan: profile.plan, best: profile.top_category}",
      kShop);
  features.push(identify("42").with("traits.plan", "gold"));
  features.push(order(1));
  features.push(view("hats"));
  const Hash128 before = features.digest();
  features.restart();
  EXPECT_EQ(features.digest(), before);
  EXPECT_EQ(read(features, "orders"), number(1));
  EXPECT_EQ(read(features, "plan"), Value::of(std::string_view("gold")));
  EXPECT_EQ(read(features, "best"), Value::of(std::string_view("hats")));
}

TEST(Features, GivesBackWhatNoWindowNeeds) {
  OperatorUnderTest features(
      "features",
      "{affinity: {half_life: 1d}, define: {a: 'count(any, 7d)', b: 'count(purchase, 90d)'}}",
      kShop);
  for (int i = 0; i < 200; ++i) features.push(view("hats"));
  features.push(order(1));
  const std::size_t busy = features.lane().memory_bytes();
  features.advance(8 * 24h);
  EXPECT_LT(features.lane().memory_bytes() + 1000, busy);
  features.advance(80 * 24h);
  EXPECT_EQ(read(features, "b"), number(1));
  features.advance(4 * 24h);
  EXPECT_EQ(features.state(1), "");
  EXPECT_EQ(features.next_timer(1), kNever);
}

// The features of a shop's ten segments, and a customer who looked around and bought, and was not
// seen for a year.
TEST(Features, KeepsAnIdleShopperInFewBytes) {
  OperatorUnderTest features("features",
                             "define: {spend_90d: 'sum(purchase.revenue, 90d)', "
                             "orders_365d: 'count(purchase, 365d)', sessions_28d: "
                             "'count(session_start, 28d)', seen_7d: 'rate(any, 7d)', r: recency, "
                             "f: frequency, m: monetary, s: sessions, carts: 'since(cart)', "
                             "viewed: 'count(view, 7d)', best: profile.top_category}",
                             kShop);
  constexpr ProfileId kProfiles = 1000;
  for (ProfileId profile = 1; profile <= kProfiles; ++profile) {
    features.push(derived("session_start").profile(profile));
    for (const char* category : {"shoes", "hats", "shirts"})
      for (int i = 0; i < 5; ++i) features.push(view(category).profile(profile));
    features.push(track("Product Added").profile(profile));
    features.push(order(20).profile(profile));
  }
  // What a lane keeps of each profile, whatever its operators.
  features.advance(400 * 24h);
  std::size_t heap = 0;
  heap = features.lane().table().heap_bytes_per_profile(1000);
  RecordProperty("bytes", static_cast<int>(heap));
  EXPECT_LE(heap, 250u);
}

TEST(Features, ExplainsWhatIsWrong) {
  EXPECT_THAT(OperatorUnderTest::problems("features", "define: {big: 'count(purchas) > 1'}", kShop),
              AllOf(HasSubstr("test.yaml:1:22: error: unknown event 'purchas' in "
                              "nodes.features.define.big (did you mean 'purchase'?)"),
                    HasSubstr("\n      |                      ^^^^^^^\n")));
  EXPECT_THAT(OperatorUnderTest::problems("features", "define: {a: b, b: '1'}", kShop),
              HasSubstr("unknown name 'b'"));
  EXPECT_THAT(OperatorUnderTest::problems("features", "define: {view: '1'}", kShop),
              HasSubstr("'view' is an event already"));
  EXPECT_THAT(OperatorUnderTest::problems("features", "define: {my-name: '1'}", kShop),
              HasSubstr("a feature's name is made of letters, digits and _"));
  EXPECT_THAT(OperatorUnderTest::problems("features", "purchase: purchas", kShop),
              HasSubstr("unknown event 'purchas' in nodes.features.purchase (did you mean "
                        "'purchase'?)"));
  EXPECT_THAT(OperatorUnderTest::problems("features", "affinity: {weights: {veiw: 2}}", kShop),
              HasSubstr("unknown event 'veiw'"));
  EXPECT_THAT(OperatorUnderTest::problems("features", "affinity: {weights: {view: -2}}", kShop),
              HasSubstr("nodes.features.affinity.weights.view"));
  EXPECT_EQ(OperatorUnderTest::problems("features", "", {}), "");
}

TEST(Features, AreKeptOnce) {
  Surroundings two = kShop;
  two.before = {{"features", ""}};
  EXPECT_THAT(OperatorUnderTest::problems("features", "", two),
              HasSubstr("a node before this one keeps features already"));
}

TEST(Features, ShowWhatIsKeptAndAskForNothingMore) {
  OperatorUnderTest features("features",
                             "define: {orders: 'count(purchase, 30d)', quiet: 'since(purchase)', "
                             "vip: \"profile.plan == 'pro'\"}",
                             kShop);
  features.push(identify("ann").with("traits.plan", "pro"));
  features.push(order(3));
  features.push(view("shoes"));
  features.advance(2h);
  const ProfileView view = features.show(1);
  const auto& shown = view.sections.at("features");
  EXPECT_EQ(shown.at("orders"), "1");
  EXPECT_EQ(shown.at("quiet"), "\"2h\"");
  EXPECT_EQ(shown.at("vip"), "true");
  EXPECT_EQ(shown.at("top_category"), "\"shoes\"");
  EXPECT_EQ(view.sections.at("traits").at("plan"), "\"pro\"");
  EXPECT_EQ(view.sections.at("affinity").size(), 1U);
  // Nothing reads the sum of what was bought, so nothing keeps it.
  EXPECT_FALSE(shown.contains("monetary"));
  EXPECT_TRUE(features.show(1).sections == view.sections);
}

}  // namespace
}  // namespace millrace
