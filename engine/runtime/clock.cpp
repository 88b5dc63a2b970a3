#include "engine/runtime/clock.hpp"

#include <algorithm>

namespace millrace {

using std::chrono::nanoseconds;

ClockReading read_machine_clock() {
  return {std::chrono::time_point_cast<nanoseconds>(std::chrono::system_clock::now()),
          std::chrono::steady_clock::now().time_since_epoch()};
}

SteeredClock::SteeredClock(const ClockReading& start, Time not_before)
    : now_(start.wall), steady_(start.steady), far_since_(start.steady) {
  // Times that nanoseconds cannot hold are no reason to begin there.
  if (not_before > std::chrono::floor<Duration>(now_) && not_before < from_millis(1LL << 42))
    now_ = not_before;
}

Time SteeredClock::at(const ClockReading& reading) {
  const nanoseconds passed = std::max(reading.steady - steady_, nanoseconds(0));
  steady_ = std::max(steady_, reading.steady);
  now_ += passed;
  const nanoseconds off = reading.wall - now_;
  if (off <= kFar) {
    far_ = false;
  } else if (!far_) {
    far_ = true;
    far_since_ = steady_;
  }
  if (far_ && steady_ - far_since_ >= kFarFor) {
    now_ = reading.wall;
    far_ = false;
  } else {
    const nanoseconds most = passed / kSlowness;
    now_ += std::clamp(off, -most, most);
  }
  return std::chrono::floor<Duration>(now_);
}

}  // namespace millrace
