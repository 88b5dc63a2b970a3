// What marketers and fraud teams ask of other systems, asked here: a dozen segments and rules.
#include "engine/expression/parser.hpp"
#include "tests/unit/expression/world.hpp"

#include <gtest/gtest.h>

namespace millrace::expression {
namespace {

struct Example {
  std::string_view text;
  Type expected = Type::kBool;
};

constexpr Example kExamples[] = {
    {"sum(purchase.value, 90d)", Type::kNumber},
    {"count(purchase, 365d)", Type::kNumber},
    {"count(session_start, 28d)", Type::kNumber},
    {"count(purchase, 30d) >= 3"},
    {"percentile(spend_90d) >= 95"},
    {"percentile(spend_90d) < 90"},
    {"age() >= 28d and count(any, 28d) >= 12 and rate(any, 7d) < 0.4 * rate(any, 28d, offset=7d)"},
    {"exists(purchase) and since(purchase) >= 30d"},
    {"since(purchase)", Type::kDuration},
    {"orders_365d", Type::kNumber},
    {"spend_90d", Type::kNumber},
    {"0.4 * r + 0.3 * f + 0.3 * m >= 4.2"},
    {"in(high_value) and in(at_risk)"},
    {"event.category", Type::kAny},
    {"count(product_view where category == key, 7d) > 3 and count(purchase where category == key, "
     "7d) == 0"},
    {"key", Type::kAny},
    {"profile.id", Type::kAny},
    {"last(cart_add.cart_total) >= 20 and consent(marketing)"},
    {"count(purchase) == 1"},
    {"first(page_view.utm_source)", Type::kAny},
    {"last(page_view.utm_source, 30d)", Type::kAny},
    {"count(payment_failed, 24h) >= 3 and distinct(payment_failed.card, 24h) >= 2 and "
     "ratio(payment_failed, payment_ok, 24h) > 0.5"},
};

// The steps of a score are written out as conditions: `at_most: [[7d, 5], [14d, 4]], else: 1`.
void declare_score(Environment& environment) {
  environment.features = {
      {"spend_90d", "sum(purchase.value, 90d)"},
      {"orders_365d", "count(purchase, 365d)"},
      {"r",
       "since(purchase) <= 7d ? 5 : since(purchase) <= 14d ? 4 : since(purchase) <= 30d ? 3 : 1"},
      {"f", "orders_365d >= 12 ? 5 : orders_365d >= 6 ? 4 : orders_365d >= 3 ? 3 : 1"},
      {"m", "spend_90d >= 500 ? 5 : spend_90d >= 250 ? 4 : spend_90d >= 100 ? 3 : 1"}};
  environment.segments = {"high_value", "at_risk"};
  environment.event = true;
  environment.key = Type::kAny;
}

TEST(RulesExamples, Compile) {
  World world;
  declare_score(world.environment);
  for (const auto& [text, expected] : kExamples)
    EXPECT_EQ(world.complaint(text, expected), "") << text;
  EXPECT_TRUE(std::holds_alternative<Ast>(parse("split.arm")));
}

TEST(RulesExamples, AScoreFallsByTimer) {
  World world;
  declare_score(world.environment);
  const Program champion = world.compiled("0.4 * r + 0.3 * f + 0.3 * m >= 4.2");
  for (int day = 0; day < 12; ++day)
    world.happens("purchase", at(day * kDay), at(day * kDay), {{"value", Value::of(60.0)}});
  Time now = at(11 * kDay);
  EXPECT_TRUE(world.truth(champion, now).value);
  // 5 falls to 4 after 7 days, to 3 after 14: 0.4 * 3 + 0.3 * 5 + 0.3 * 5 = 4.2 still holds; at 30
  // days, 3.4 does not.
  int looks = 0;
  for (; world.truth(champion, now).value && looks < 20; ++looks)
    now = world.truth(champion, now).until;
  EXPECT_EQ(now, at(11 * kDay) + Duration(30 * kDay + 1));
  EXPECT_LE(looks, 5);
}

// Events and what follows, as the shipped rules' own tests write it: enters on the third purchase,
// and leaves when it is no longer within 30 days of the two before.
TEST(RulesExamples, TheThirdPurchaseMakesLoyalUntilItLapses) {
  World world;
  const Program loyal = world.compiled("count(purchase, 30d) >= 3");
  for (const std::int64_t day : {0, 10, 29})
    world.happens("purchase", at(day * kDay), at(day * kDay));
  const Truth truth = world.truth(loyal, at(29 * kDay));
  EXPECT_TRUE(truth.value);
  EXPECT_EQ(truth.until, at(30 * kDay));
}

}  // namespace
}  // namespace millrace::expression
