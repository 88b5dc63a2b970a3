#include "engine/runtime/event_clock.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

const Time kStart = *parse_time("2026-11-01T12:00:00Z");

TEST(EventClock, NeverRunsBack) {
  EventClock clock(1s, 1h);
  EXPECT_EQ(clock.receive(kStart), kStart);
  EXPECT_EQ(clock.receive(kStart - 5h), kStart);
  EXPECT_EQ(clock.receive(std::nullopt), kStart);
  EXPECT_EQ(clock.receive(kStart + 1s), kStart + 1s);
}

TEST(EventClock, MarksEachStepOnceHoweverFarItJumps) {
  EventClock clock(1s, 1h);
  auto marks = clock.marks(clock.receive(kStart + 500ms));
  EXPECT_EQ(marks.tick, kStart);
  EXPECT_EQ(marks.epoch, kStart);
  marks = clock.marks(clock.receive(kStart + 900ms));
  EXPECT_FALSE(marks.tick || marks.epoch);
  marks = clock.marks(clock.receive(kStart + 10h + 2500ms));
  EXPECT_EQ(marks.tick, kStart + 10h + 2s);
  EXPECT_EQ(marks.epoch, kStart + 10h);
}

TEST(EventClock, DoubtsAJumpUntilTheNextHitAgrees) {
  EventClock clock(1s, 1h);
  clock.receive(kStart);
  const Time far = kStart + 24h * 400;
  EXPECT_EQ(clock.receive(far), kStart);
  EXPECT_EQ(clock.receive(kStart + 1s), kStart + 1s);
  EXPECT_EQ(clock.receive(far), kStart + 1s);
  EXPECT_EQ(clock.receive(far + 1min), far + 1min);
}

TEST(EventClock, EndsWithATickAtTheLastHit) {
  EventClock clock(1s, 1h);
  clock.marks(clock.receive(kStart + 300ms));
  EXPECT_EQ(clock.last_tick(), kStart + 300ms);
  EXPECT_FALSE(clock.last_tick());
}

}  // namespace
}  // namespace millrace
