// What every operator of lanes must keep to, whatever it does: nothing that is registered escapes.
// An operator whose configuration has no defaults needs an example below.
#include "operators/builtin.hpp"
#include "tests/support/random_history.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;

struct Example {
  std::string yaml;
  Surroundings surroundings;
};

// Configurations to lead through histories, for those operators whose defaults do little or are not
// enough. The default configuration is tested beside them where it is sound.
const Surroundings kShop{.events = {{"purchase", "Order Completed"}, {"view", "Product Viewed"}},
                         .segments = {"elsewhere"},
                         .derived = {"session_start"}};
constexpr std::string_view kFeatures =
    "{affinity: {half_life: 1d, categories_max: 3}, define: {spend: 'sum(purchase.revenue, 1h)', "
    "best: profile.top_category, plan: profile.plan, kinds: 'distinct(view.category, 2d)', "
    "campaign: last(view.campaign), dear: 'max(purchase.revenue where coupon == \"a\", 90d)'}}";

Surroundings after_features() {
  Surroundings around = kShop;
  around.before = {{"features", std::string(kFeatures)}};
  return around;
}

const std::map<std::string_view, std::vector<Example>> kExamples = {
    {"bots", {{"rate: {events: 2, window: 10m}", {.reads = {"context.bot.kind"}}}}},
    {"cluster",
     {{"{k: 2, profiles_min: 2, features: [{value: spend, transform: log1p}, age()]}",
       after_features()}}},
    {"dedupe", {{"{window: 10m, ids_max: 16}", {}}}},
    {"features", {{std::string(kFeatures), kShop}}},
    {"rules",
     {{"segments: {busy: {when: 'count(any, 1h) >= 2', keep: 10m}, rich: {when: spend >= 100, "
       "until: spend < 2}, lapsed: since(purchase) > 2d, plan: 'profile.plan == \"a\" or "
       "in(rich)', "
       "red: profile.top_category == \"red\" and not in(elsewhere), new: age() < 1d}",
       after_features()}}},
    {"sessions", {{"{gap: 1m, max: 1h}", {}}}},
};

std::vector<std::string> operators_of_lanes() {
  Registry registry;
  add_builtin_operators(registry);
  std::vector<std::string> names;
  for (const auto& [name, info] : registry.all())
    if (info.stage == Stage::kLane) names.emplace_back(name);
  return names;
}

std::vector<Example> examples_of(const std::string& name) {
  const auto at = kExamples.find(name);
  std::vector<Example> all = at == kExamples.end() ? std::vector<Example>() : at->second;
  if (OperatorUnderTest::problems(name, "").empty()) all.push_back({});
  return all;
}

class OperatorLaws : public testing::TestWithParam<std::string> {
 protected:
  // Calls test(example, seed) for every example and many seeds.
  void for_all(const std::function<void(const Example& example, std::uint64_t seed)>& test) {
    for (const Example& example : examples_of(GetParam())) {
      const bool holds = rc::check(GetParam() + " {" + example.yaml + "}",
                                   [&](std::uint64_t seed) { test(example, seed); });
      EXPECT_TRUE(holds);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Builtin,
                         OperatorLaws,
                         testing::ValuesIn(operators_of_lanes()),
                         [](const auto& param_info) { return param_info.param; });

bool is_sentence(std::string_view text) {
  return text.size() > 10 && std::islower(static_cast<unsigned char>(text.front())) == 0 &&
         text.ends_with('.');
}

// Every field of a configuration, nested ones too, and those of a recursive one once.
void expect_described(const config::StructInfo& info, std::set<const void*>& seen) {
  if (!seen.insert(&info).second) return;
  for (const config::FieldInfo& field : info.fields) {
    EXPECT_TRUE(is_sentence(field.help)) << field.name << ": " << field.help;
    const config::TypeInfo* type = field.type;
    while (type->element != nullptr) type = type->element;
    if (type->structure != nullptr) expect_described(*type->structure, seen);
  }
}

TEST_P(OperatorLaws, ItSaysWhatItIsInSentences) {
  Registry registry;
  add_builtin_operators(registry);
  const OperatorInfo& info = *registry.find(GetParam());
  EXPECT_TRUE(is_sentence(info.summary)) << info.summary;
  EXPECT_TRUE(std::all_of(info.name.begin(), info.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
  }));
  std::set<const void*> seen;
  expect_described(*info.config, seen);
}

TEST_P(OperatorLaws, ItHasAConfigurationThatWorks) {
  EXPECT_FALSE(examples_of(GetParam()).empty()) << "add an example to kExamples";
  for (const Example& example : examples_of(GetParam()))
    EXPECT_EQ(OperatorUnderTest::problems(GetParam(), example.yaml, example.surroundings), "");
}

TEST_P(OperatorLaws, EmptyStateIsNothing) {
  for (const Example& example : examples_of(GetParam())) {
    OperatorUnderTest op(GetParam(), example.yaml, example.surroundings);
    op.lane().create(1);
    EXPECT_EQ(op.state(1), "");
    EXPECT_EQ(op.next_timer(1), kNever);
  }
}

TEST_P(OperatorLaws, TheSameHistoryHasTheSameOutcome) {
  for_all([&](const Example& example, std::uint64_t seed) {
    OperatorUnderTest one(GetParam(), example.yaml, example.surroundings);
    OperatorUnderTest two(GetParam(), example.yaml, example.surroundings);
    for (const HistoryStep& step : random_history(one, seed))
      RC_ASSERT(play(one, step) == play(two, step));
    RC_ASSERT(one.digest() == two.digest());
  });
}

TEST_P(OperatorLaws, RestartsAreNotSeen) {
  for_all([&](const Example& example, std::uint64_t seed) {
    Random random(seed);
    OperatorUnderTest straight(GetParam(), example.yaml, example.surroundings);
    OperatorUnderTest restarted(GetParam(), example.yaml, example.surroundings);
    for (const HistoryStep& step : random_history(straight, seed)) {
      if (random.chance(0.1)) {
        const Hash128 before = restarted.digest();
        restarted.restart();
        RC_ASSERT(restarted.digest() == before);
      }
      RC_ASSERT(play(straight, step) == play(restarted, step));
    }
    RC_ASSERT(straight.digest() == restarted.digest());
  });
}

TEST_P(OperatorLaws, TimersSurviveARestart) {
  for_all([&](const Example& example, std::uint64_t seed) {
    OperatorUnderTest straight(GetParam(), example.yaml, example.surroundings);
    OperatorUnderTest restarted(GetParam(), example.yaml, example.surroundings);
    for (const HistoryStep& step : random_history(straight, seed)) {
      play(straight, step);
      play(restarted, step);
    }
    restarted.restart();
    for (const Duration duration : {Duration(1s), Duration(1h), Duration(24h * 90)})
      RC_ASSERT(straight.advance(duration) == restarted.advance(duration));
    RC_ASSERT(straight.digest() == restarted.digest());
  });
}

// So it does not matter which profiles share a lane.
TEST_P(OperatorLaws, ProfilesDoNotSeeEachOther) {
  for_all([&](const Example& example, std::uint64_t seed) {
    OperatorUnderTest together(GetParam(), example.yaml, example.surroundings);
    OperatorUnderTest alone(GetParam(), example.yaml, example.surroundings);
    constexpr ProfileId kProfile = 2;
    for (const HistoryStep& step :
         random_history(together, seed, {.merges = false, .epochs = false})) {
      const auto* event = std::get_if<EventBuilder>(&step);
      const Outcome outcome = play(together, step);
      if (event != nullptr && event->profile() != kProfile) continue;
      Outcome expected = play(alone, step);
      if (event == nullptr) {
        SaidList mine;
        for (const Said& said : outcome.said)
          if (said.profile == kProfile) mine.push_back(said);
        RC_ASSERT(expected.said == mine);
      } else {
        RC_ASSERT(expected == outcome);
      }
    }
    RC_ASSERT(together.has(kProfile) == alone.has(kProfile));
    if (alone.has(kProfile)) RC_ASSERT(together.state(kProfile) == alone.state(kProfile));
  });
}

// A profile that becomes part of one without a past, or the other way round, loses nothing.
TEST_P(OperatorLaws, AMergeWithNothingChangesNothing) {
  for_all([&](const Example& example, std::uint64_t seed) {
    OperatorUnderTest op(GetParam(), example.yaml, example.surroundings);
    constexpr ProfileId kNew = 1000;
    for (const HistoryStep& step : random_history(op, seed, {.merges = false})) play(op, step);
    for (ProfileId profile = 1; op.has(profile); ++profile) {
      const std::string before = op.state(profile);
      const Time timer = op.next_timer(profile);
      op.lane().create(kNew);
      op.merge(profile, kNew);
      RC_ASSERT(op.state(profile) == before);
      op.lane().create(kNew);
      op.merge(kNew, profile);
      RC_ASSERT(op.state(kNew) == before);
      RC_ASSERT(op.next_timer(kNew) == timer);
      op.lane().table().remove(op.lane().table().find(kNew));
    }
  });
}

TEST_P(OperatorLaws, DamagedRecordsDoNoHarm) {
  for_all([&](const Example& example, std::uint64_t seed) {
    Random random(seed);
    OperatorUnderTest op(GetParam(), example.yaml, example.surroundings);
    for (const HistoryStep& step : random_history(op, seed, {.steps = 60})) play(op, step);
    for (ProfileId profile = 1; profile <= 5; ++profile) {
      if (!op.has(profile)) continue;
      std::string record;
      op.lane().table().encode(op.lane().table().find(profile), record);
      if (random.chance(0.3)) record.resize(random.below(record.size() + 1));
      for (auto flips = random.below(4); flips > 0 && !record.empty(); --flips)
        record[random.below(record.size())] ^= static_cast<char>(1 << random.below(8));
      constexpr ProfileId kNew = 1000;
      if (!op.lane().load(kNew, record)) continue;
      std::string again;
      op.lane().table().encode(op.lane().table().find(kNew), again);
      op.lane().table().remove(op.lane().table().find(kNew));
    }
  });
}

}  // namespace
}  // namespace millrace
