// The journal's clock, whatever the machine's wall clock does.
#include "engine/runtime/clock.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

const Time kStart = *parse_time("2026-11-01T12:00:00Z");

// A machine whose wall clock is set by hand.
struct Machine {
  std::chrono::nanoseconds steady{5s};
  std::chrono::nanoseconds off{0};  // of the wall clock

  ClockReading read() const { return {kStart + (steady - 5s) + off, steady}; }
  // Lets time pass in small steps, as a server looks at its clock; the last time.
  Time pass(SteeredClock& clock, std::chrono::nanoseconds duration) {
    Time last{};
    for (const auto end = steady + duration; steady < end;) {
      steady += std::min<std::chrono::nanoseconds>(100ms, end - steady);
      last = clock.at(read());
    }
    return last;
  }
};

TEST(SteeredClock, FollowsAWallClockThatIsRight) {
  Machine machine;
  SteeredClock clock(machine.read(), kBeginning);
  EXPECT_EQ(clock.at(machine.read()), kStart);
  EXPECT_EQ(machine.pass(clock, 1h), kStart + 1h);
}

TEST(SteeredClock, DoesNotJumpWithTheWallClock) {
  for (const auto jump : {288s, -288s}) {
    Machine machine;
    SteeredClock clock(machine.read(), kBeginning);
    Time before = machine.pass(clock, 10s);
    machine.off = jump;
    for (int second = 0; second < 60; ++second) {
      const Time after = machine.pass(clock, 1s);
      EXPECT_GE(after - before, 950ms);
      EXPECT_LE(after - before, 1050ms);
      before = after;
    }
    // The wall clock comes back: nothing has happened, nearly.
    machine.off = 0s;
    EXPECT_EQ(machine.pass(clock, 2min), kStart + 190s);
  }
}

TEST(SteeredClock, ComesToAgreeWithTheWallClock) {
  for (const auto jump : {288s, -288s}) {
    Machine machine;
    SteeredClock clock(machine.read(), kBeginning);
    machine.off = jump;
    EXPECT_EQ(machine.pass(clock, 2h), kStart + 2h + jump);
  }
}

TEST(SteeredClock, NeverGoesBack) {
  Machine machine;
  SteeredClock clock(machine.read(), kBeginning);
  Time last = clock.at(machine.read());
  for (const auto off : {-10h, 0h, 3h, -3h, 24h, 0h}) {
    machine.off = off;
    const Time now = machine.pass(clock, 90s);
    EXPECT_GT(now, last);
    last = now;
  }
}

TEST(SteeredClock, GoesAtOnceWhereTheMachineSlept) {
  Machine machine;
  SteeredClock clock(machine.read(), kBeginning);
  machine.pass(clock, 10s);
  machine.off = 8h;  // the steady clock slept too
  EXPECT_LT(machine.pass(clock, 59s), kStart + 2min);
  EXPECT_EQ(machine.pass(clock, 10s), kStart + 8h + 79s);
}

TEST(SteeredClock, BeginsWhereTheJournalEnds) {
  Machine machine;
  SteeredClock clock(machine.read(), kStart + 1min);
  EXPECT_EQ(clock.at(machine.read()), kStart + 1min);
  EXPECT_EQ(machine.pass(clock, 1h), kStart + 1h);
}

}  // namespace
}  // namespace millrace
