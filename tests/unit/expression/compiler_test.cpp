#include "engine/expression/compiler.hpp"

#include "tests/unit/expression/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::expression {
namespace {

using testing::ElementsAre;

void declare(Environment& environment) {
  environment.events.names = {{"purchase", "Order Completed"},
                              {"product_view", "product_view"},
                              {"session_start", "session_start"}};
  environment.events.closed = true;
  environment.properties.names = {{"properties.value", Type::kNumber},
                                  {"properties.category", Type::kString},
                                  {"properties.renews", Type::kTime}};
  environment.properties.closed = true;
  environment.traits.names = {{"plan", Type::kString}, {"renews", Type::kTime}};
  environment.traits.closed = true;
  environment.features = {{"spend", "sum(purchase.value, 90d)"},
                          {"orders", "count(purchase, 365d)"},
                          {"broken", "cuont(purchase)"}};
  environment.segments = {"high_value", "at_risk"};
  environment.event = true;
  environment.key = Type::kString;
}

struct Case {
  std::string_view text, expected;
};
constexpr Case kFaults[] = {
    {"cuont(purchase, 30d) >= 3",
     "unknown function 'cuont' (did you mean 'count'?)\n  cuont(purchase, 30d) >= 3\n  ^^^^^"},
    {"count(purchas, 30d) >= 3",
     "unknown event 'purchas' (did you mean 'purchase'?)\n  count(purchas, 30d) >= 3\n        "
     "^^^^^^^"},
    {"count(product_view where catgory == key, 7d) > 3",
     "unknown event field 'catgory' (did you mean 'category'?)\n  count(product_view where "
     "catgory == key, 7d) > 3\n"
     "                           ^^^^^^^"},
    {"event.vaule > 3",
     "unknown event field 'vaule' (did you mean 'value'?)\n  event.vaule > 3\n  ^^^^^^^^^^^"},
    {"profile.paln == 'pro'",
     "unknown profile trait 'paln' (did you mean 'plan'?)\n  profile.paln == 'pro'\n  "
     "^^^^^^^^^^^^"},
    {"spned > 3", "unknown name 'spned' (did you mean 'spend'?)\n  spned > 3\n  ^^^^^"},
    {"value > 3",
     "unknown name 'value' (a property of the event is event.value)\n  value > 3\n  ^^^^^"},
    {"in(high_valeu)",
     "unknown segment 'high_valeu' (did you mean 'high_value'?)\n  in(high_valeu)\n     "
     "^^^^^^^^^^"},
    {"percentile(orrders) > 3",
     "unknown feature 'orrders' (did you mean 'orders'?)\n  percentile(orrders) > 3\n            "
     " ^^^^^^^"},
    {"broken > 3", "feature 'broken' is wrong: unknown function 'cuont'\n  broken > 3\n  ^^^^^^"},
    {"since(purchase) > 30",
     "expected duration, got number (a duration has a unit: 30d)\n  since(purchase) > 30\n       "
     "             ^^"},
    {"count(purchase) > 'a'",
     "expected number, got string\n  count(purchase) > 'a'\n                    ^^^"},
    {"count(purchase)", "expected bool, got number\n  count(purchase)\n  ^^^^^^^^^^^^^^^"},
    {"1 and true", "expected bool, got number\n  1 and true\n  ^"},
    {"not 'a'", "expected bool, got string\n  not 'a'\n      ^^^"},
    {"event.value in 3",
     "expected a list such as [1, 2], got number\n  event.value in 3\n                 ^"},
    {"event.value in ['a']",
     "expected number, got string\n  event.value in ['a']\n                  ^^^"},
    {"event.value in [event.value]",
     "a list holds constants only\n  event.value in [event.value]\n                  "
     "^^^^^^^^^^^"},
    {"[1] == 1", "a list can only be on the right of 'in'\n  [1] == 1\n  ^^^"},
    {"true < false", "bool has no order: '<' cannot compare it\n  true < false\n  ^^^^^^^^^^^^"},
    {"age() * since(purchase) > 3",
     "the product of two values that change with time is not supported (when it would reach a "
     "limit is not known in "
     "advance)\n  age() * since(purchase) > 3\n  ^^^^^^^^^^^^^^^^^^^^^^^"},
    {"3d / age() > 3",
     "a value that changes with time cannot be a divisor (compare it with a constant first)\n  "
     "3d / age() > 3\n       ^^^^^"},
    {"age() + 3 > 1d", "'+' does not go with duration and number\n  age() + 3 > 1d\n  ^^^^^^^^^"},
    {"'a' + 'b' == 'ab'", "expected number, got string\n  'a' + 'b' == 'ab'\n  ^^^"},
    {"sum(purchase, 30d) > 3",
     "sum needs a field of the event (write sum(purchase.value, 30d))\n  sum(purchase, 30d) > "
     "3\n      ^^^^^^^^"},
    {"sum(product_view.category) > 3",
     "expected number, got string\n  sum(product_view.category) > 3\n      "
     "^^^^^^^^^^^^^^^^^^^^^"},
    {"distinct(purchase.category) > 3",
     "distinct needs a window (write distinct(purchase.sku, 30d))\n  distinct(purchase.category) "
     "> 3\n  ^^^^^^^^^^^^^^^^^^^^^^^^^^^"},
    {"count(purchase, this_month) > 3",
     "calendar windows are not supported yet (write a duration such as 30d)\n  count(purchase, "
     "this_month) > 3\n                  ^^^^^^^^^^"},
    {"count(purchase, 30) > 3",
     "expected a duration, got '30' (such as 30d)\n  count(purchase, 30) > 3\n                  "
     "^^"},
    {"count(purchase, 0s) > 3",
     "a window is longer than nothing and at most a hundred years\n  count(purchase, 0s) > 3\n   "
     "               ^^"},
    {"count(purchase, 3d, ofset=1d) > 3",
     "count has no argument 'ofset' (did you mean 'offset'?)\n  count(purchase, 3d, ofset=1d) > "
     "3\n                            ^^"},
    {"count(purchase, offset=1d) > 3",
     "an offset needs a window\n  count(purchase, offset=1d) > 3\n                         ^^"},
    {"age(3) > 3d", "age takes no arguments, got 1 (write age())\n  age(3) > 3d\n  ^^^^^^"},
    {"count(purchase where count(product_view) > 3) > 3",
     "a filter can read the event only\n  count(purchase where count(product_view) > 3) > 3\n    "
     "                   ^^^^^^^^^^^^^^^^^^^"},
    {"event.renews > 'soon'",
     "'soon' is not a time (times look like 2026-11-21T20:54:37Z)\n  event.renews > 'soon'\n     "
     "            ^^^^^^"},
    {"event.value == null",
     "there is no null (exists(x) asks whether there is a value)\n  event.value == null\n        "
     "         ^^^^"},
    {"purchase.value > 3",
     "'purchase' has no members here (members are of event.x and profile.x)\n  purchase.value > "
     "3\n  ^^^^^^^^^^^^^^"},
    {"since(purchase.value) > 3d",
     "since takes an event or a time (since(purchase), since(last(trial.ends_at)))\n  "
     "since(purchase.value) > 3d\n        ^^^^^^^^^^^^^^"},
    {"first(purchase.value, 3d) > 3",
     "first of a field within a window is not supported yet (without a window it is)\n  "
     "first(purchase.value, 3d) > 3\n  ^^^^^^^^^^^^^^^^^^^^^^^^^"},
    {"trend(in, 7d, 28d) > 1",
     "expected '(' after 'in', got ','\n  trend(in, 7d, 28d) > 1\n          ^"},
};

TEST(Compiler, PointsAtWhatIsWrong) {
  for (const auto& [text, expected] : kFaults) {
    World world;
    declare(world.environment);
    EXPECT_EQ(world.complaint(text, Type::kBool), expected) << text;
  }
}

TEST(Compiler, GivesTypes) {
  const std::pair<std::string_view, Type> cases[] = {
      {"1 + 2 * 3", Type::kNumber},
      {"since(purchase) / 1d", Type::kNumber},
      {"2 * age() - 3h", Type::kDuration},
      {"last(purchase)", Type::kTime},
      {"last(purchase) + 3d", Type::kTime},
      {"last(purchase) - first(purchase)", Type::kDuration},
      {"last(purchase.category)", Type::kString},
      {"event.name", Type::kString},
      {"event.time", Type::kTime},
      {"profile.renews", Type::kTime},
      {"spend / orders", Type::kNumber},
      {"if(in(at_risk), 1, 2)", Type::kNumber},
      {"in(at_risk) ? 1d : 2d", Type::kDuration},
      {"default(event.category, 'none')", Type::kString},
      {"age() >= 28d", Type::kBool},
  };
  World world;
  declare(world.environment);
  for (const auto& [text, type] : cases) EXPECT_EQ(world.compiled(text).type, type) << text;
}

TEST(Compiler, TakesUndeclaredNamesWhereTheDeclarationIsOpen) {
  World world;
  world.environment.event = true;
  EXPECT_EQ(world.complaint("count('Order Completed'.items[0].price where total > 3 and "
                            "context.page.path == '/x', 3d) > 3"),
            "");
  EXPECT_EQ(world.complaint("event.anything > 3 or event.anything == 'x' or profile.some.trait"),
            "");
  EXPECT_EQ(world.fields.fields()[0].path, "properties.items[0].price");
  EXPECT_EQ(world.fields.fields()[1].path, "properties.total");
  EXPECT_EQ(world.fields.fields()[2].path, "context.page.path");
}

TEST(Compiler, RefusesTheEventWhereThereIsNone) {
  World world;
  EXPECT_THAT(world.complaint("event.x == 1"),
              testing::StartsWith("there is no event at hand here"));
  EXPECT_THAT(world.complaint("key == 1"), testing::StartsWith("there is no 'key' here"));
  world.environment.event = true;
  world.environment.features = {{"f", "event.x + 1"}};
  EXPECT_THAT(world.complaint("f == 1"),
              testing::StartsWith("feature 'f' is wrong: there is no event at hand here"));
}

TEST(Compiler, RefusesFeaturesThatUseLaterOnes) {
  World world;
  world.environment.features = {{"a", "b + 1"}, {"b", "a + 1"}};
  EXPECT_THAT(world.complaint("b > 1"),
              testing::StartsWith(
                  "feature 'b' is wrong: feature 'a' is wrong: feature 'b' is declared later"));
}

TEST(Compiler, BoundsWhatFeaturesGrowTo) {
  World world;
  world.environment.features = {{"f0", "count(a) + 1"}};
  for (int i = 1; i < 40; ++i) {
    const std::string below = "f" + std::to_string(i - 1);
    world.environment.features.push_back({"f" + std::to_string(i), below + " + " + below});
  }
  EXPECT_THAT(world.complaint("f39 > 1"),
              testing::HasSubstr("the expression is too large once its features are written out"));
}

TEST(Compiler, SharesWhatIsAlike) {
  World world;
  world.environment.features = {{"spend", "sum(purchase.value, 90d)"}};
  const Program a = world.compiled(
      "count(purchase, 30d) >= 3 and count(view where category == 'x' and price > 3, 7d) > 1");
  const Program b = world.compiled(
      "count( purchase ,30d) < 9 or count(view where (category=='x') && event.price > 3, 1w) == 4");
  EXPECT_EQ(a.needs.aggregates, b.needs.aggregates);
  EXPECT_EQ(world.catalog.aggregates.streams(), 2u);
  const Program c =
      world.compiled("spend > 3 and sum(purchase.value, 90d) > 4 and avg(purchase.value, 7d) > 3");
  EXPECT_EQ(c.needs.aggregates.size(), 2u);
  EXPECT_EQ(world.catalog.aggregates.streams(), 3u);
  const Program d = world.compiled("count(view where category == 'y', 7d) > 1");
  EXPECT_EQ(world.catalog.aggregates.streams(), 4u);
}

TEST(Compiler, ListsWhatItNeeds) {
  World world;
  declare(world.environment);
  const Program program = world.compiled(
      "in(at_risk) and in(high_value) and percentile(spend) > 90 and profile.plan == 'pro' and "
      "consent(email) and "
      "event.category == key and cluster() == 3");
  EXPECT_THAT(program.needs.segments, ElementsAre(0u, 1u));
  EXPECT_THAT(program.needs.percentiles, ElementsAre(0u));
  EXPECT_EQ(program.needs.traits.size(), 1u);
  EXPECT_EQ(program.needs.purposes.size(), 1u);
  EXPECT_EQ(program.needs.aggregates.size(), 1u);
  EXPECT_TRUE(program.needs.event);
  EXPECT_TRUE(program.needs.key);
  EXPECT_TRUE(program.needs.cluster);
  EXPECT_FALSE(world.compiled("count(purchase where value > 3) > 1").needs.event);
}

TEST(Compiler, MarksStreamsThatAreKeptByKey) {
  World world;
  declare(world.environment);
  const Program program = world.compiled(
      "count(product_view where category == key, 7d) > 3 and count(purchase, 7d) == 0");
  ASSERT_EQ(program.needs.aggregates.size(), 2u);
  const auto& table = world.catalog.aggregates;
  EXPECT_TRUE(table.stream(table.aggregate(program.needs.aggregates[0]).stream).keyed);
  EXPECT_FALSE(table.stream(table.aggregate(program.needs.aggregates[1]).stream).keyed);
}

}  // namespace
}  // namespace millrace::expression
