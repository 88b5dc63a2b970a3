#include "tests/unit/expression/history.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace millrace::expression {
namespace {

std::string millis(Random& random, std::uint64_t bound) {
  return std::to_string(1 + random.below(bound)) + "ms";
}

// A comparison whose turn the evaluator must foresee to the millisecond.
std::string random_threshold(Random& random) {
  static constexpr const char* kComparisons[] = {">=", ">", "<", "<="};
  const std::string compare = kComparisons[random.below(4)];
  const std::string few = std::to_string(random.below(7));
  switch (random.below(8)) {
    case 0:
      return "count(buy, " + millis(random, 50) + ") " + compare + " " + few;
    case 1:
      return "count(buy where amount > 5, " + millis(random, 50) +
             ", offset=" + millis(random, 20) + ") " + compare + " " + few;
    case 2:
      return few + " " + compare + " count(any, " + millis(random, 50) + ")";
    case 3:
      return "exists(buy, " + millis(random, 50) + ")";
    case 4:
      return "rate(buy, " + millis(random, 50) + ") " + compare + " " +
             std::to_string(random.below(9)) + "e6";
    case 5:
      return "3 * age() " + compare + " " + millis(random, 600);
    case 6:
      return "since(buy) " + compare + " " + millis(random, 60);
    default:
      return "age() " + compare + " " + millis(random, 200);
  }
}

std::string random_number(Random& random) {
  switch (random.below(6)) {
    case 0:
      return "sum(buy.amount, " + millis(random, 50) + ")";
    case 1:
      return "default(avg(buy.amount, " + millis(random, 50) + ", offset=" + millis(random, 9) +
             "), 3)";
    case 2:
      return "distinct(buy.sku, " + millis(random, 50) + ")";
    case 3:
      return "ratio(buy, view, " + millis(random, 50) + ")";
    case 4:
      return "0.1 * count(buy, " + millis(random, 50) + ")";
    default:
      return "since(buy) / 3ms - max(buy.amount, " + millis(random, 50) + ")";
  }
}

// Two counts, one of which overtakes the other.
std::string random_race(Random& random) {
  const auto window = [&] { return millis(random, 50); };
  const auto offset = [&] { return random.chance(0.5) ? ", offset=" + window() : std::string(); };
  const char* const compare = random.chance(0.5) ? " < " : " >= ";
  switch (random.below(4)) {
    case 0:
      return "rate(any, " + window() + ")" + compare + "0.4 * rate(any, " + window() + offset() +
             ")";
    case 1:
      return "ratio(buy, view, " + window() + offset() + ")" + compare + "0.5";
    case 2:
      return "1.5" + std::string(compare) + "trend(buy, " + window() + ", " + window() + ")";
    default:
      return "2 * count(any, " + window() + offset() + ") / 3" + compare + "count(buy, " +
             window() + offset() + ")";
  }
}

std::string random_condition(Random& random, int depth) {
  if (depth == 0) return random_threshold(random);
  const auto part = [&] { return random_condition(random, depth - 1); };
  switch (random.below(7)) {
    case 0:
      return "(" + part() + " and " + part() + " and " + part() + ")";
    case 1:
      return "(" + part() + " or " + part() + ")";
    case 2:
      return "not " + part();
    case 3:
      return "(" + part() + " ? " + part() + " : " + part() + ")";
    case 4:
      return random_number(random) + " > " + random_number(random);
    case 5:
      return random_race(random);
    default:
      return "since(buy) == " + millis(random, 40) + " or (since(view) - age()) * 0.3 + 2ms < " +
             millis(random, 40);
  }
}

struct Asked {
  World world;
  std::vector<Happened> history;
  Program program;
  std::int64_t now = 0;

  // In half of them old entries are merged, so that one stands for many.
  explicit Asked(Random& random, const std::string& text) : world(random.chance(0.5) ? 16 : 256) {
    world.facts.seen = at(-static_cast<std::int64_t>(random.below(100)));
    program = world.compiled(text);
    for (const Happened& one : random_history(random, random.below(80))) {
      happen(world, one);
      now = one.now;
    }
  }
};

TEST(UntilProperty, NothingChangesBefore) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    const std::string text = random_condition(random, static_cast<int>(random.below(3)));
    Asked asked(random, text);
    const Reading reading = asked.world.read(asked.program, at(asked.now));
    RC_ASSERT(reading.until > at(asked.now));
    for (std::int64_t t = asked.now; t < asked.now + 300 && at(t) < reading.until; ++t)
      if (!(asked.world.read(asked.program, at(t)).value == reading.value))
        RC_FAIL(fmt::format("{} changed at {}, before {}", text, t, to_millis(reading.until)));
  }));
}

// Looks at the race again whenever it says so, and counts how often: the fewer, the fewer timers.
TEST(UntilProperty, ARaceIsLookedAtLessOftenThanItMoves) {
  const std::string text = "rate(buy, 100ms) < 0.4 * rate(buy, 400ms, offset=100ms)";
  Random random(1);
  World world;
  const Program race = world.compiled(text);
  for (std::int64_t t = 0; t < 600; t += 5) world.happens("buy", at(t), at(t));
  int looks = 0;
  for (Time now = at(600); now != kNever; now = world.truth(race, now).until) ++looks;
  // Of the 120 purchases, each leaves one window, comes into the other and leaves that.
  EXPECT_LT(looks, 40);
  EXPECT_GT(looks, 3);
}

TEST(UntilProperty, AThresholdTurnsThen) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    const std::string text = random_threshold(random);
    Asked asked(random, text);
    const Truth truth = asked.world.truth(asked.program, at(asked.now));
    // Until the customer has bought, since(buy) is missing, and missing turns into an answer that
    // may be no other.
    const bool unknown = !asked.world.read(asked.program, at(asked.now)).value.present();
    RC_PRE(truth.until != kNever && !unknown);
    const Truth turned = asked.world.truth(asked.program, truth.until);
    // An event that is still to come takes since(buy) back to 0, which need not turn it.
    const bool starts_over = text.starts_with("since") && to_millis(truth.until) < asked.now + 30;
    if (turned.value == truth.value && !starts_over)
      RC_FAIL(fmt::format("{} is still {} at {}", text, truth.value, to_millis(truth.until)));
  }));
}

// A comparison of a count looks at the entries that decide only, the count itself at all.
TEST(UntilProperty, AThresholdIsAsTheNumberSays) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    const std::string count = "count(buy, " + millis(random, 100) + ")";
    Asked asked(random, count);
    const std::uint64_t limit = random.below(40);
    for (const char* const compare : {" >= ", " > ", " < ", " <= ", " == "}) {
      const std::string text = count + compare + std::to_string(limit);
      const Program condition = asked.world.compiled(text);
      for (std::int64_t t = asked.now; t < asked.now + 200; ++t) {
        const double number = *number_in(asked.world.read(asked.program, at(t)).value);
        const auto bound = static_cast<double>(limit);
        const std::string_view way = compare;
        const bool wanted = way == " >= "   ? number >= bound
                            : way == " > "  ? number > bound
                            : way == " < "  ? number < bound
                            : way == " <= " ? number <= bound
                                            : number == bound;
        if (asked.world.truth(condition, at(t)).value != wanted)
          RC_FAIL(fmt::format("{} at {}: the count is {}", text, t, number));
      }
    }
  }));
}

TEST(UntilProperty, SlopesSayHowValuesMove) {
  EXPECT_TRUE(rc::check([] {
    Random random(*rc::gen::arbitrary<std::uint64_t>());
    const std::string text =
        random.chance(0.5) ? "since(buy) * 2 - age()" : "last(buy) + (age() - since(view))";
    Asked asked(random, text);
    const Reading reading = asked.world.read(asked.program, at(asked.now));
    const auto start = number_in(reading.value);
    for (std::int64_t t = asked.now; t < asked.now + 100 && at(t) < reading.until; ++t) {
      const auto value = number_in(asked.world.read(asked.program, at(t)).value);
      RC_ASSERT(value.has_value() == start.has_value());
      if (start) RC_ASSERT(*value == *start + reading.slope * static_cast<double>(t - asked.now));
    }
  }));
}

}  // namespace
}  // namespace millrace::expression
