// What time the machine says it is, and what time the journal is told.
//
// The machine's wall clock jumps: somebody sets it, the network corrects it, a virtual machine was
// asleep. Journal times never go back, and a jump must not fire all the timers in between at once.
// So the journal's clock follows the machine's steady clock, and is steered towards the wall clock:
//
//   - it runs at most 5 % faster or slower than time passes, until it agrees with the wall clock;
//   - only where the wall clock is ahead by more than 15 minutes, and stays so for a minute, does
//     it go there at once: then time did pass (the machine slept), or had been set wrongly;
//   - where the wall clock is behind, however far, it only runs slower.
//
// The one file of the engine that asks the machine for the time.
#pragma once

#include "engine/base/time.hpp"

#include <chrono>
#include <functional>

namespace millrace {

struct ClockReading {
  std::chrono::sys_time<std::chrono::nanoseconds> wall{};
  std::chrono::nanoseconds steady{};  // since any moment; never goes back
};

// Any thread.
using ReadClock = std::function<ClockReading()>;
ClockReading read_machine_clock();

// One thread.
class SteeredClock {
 public:
  static constexpr int kSlowness = 20;  // of steering: one part in so many
  static constexpr Duration kFar = std::chrono::minutes(15);
  static constexpr Duration kFarFor = std::chrono::minutes(1);

  // Starts where the wall clock is, or at `not_before` if that is later.
  SteeredClock(const ClockReading& start, Time not_before);

  // The time at a reading, which is not older than the one before; never goes back.
  Time at(const ClockReading& reading);

 private:
  std::chrono::sys_time<std::chrono::nanoseconds> now_;
  std::chrono::nanoseconds steady_;
  std::chrono::nanoseconds far_since_;  // steady; of no meaning while not far_
  bool far_ = false;
};

}  // namespace millrace
