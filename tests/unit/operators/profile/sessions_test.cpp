#include "engine/base/random.hpp"
#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Said start(Time time, ProfileId profile = 1) {
  return {Said::Kind::kEmit, "session_start", time, profile};
}
Said end(Time time, ProfileId profile = 1) {
  return {Said::Kind::kEmit, "session_end", time, profile};
}

TEST(Sessions, StartsWithTheFirstEventAndEndsAGapAfterTheLast) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  EXPECT_EQ(sessions.push(page()).said, SaidList{start(kStart)});
  sessions.advance(29min);
  EXPECT_EQ(sessions.push(track("Order Completed")).said, SaidList{});
  EXPECT_EQ(sessions.next_timer(1), kStart + 59min);
  EXPECT_EQ(sessions.advance(30min - 1ms), SaidList{});
  EXPECT_EQ(sessions.advance(1ms), SaidList{end(kStart + 29min)});
  EXPECT_EQ(sessions.next_timer(1), kNever);
  EXPECT_EQ(sessions.push(page()).said, SaidList{start(kStart + 59min)});
}

TEST(Sessions, EndsBeforeTheNextStartsThoughNoTickCame) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  sessions.push(page());
  EXPECT_EQ(sessions.push(page().received(kStart + 30min)).said,
            (SaidList{end(kStart), start(kStart + 30min)}));
}

TEST(Sessions, LastsNoLongerThanItsGreatestLength) {
  OperatorUnderTest sessions("sessions", "{gap: 30m, max: 1h}");
  sessions.push(page());
  sessions.push(page().received(kStart + 25min));
  sessions.push(page().received(kStart + 50min));
  EXPECT_EQ(sessions.next_timer(1), kStart + 1h);
  EXPECT_EQ(sessions.push(page().received(kStart + 60min)).said,
            (SaidList{end(kStart + 50min), start(kStart + 60min)}));
}

TEST(Sessions, GoesByEventTimeAndLetsNoLateEventExtendIt) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  sessions.push(page().received(kStart + 20min));
  EXPECT_EQ(sessions.push(page().at(kStart + 25min).received(kStart + 40min)).said, SaidList{});
  EXPECT_EQ(sessions.next_timer(1), kStart + 55min);
  EXPECT_EQ(sessions.push(page().at(kStart + 21min)).said, SaidList{});
  EXPECT_EQ(sessions.next_timer(1), kStart + 55min);
  EXPECT_EQ(sessions.counter("late"), 0u);
  EXPECT_EQ(sessions.push(page().at(kStart + 19min)).said, SaidList{});
  EXPECT_EQ(sessions.counter("late"), 1u);
  EXPECT_EQ(sessions.advance(1h), SaidList{end(kStart + 25min)});
}

TEST(Sessions, StartsNoneForAnEventOlderThanTheGap) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  EXPECT_EQ(sessions.push(page().at(kStart - 30min)).said, SaidList{});
  EXPECT_EQ(sessions.counter("late"), 1u);
  EXPECT_EQ(sessions.state(1), "");
  EXPECT_EQ(sessions.push(page().at(kStart - 30min + 1ms)).said,
            SaidList{start(kStart - 30min + 1ms)});
}

TEST(Sessions, StartsNoneBeforeTheEndOfTheLast) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  sessions.push(page());
  sessions.push(page().received(kStart + 10min));
  EXPECT_EQ(sessions.advance(30min), SaidList{end(kStart + 10min)});
  EXPECT_EQ(sessions.push(page().at(kStart + 10min + 1ms)).said,
            SaidList{start(kStart + 10min + 1ms)});
  sessions.restart();
  sessions.advance(30min);
  EXPECT_EQ(sessions.push(page().at(kStart + 10min)).said, SaidList{});
  EXPECT_EQ(sessions.counter("late"), 1u);
}

TEST(Sessions, TakesNoActivityFromDerivedEvents) {
  OperatorUnderTest sessions("sessions", "", {.segments = {"loyal"}});
  EXPECT_EQ(sessions.push(entered("loyal")), (Outcome{"keep", "", {}}));
  EXPECT_EQ(sessions.push(left("loyal")), (Outcome{"keep", "", {}}));
  EXPECT_EQ(sessions.state(1), "");
}

TEST(Sessions, BecomeOneWhenProfilesMerge) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  sessions.push(page().profile(2));
  sessions.push(page().profile(1).received(kStart + 10min));
  sessions.push(page().profile(2).received(kStart + 20min));
  EXPECT_EQ(sessions.merge(1, 2), SaidList{});
  EXPECT_EQ(sessions.push(page().at(kStart + 5min)).said, SaidList{});
  EXPECT_EQ(sessions.counter("late"), 0u);
  EXPECT_EQ(sessions.advance(1h), SaidList{end(kStart + 20min)});
}

TEST(Sessions, EndOnTheirOwnWhenOneWasOverBeforeTheOtherBegan) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  sessions.push(page().profile(1));
  sessions.push(page().profile(2).received(kStart + 40min));
  EXPECT_EQ(sessions.merge(1, 2), SaidList{end(kStart, 2)});
  EXPECT_EQ(sessions.push(page().received(kStart + 50min)).said, SaidList{});
  EXPECT_EQ(sessions.advance(1h), SaidList{end(kStart + 50min)});

  sessions.push(page().profile(3));
  sessions.push(page().profile(1).received(kStart + 3h));
  EXPECT_EQ(sessions.merge(1, 3), SaidList{end(kStart + 110min, 3)});
  EXPECT_EQ(sessions.advance(1h), SaidList{end(kStart + 3h)});
}

TEST(Sessions, GoOnWhenOnlyOneOfTheProfilesHasOne) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  sessions.push(page().profile(1));
  sessions.advance(1h);
  sessions.push(page().profile(2));
  EXPECT_EQ(sessions.merge(1, 2), SaidList{});
  EXPECT_EQ(sessions.push(page().received(kStart + 70min)).said, SaidList{});
  EXPECT_EQ(sessions.advance(1h), SaidList{end(kStart + 70min)});
}

TEST(Sessions, ExplainAWrongConfiguration) {
  EXPECT_THAT(OperatorUnderTest::problems("sessions", "{gap: 1h, max: 30m}"),
              HasSubstr("test.yaml:1:16"));
  EXPECT_THAT(OperatorUnderTest::problems("sessions", "gap: 0s"), HasSubstr("gap"));
}

constexpr Duration kGap = 30min;
constexpr Duration kMax = 2h;

struct Span {
  Time first;
  Time last;
};

// Cuts times, in order, into sessions, of which the first goes on with `open`: what analysts do
// with a table of events.
std::vector<Span> cut(const std::vector<Time>& times, std::optional<Span> open = {}) {
  std::vector<Span> sessions;
  if (open) sessions.push_back(*open);
  for (const Time time : times) {
    const bool goes_on = !sessions.empty() && time < sessions.back().last + kGap &&
                         time < sessions.back().first + kMax;
    if (goes_on) {
      sessions.back().last = time;
    } else {
      sessions.push_back({time, time});
    }
  }
  return sessions;
}

void expect_all(const std::vector<Span>& sessions, std::size_t started, SaidList& said) {
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    if (i >= started) said.push_back(start(sessions[i].first));
    said.push_back(end(sessions[i].last));
  }
}

// Sessions of two profiles that merge at `merged`, or never.
SaidList expected(std::vector<Time> first,
                  std::vector<Time> second,
                  std::vector<Time> after,
                  Time merged) {
  SaidList said;
  std::optional<Span> open;
  for (const auto& times : {first, second}) {
    std::vector<Span> sessions = cut(times);
    const bool is_open = !sessions.empty() && merged < sessions.back().last + kGap &&
                         merged < sessions.back().first + kMax;
    if (is_open) {
      said.push_back(start(sessions.back().first));
      const Span mine = sessions.back();
      open = open ? Span{std::min(open->first, mine.first), std::max(open->last, mine.last)} : mine;
      sessions.pop_back();
    }
    expect_all(sessions, 0, said);
  }
  expect_all(cut(after, open), open ? 1 : 0, said);
  return said;
}

void collect(SaidList& all, const SaidList& more) {
  for (Said said : more) {
    said.profile = 1;
    all.push_back(said);
  }
}

void sort(SaidList& said) {
  std::sort(said.begin(), said.end(), [](const Said& a, const Said& b) {
    return std::tie(a.time, a.name) < std::tie(b.time, b.name);
  });
}

TEST(Sessions, EqualABatchJobOverAllEvents) {
  const bool holds = rc::check([](std::uint64_t seed) {
    Random random(seed);
    OperatorUnderTest sessions("sessions", "{gap: 30m, max: 2h}");
    std::vector<Time> times[3];
    SaidList said;
    Time time = kStart;
    Time merged = kNever;
    const auto steps = random.below(60);
    const auto merge_at = random.below(60);
    for (std::uint64_t step = 0; step < steps; ++step) {
      time += Duration(random.below(random.chance(0.8) ? 1'500'000 : 6'000'000));
      if (random.chance(0.4)) collect(said, sessions.advance(time - sessions.now()));
      if (random.chance(0.1)) sessions.restart();
      if (step >= merge_at && merged == kNever && sessions.has(1) && sessions.has(2)) {
        collect(said, sessions.advance(time - sessions.now()));
        collect(said, sessions.merge(1, 2));
        merged = time;
      }
      const std::size_t which = merged != kNever ? 2 : random.below(2);
      times[which].push_back(time);
      collect(said, sessions.push(page().profile(which == 1 ? 2 : 1).received(time)).said);
    }
    collect(said, sessions.advance(24h));
    SaidList wanted = expected(times[0], times[1], times[2], merged);
    sort(said);
    sort(wanted);
    RC_ASSERT(said == wanted);
    RC_ASSERT(sessions.counter("late") == 0u);
  });
  EXPECT_TRUE(holds);
}

TEST(Sessions, AlternateAndNeverOverlapHoweverLateEventsAre) {
  const bool holds = rc::check([](std::uint64_t seed) {
    Random random(seed);
    OperatorUnderTest sessions("sessions", "{gap: 30m, max: 2h}");
    SaidList said;
    for (int step = 0; step < 100; ++step) {
      if (random.chance(0.5)) collect(said, sessions.advance(Duration(random.below(2'000'000))));
      const Duration delay(random.below(random.chance(0.7) ? 600'000 : 7'200'000));
      const Time received = sessions.now() + Duration(random.below(900'000));
      collect(said, sessions.push(page().at(received - delay).received(received)).said);
    }
    collect(said, sessions.advance(24h));
    RC_ASSERT(said.size() % 2 == 0u);
    for (std::size_t i = 0; i < said.size(); ++i) {
      RC_ASSERT(said[i].name == (i % 2 == 0 ? "session_start" : "session_end"));
      if (i > 0) RC_ASSERT(said[i - 1].time <= said[i].time);
    }
  });
  EXPECT_TRUE(holds);
}

TEST(Sessions, ShowTheOpenOneAndHowManyThereWere) {
  OperatorUnderTest sessions("sessions", "gap: 30m");
  sessions.push(page());
  sessions.advance(10min);
  sessions.push(page());
  const auto open = sessions.show(1).sections.at("sessions");
  EXPECT_EQ(open.at("open"), "true");
  EXPECT_EQ(open.at("events"), "2");
  EXPECT_EQ(open.at("started"), "\"" + format_time(kStart) + "\"");
  sessions.advance(1h);
  const auto closed = sessions.show(1).sections.at("sessions");
  EXPECT_EQ(closed.at("open"), "false");
  EXPECT_EQ(closed.at("count"), "1");
  EXPECT_FALSE(closed.contains("started"));
}

}  // namespace
}  // namespace millrace
