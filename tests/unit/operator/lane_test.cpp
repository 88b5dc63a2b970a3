// What a lane promises about the timers of profiles that leave its memory and come back.
#include "engine/operator/lane.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using std::chrono::minutes;

constexpr ProfileId kProfile = 7;

struct World {
  Catalog catalog;
  ColumnNumbers numbers;
  Lane lane{catalog, numbers};
  TimerId end = (lane.begin_node("sessions"), lane.timer("end"));
  Slot slot = lane.create(kProfile);
  std::string record;  // of the profile, while it is away
  Time armed = kNever;
  std::vector<Time> fired;

  void go() {
    record.clear();
    lane.table().encode(slot, record);
    armed = lane.unload(slot);
    slot = kNoSlot;
  }
  void come() {
    ASSERT_TRUE(lane.load(kProfile, record, armed));
    slot = lane.table().find(kProfile);
  }
  void advance(Time to) {
    const auto load = [&](ProfileId) {
      if (slot == kNoSlot) come();
      return slot;
    };
    lane.advance(lane.now(), to, load, [&](const Timer& timer) { fired.push_back(timer.due); });
  }
};

// Each time it is later, as the end of a session is at every event.
TEST(Lane, AProfileThatComesAndGoesTakesNoMoreAndMoreOfTheWheel) {
  World world;
  Time due = kBeginning + minutes(30);
  world.lane.set_timer(world.slot, world.end, due);
  world.go();
  const std::size_t bytes = world.lane.memory_bytes();
  for (int i = 0; i < 100'000; ++i) {
    world.come();
    due += Duration(1);
    world.lane.set_timer(world.slot, world.end, due);
    world.go();
    ASSERT_LE(world.armed, due);
  }
  EXPECT_LE(world.lane.memory_bytes(), bytes + 1000);
  world.advance(due - Duration(1));
  EXPECT_TRUE(world.fired.empty());
  world.go();
  world.advance(due + minutes(60));
  EXPECT_EQ(world.fired, std::vector<Time>{due});
}

TEST(Lane, ATimerThatIsEarlierThanBeforeFiresInTime) {
  World world;
  world.lane.set_timer(world.slot, world.end, kBeginning + minutes(30));
  world.go();
  world.come();
  world.lane.set_timer(world.slot, world.end, kBeginning + minutes(10));
  world.go();
  world.advance(kBeginning + minutes(60));
  EXPECT_EQ(world.fired, std::vector<Time>{kBeginning + minutes(10)});
}

TEST(Lane, NothingAsksForAProfileWithoutATimer) {
  World world;
  world.go();
  EXPECT_EQ(world.armed, kNever);
}

}  // namespace
}  // namespace millrace
