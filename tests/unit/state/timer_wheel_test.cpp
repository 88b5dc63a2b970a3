#include "engine/state/timer_wheel.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <utility>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using Fired = std::pair<Time, std::uint64_t>;
using FiredList = std::vector<Fired>;

constexpr auto kYear = std::chrono::hours(24 * 365);
constexpr Time kStart = from_millis(1'790'000'000'123);

FiredList advance(TimerWheel& wheel, Time to) {
  FiredList fired;
  wheel.advance(to, [&](Time due, std::uint64_t profile) { fired.emplace_back(due, profile); });
  return fired;
}

TEST(TimerWheel, FiresInOrderOfDueThenProfile) {
  TimerWheel wheel;
  wheel.advance(kStart, [](Time, std::uint64_t) {});
  wheel.schedule(kStart + 5ms, 2);
  wheel.schedule(kStart + 5ms, 1);
  wheel.schedule(kStart + 4ms, 3);
  wheel.schedule(kStart + 5ms, 1);
  EXPECT_EQ(wheel.size(), 4u);
  EXPECT_EQ(
      advance(wheel, kStart + 5ms),
      (FiredList{{kStart + 4ms, 3}, {kStart + 5ms, 1}, {kStart + 5ms, 1}, {kStart + 5ms, 2}}));
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimerWheel, IsExactToTheMillisecond) {
  for (const Duration ahead : {1ms, 999ms, 1024ms, 90'000ms, 7'200'000ms, 2'592'000'000ms}) {
    TimerWheel wheel;
    wheel.advance(kStart, [](Time, std::uint64_t) {});
    wheel.schedule(kStart + ahead, 7);
    EXPECT_EQ(advance(wheel, kStart + ahead - 1ms), FiredList{}) << ahead.count();
    EXPECT_EQ(advance(wheel, kStart + ahead), (FiredList{{kStart + ahead, 7}})) << ahead.count();
  }
}

TEST(TimerWheel, StartsAtTheTimeOfItsFirstAdvance) {
  for (const char* start :
       {"1969-07-20T20:17:40Z", "1970-01-01", "2026-11-21T20:54:37.695Z", "0001-01-01"}) {
    const Time now = parse_time(start).value();
    TimerWheel wheel;
    wheel.schedule(now + 1h, 2);
    wheel.schedule(now - 100 * kYear, 1);
    wheel.schedule(now + 100 * kYear, 3);
    EXPECT_EQ(advance(wheel, now), (FiredList{{now - 100 * kYear, 1}})) << start;
    EXPECT_EQ(wheel.next_due(), now + 1h) << start;
    EXPECT_EQ(advance(wheel, now + 1h), (FiredList{{now + 1h, 2}})) << start;
    EXPECT_EQ(advance(wheel, now + 100 * kYear), (FiredList{{now + 100 * kYear, 3}})) << start;
  }
}

TEST(TimerWheel, FiresAPastDueAtTheNextAdvance) {
  TimerWheel wheel;
  wheel.advance(kStart, [](Time, std::uint64_t) {});
  wheel.schedule(kStart - kYear, 1);
  EXPECT_EQ(wheel.next_due(), kStart - kYear);
  EXPECT_EQ(advance(wheel, kStart), (FiredList{{kStart - kYear, 1}}));
}

TEST(TimerWheel, FiresNothingNewWhenTimeGoesBack) {
  TimerWheel wheel;
  wheel.advance(kStart, [](Time, std::uint64_t) {});
  wheel.schedule(kStart + 1h, 1);
  EXPECT_EQ(advance(wheel, kStart - kYear), FiredList{});
  wheel.schedule(kStart - 2 * kYear, 2);
  wheel.schedule(kStart - 1h, 3);
  EXPECT_EQ(advance(wheel, kStart - kYear), (FiredList{{kStart - 2 * kYear, 2}}));
  EXPECT_EQ(advance(wheel, kStart + 1h), (FiredList{{kStart - 1h, 3}, {kStart + 1h, 1}}));
}

TEST(TimerWheel, FiresInTheSameAdvanceWhatFireSchedules) {
  TimerWheel wheel;
  wheel.schedule(kStart, 0);
  wheel.schedule(kStart + 10s, 100);
  FiredList fired;
  wheel.advance(kStart + 1min, [&](Time due, std::uint64_t profile) {
    fired.emplace_back(due, profile);
    if (profile != 0) return;
    wheel.schedule(due + 20s, 3);
    wheel.schedule(due + 1ms, 2);
    wheel.schedule(due - 1h, 1);
    wheel.schedule(due + 2min, 4);
  });
  EXPECT_EQ(fired,
            (FiredList{{kStart, 0},
                       {kStart - 1h, 1},
                       {kStart + 1ms, 2},
                       {kStart + 10s, 100},
                       {kStart + 20s, 3}}));
  EXPECT_EQ(wheel.size(), 1u);
  EXPECT_EQ(wheel.next_due(), kStart + 2min);
}

TEST(TimerWheel, ReachesTheEndsOfTime) {
  TimerWheel wheel;
  wheel.schedule(kNever - 1ms, 2);
  wheel.schedule(kBeginning, 1);
  EXPECT_EQ(advance(wheel, kStart), (FiredList{{kBeginning, 1}}));
  EXPECT_EQ(wheel.next_due(), kNever - 1ms);
  EXPECT_EQ(advance(wheel, kNever - 2ms), FiredList{});
  EXPECT_EQ(advance(wheel, kNever), (FiredList{{kNever - 1ms, 2}}));
  EXPECT_EQ(wheel.next_due(), kNever);
}

TEST(TimerWheel, GivesItsMemoryBack) {
  TimerWheel wheel;
  wheel.advance(kStart, [](Time, std::uint64_t) {});
  const std::size_t empty = wheel.memory_bytes();
  Random random(1);
  for (std::uint64_t i = 0; i < 300'000; ++i)
    wheel.schedule(kStart + Duration(random.below(2'592'000'000)), i);
  EXPECT_GE(wheel.memory_bytes(), empty + 300'000 * 16);
  EXPECT_LE(wheel.memory_bytes(), empty + 300'000 * 32 + (1 << 20));
  EXPECT_EQ(advance(wheel, kStart + 15 * 24h).size() + wheel.size(), 300'000u);
  EXPECT_LE(wheel.memory_bytes(), empty + wheel.size() * 32 + (1 << 20));
  advance(wheel, kStart + kYear);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_LE(wheel.memory_bytes(), empty + 7 * 256 * 16 * 16);
}

TEST(TimerWheelDeathTest, DiesOfMisuse) {
  TimerWheel wheel;
  EXPECT_DEATH(wheel.schedule(kNever, 1), "broken invariant");
  wheel.schedule(kStart, 1);
  EXPECT_DEATH(wheel.advance(kStart, [&](Time, std::uint64_t) { advance(wheel, kStart); }),
               "broken invariant");
}

// An ordered set does the same, slowly: it is what the wheel must equal.
struct SortedTimers {
  std::multiset<Fired> timers;

  void schedule(Time due, std::uint64_t profile) { timers.emplace(due, profile); }
  template <class Fire>
  void advance(Time to, Fire&& fire) {
    while (!timers.empty() && timers.begin()->first <= to) {
      const Fired next = *timers.begin();
      timers.erase(timers.begin());
      fire(next.first, next.second);
    }
  }
};

// A length of any magnitude from 0 to a thousand years, with many equal ones.
Duration random_length(Random& random) {
  constexpr Duration kScales[] = {
      1ms, 4ms, 1024ms, 60s, 262'144ms, 1h, 24h, 30 * 24h, kYear, 1000 * kYear};
  const Duration scale = kScales[random.below(std::size(kScales))];
  return random.chance(0.3) ? scale * static_cast<int>(random.below(4))
                            : Duration(random.below(scale.count() + 1));
}

// What a timer schedules when it fires, as a function of what fired: up to two more, ahead or
// behind, for up to three generations (which the top bits of the profile count).
template <class Timers>
void breed(Timers& timers, Time due, std::uint64_t profile) {
  const std::uint64_t generation = profile >> 62;
  if (generation == 3) return;
  Random random(hash64(std::to_string(to_millis(due)), profile));
  for (auto children = random.below(3); children > 0; --children) {
    const Duration length = random_length(random);
    const Time child = random.chance(0.7) ? due + length : due - length;
    timers.schedule(child, (generation + 1) << 62 | random.below(8));
  }
}

template <class Timers>
FiredList advance_breeding(Timers& timers, Time to) {
  FiredList fired;
  timers.advance(to, [&](Time due, std::uint64_t profile) {
    fired.emplace_back(due, profile);
    breed(timers, due, profile);
  });
  return fired;
}

TEST(TimerWheel, EqualsASortedListForAnyHistory) {
  const bool holds = rc::check([](std::uint64_t seed, bool breeds) {
    Random random(seed);
    TimerWheel wheel;
    SortedTimers sorted;
    Time now = random.chance(0.5) ? kStart : Time(Duration(0)) - random_length(random);
    for (int step = 0; step < 60; ++step) {
      for (auto count = random.below(12); count > 0; --count) {
        const Duration length = random_length(random);
        const Time due = random.chance(0.8) ? now + length : now - length;
        const std::uint64_t profile = random.below(8);
        wheel.schedule(due, profile);
        sorted.schedule(due, profile);
      }
      now = random.chance(0.95) ? now + random_length(random) : now - random_length(random);
      if (breeds) {
        RC_ASSERT(advance_breeding(wheel, now) == advance_breeding(sorted, now));
      } else {
        FiredList expected;
        sorted.advance(
            now, [&](Time due, std::uint64_t profile) { expected.emplace_back(due, profile); });
        RC_ASSERT(advance(wheel, now) == expected);
      }
      RC_ASSERT(wheel.size() == sorted.timers.size());
      RC_ASSERT(wheel.next_due() ==
                (sorted.timers.empty() ? kNever : sorted.timers.begin()->first));
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace millrace
