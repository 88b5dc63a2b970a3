#include "engine/expression/evaluator.hpp"

#include "tests/unit/expression/world.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace::expression {
namespace {

Value text(std::string_view characters) { return Value::of(characters); }

std::string shown(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      return value.boolean() ? "true" : "false";
    case ValueKind::kNumber:
      return fmt::format("{}", value.number());
    case ValueKind::kString:
      return std::string(value.text());
    case ValueKind::kTime:
      return fmt::format("t{}", to_millis(value.time()));
    default:
      return std::string(kind_name(value.kind()));
  }
}

struct Case {
  std::string_view text, expected;
};

constexpr Case kCases[] = {
    {"1 + 2 * 3 - 4 / 8", "6.5"},
    {"7 % 4", "3"},
    {"-7 % 4", "-3"},
    {"1 / 0", "missing"},
    {"1 % 0", "missing"},
    {"1e308 * 10", "missing"},
    {"1h30m / 1h", "1.5"},
    {"1d + 12h == 36h", "true"},
    {"'a' < 'b' and 'B' < 'a'", "true"},
    {"3 in [1, 2, 3]", "true"},
    {"event.plan in ['free', 'pro']", "true"},
    {"event.none in [1]", "missing"},
    {"event.amount + 1", "21"},
    {"event.plan + 1", "missing"},
    {"event.plan == 'pro'", "true"},
    {"event.plan == 3", "false"},
    {"event.plan != 3", "true"},
    {"event.plan < 3", "missing"},
    {"event.none == 3", "missing"},
    {"event.none != 3", "missing"},
    {"event.nil == 3", "missing"},
    {"event.tags == 3", "missing"},
    {"not (event.none == 3)", "missing"},
    {"event.none == 3 and false", "false"},
    {"event.none == 3 and true", "missing"},
    {"event.none == 3 or true", "true"},
    {"event.none == 3 or false", "missing"},
    {"event.plan and true", "missing"},
    {"event.flag and true", "true"},
    {"exists(event.none)", "false"},
    {"exists(event.nil)", "false"},
    {"exists(event.tags)", "true"},
    {"default(event.none, 5)", "5"},
    {"default(event.amount, 5)", "20"},
    {"event.none == 3 ? 1 : 2", "missing"},
    {"if(event.amount > 10, 'big', 'small')", "big"},
    {"event.amount > 10 ? 1 : 2", "1"},
    {"contains(event.plan, 'r') and starts_with(event.plan, 'p') and ends_with(event.plan, 'o')",
     "true"},
    {"contains(event.amount, 'r')", "missing"},
    {"event.name == 'purchase' and event.type == 'track'", "true"},
    {"event.time == '1970-01-01T00:00:05Z'", "true"},
    {"event.time + 5s", "t10000"},
    {"event.time - event.time", "0"},
    {"profile.tier", "gold"},
    {"profile.unknown", "missing"},
    {"profile.tier == 'gold' or profile.unknown > 3", "true"},
    {"consent(email)", "true"},
    {"consent(ads)", "missing"},
    {"cluster() == 4", "true"},
    {"in(vip) and not in(lost)", "true"},
    {"key == 'shoes'", "true"},
    {"count(nothing) == 0 and sum(nothing.x) == 0 and not exists(nothing)", "true"},
    {"avg(nothing.x)", "missing"},
    {"since(nothing)", "missing"},
    {"ratio(nothing, nothing)", "missing"},
    {"age()", "missing"},
};

TEST(Evaluator, ComputesAndDecidesWhatIsMissing) {
  World world;
  world.environment.event = true;
  world.environment.key = Type::kAny;
  world.environment.segments = {"vip", "lost"};
  world.facts.segments = {0};
  world.facts.traits = {{"tier", text("gold")}};
  world.facts.purposes = {{"email", Value::of(true)}};
  world.facts.cluster_number = Value::of(4.0);
  world.facts.key = text("shoes");
  std::vector<Program> programs;
  for (const auto& one : kCases) programs.push_back(world.compiled(one.text));
  world.at_hand("purchase",
                at(5000),
                at(6000),
                {{"amount", Value::of(20.0)},
                 {"plan", text("pro")},
                 {"nil", Value::null()},
                 {"tags", Value::other()},
                 {"flag", Value::of(true)}});
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    EXPECT_EQ(shown(world.read(programs[i], at(6000)).value), kCases[i].expected) << kCases[i].text;
  }
}

TEST(Evaluator, MissingIsNotTrue) {
  World world;
  world.environment.event = true;
  const Program program = world.compiled("not (event.x == 3)");
  world.at_hand("a", at(0), at(0));
  EXPECT_FALSE(world.truth(program, at(0)).value);
}

TEST(Evaluator, ForeseesTheInstantOfEveryTurn) {
  World world;
  world.facts.seen = at(-10 * kDay);
  const Program third = world.compiled("count(purchase, 30d) >= 3");
  const Program lapsed = world.compiled("exists(purchase) and since(purchase) >= 30d");
  const Program exactly = world.compiled("since(purchase) == 30d");
  const Program within = world.compiled("since(purchase) > 10d and since(purchase) <= 30d");
  const Program old = world.compiled("age() > 28d");
  const Program scaled = world.compiled("since(purchase) / 1d >= 30");
  const Program later = world.compiled("age() - since(purchase) == 10d");
  for (const std::int64_t day : {0, 10, 29}) {
    world.happens("purchase", at(day * kDay), at(day * kDay));
    EXPECT_EQ(world.truth(third, at(day * kDay)).value, day == 29);
  }
  EXPECT_EQ(world.truth(third, at(29 * kDay)).until, at(30 * kDay));
  EXPECT_FALSE(world.truth(third, at(30 * kDay)).value);
  EXPECT_EQ(world.truth(third, at(30 * kDay)).until, kNever);

  const Time now = at(29 * kDay);
  EXPECT_EQ(world.truth(lapsed, now).until, at(59 * kDay));
  EXPECT_TRUE(world.truth(lapsed, at(59 * kDay)).value);
  EXPECT_EQ(world.truth(lapsed, at(59 * kDay)).until, kNever);
  EXPECT_EQ(world.truth(exactly, now).until, at(59 * kDay));
  EXPECT_TRUE(world.truth(exactly, at(59 * kDay)).value);
  EXPECT_EQ(world.truth(exactly, at(59 * kDay)).until, at(59 * kDay + 1));
  EXPECT_EQ(world.truth(within, now).until, at(39 * kDay + 1));
  EXPECT_EQ(world.truth(within, at(39 * kDay + 1)).until, at(59 * kDay + 1));
  EXPECT_EQ(world.truth(old, at(0)).until, at(18 * kDay + 1));
  EXPECT_EQ(world.truth(old, at(18 * kDay + 1)).until, kNever);
  EXPECT_EQ(world.truth(later, at(0)).until, kNever) << "both move alike";
  // A slope that binary fractions cannot hold: it may look a little early, and never late.
  Time asked = now;
  while (!world.truth(scaled, asked).value) {
    const Time next = world.truth(scaled, asked).until;
    ASSERT_GT(next, asked);
    ASSERT_LE(next, at(59 * kDay));
    asked = next;
  }
  EXPECT_EQ(asked, at(59 * kDay));
}

TEST(Evaluator, LetsTimersWaitForTheLastReason) {
  World world;
  const Program both = world.compiled("count(a, 10h) < 1 and count(b, 30h) < 1");
  world.happens("a", at(0), at(0));
  world.happens("b", at(0), at(0));
  EXPECT_EQ(world.truth(both, at(1)).until, at(30 * kHour)) << "false until both have left";
}

TEST(Evaluator, LooksForNoOtherReasonWhereOneHoldsForLong) {
  World world;
  const Program both = world.compiled("count(a, 10d) < 1 and count(b, 30d) < 1");
  world.happens("a", at(0), at(0));
  world.happens("b", at(0), at(0));
  EXPECT_EQ(world.truth(both, at(1)).until, at(10 * kDay));
  EXPECT_FALSE(world.truth(both, at(10 * kDay)).value);
  EXPECT_EQ(world.truth(both, at(10 * kDay)).until, at(30 * kDay));
}

TEST(Evaluator, RatesRatiosAndTrends) {
  World world;
  world.environment.features = {{"sessions", "count(session, 28d)"},
                                {"spend", "sum(buy.value, 90d)"}};
  const Program rate = world.compiled("rate(session, 7d)");
  const Program ratio = world.compiled("ratio(failed, ok, 24h)");
  const Program trend = world.compiled("trend(sessions, 7d, 28d)");
  const Program spending = world.compiled("trend(spend, 7d, 28d)");
  for (int day = 1; day <= 35; ++day) {
    world.happens("session", at(day * kDay), at(day * kDay));
    if (day > 28) world.happens("session", at(day * kDay), at(day * kDay));
    world.happens(
        "buy", at(day * kDay), at(day * kDay), {{"value", Value::of(day > 28 ? 5.0 : 10.0)}});
  }
  const Time now = at(35 * kDay);
  EXPECT_EQ(shown(world.read(rate, now).value), "2");
  EXPECT_EQ(shown(world.read(trend, now).value), "2");
  EXPECT_EQ(shown(world.read(spending, now).value), "0.5");
  world.happens("failed", now, now);
  EXPECT_EQ(shown(world.read(ratio, now).value), "inf")
      << "something to nothing is more than any limit";
  EXPECT_TRUE(world.truth(world.compiled("ratio(failed, ok, 24h) > 0.5"), now).value);
}

TEST(Evaluator, KeepsFirstAndLastValues) {
  World world;
  const Program first = world.compiled("first(view.source)"),
                last = world.compiled("last(view.source)");
  const Program recent = world.compiled("last(view.source, 30d)");
  const Program first_time = world.compiled("first(view)"),
                last_time = world.compiled("last(view)");
  EXPECT_EQ(shown(world.read(first, at(0)).value), "missing");
  world.happens("view", at(5000), at(5000), {{"source", text("google")}});
  world.happens("view", at(7000), at(7000), {{"source", text("newsletter")}});
  world.happens("view", at(6000), at(8000), {{"source", text("late")}});
  world.happens("view", at(8000), at(8000));
  const Time now = at(8000);
  EXPECT_EQ(shown(world.read(first, now).value), "google");
  EXPECT_EQ(shown(world.read(last, now).value), "newsletter");
  EXPECT_EQ(shown(world.read(first_time, now).value), "t5000");
  EXPECT_EQ(shown(world.read(last_time, now).value), "t8000");
  EXPECT_EQ(world.read(recent, now).until, at(7000 + 30 * kDay));
  EXPECT_EQ(shown(world.read(recent, at(7000 + 30 * kDay)).value), "missing");
  world.happens("view", at(1000), at(9000), {{"source", Value::of(3.0)}});
  EXPECT_EQ(shown(world.read(first, at(9000)).value), "3");
  world.happens("view", at(9500), at(9500), {{"source", text(std::string(300, 'x'))}});
  EXPECT_EQ(world.read(last, at(9500)).value.text().size(), 255u);
}

TEST(Evaluator, KeepsAStreamForEachKey) {
  World world;
  world.environment.event = true;
  world.environment.key = Type::kString;
  const Program program =
      world.compiled("count(view where category == key, 7d) > 1 and count(buy, 7d) == 0");
  world.facts.key = text("shoes");
  world.happens("view", at(0), at(0), {{"category", text("shoes")}});
  world.happens("view", at(0), at(0), {{"category", text("hats")}});
  EXPECT_FALSE(world.truth(program, at(0)).value);
  world.happens("view", at(0), at(0), {{"category", text("shoes")}});
  EXPECT_TRUE(world.truth(program, at(0)).value);
  world.happens("buy", at(0), at(0));
  EXPECT_FALSE(world.truth(program, at(0)).value);
  EXPECT_FALSE(world.state.empty());
  EXPECT_FALSE(world.keyed.empty());
}

TEST(Evaluator, CountsWhatTheCustomerDid) {
  World world;
  const Program any = world.compiled("count(any)"),
                started = world.compiled("count(session_start)");
  world.happens("view", at(0), at(0));
  world.happens("unheard of", at(0), at(0));
  world.happens("session_start", at(0), at(0), {}, EventKind::kDerived);
  world.happens("view", at(0), at(0), {}, EventKind::kEnter);
  world.happens("", at(0), at(0), {}, EventKind::kTick);
  world.happens("", at(0), at(0), {}, EventKind::kIdentify);
  EXPECT_EQ(shown(world.read(any, at(0)).value), "2");
  EXPECT_EQ(shown(world.read(started, at(0)).value), "1");
}

TEST(Evaluator, RanksFeatures) {
  World world;
  world.environment.features = {{"spend", "sum(buy.value, 90d)"}};
  const Program program = world.compiled("percentile(spend) >= 95");
  world.happens("buy", at(0), at(0), {{"value", Value::of(960.0)}});
  EXPECT_FALSE(world.truth(program, at(0)).value) << "before the first epoch there is no rank";
  world.facts.ranks = true;
  EXPECT_TRUE(world.truth(program, at(0)).value);
  EXPECT_EQ(world.truth(program, at(0)).until, at(90 * kDay));
}

}  // namespace
}  // namespace millrace::expression
