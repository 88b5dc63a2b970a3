// Lets the events' own times drive the clock, so that a year of history fires its timers in order:
// what a replay of a file puts into the journal where a live collector puts receipt times and
// ticks.
//
// One thread. A pure function of the times that it is given, so that the same file makes the same
// journal.
#pragma once

#include "engine/base/time.hpp"

#include <algorithm>
#include <optional>

namespace millrace {

class EventClock {
 public:
  struct Marks {
    std::optional<Time> tick;   // comes before the hit
    std::optional<Time> epoch;  // comes after the tick
  };

  EventClock(Duration tick, Duration epoch) : tick_(tick), epoch_(epoch) {}

  // One damaged date must not turn every honest event that follows into a late one: a jump of more
  // than this counts only if the next hit agrees.
  static constexpr Duration kJumpMax = std::chrono::hours(24 * 31);

  // From now on marks are as far apart; what is behind stays behind.
  void set_pace(Duration tick, Duration epoch) {
    tick_ = tick;
    epoch_ = epoch;
  }

  // Where a hit stands whose sender says `time` (nothing: it has none that can be read): never
  // before the hit before it.
  Time receive(std::optional<Time> time) {
    if (!time || *time <= now_) return now_ == kBeginning ? Time{} : now_;
    const bool jump = now_ != kBeginning && *time - now_ > kJumpMax;
    if (jump && (*time < doubtful_ - kJumpMax || doubtful_ + kJumpMax < *time)) {
      doubtful_ = *time;
      return now_;
    }
    doubtful_ = Time{};
    now_ = *time;
    return now_;
  }

  // The marks that are due by then. A jump over many gives the last of each.
  Marks marks(Time now) {
    Marks due;
    const Time tick = floor(now, tick_);
    const Time epoch = floor(now, epoch_);
    if (tick > last_tick_) due.tick = last_tick_ = tick;
    if (epoch > last_epoch_) due.epoch = last_epoch_ = epoch;
    return due;
  }

  // At the end: a tick at the last hit's time, for the timers that are due by then.
  std::optional<Time> last_tick() {
    if (now_ <= last_tick_) return std::nullopt;
    return last_tick_ = now_;
  }

  // What an earlier run put into the journal, in order.
  void saw_hit(Time time) { now_ = std::max(now_, time); }
  void saw_tick(Time time) { last_tick_ = std::max(last_tick_, time); }
  void saw_epoch(Time time) { last_epoch_ = std::max(last_epoch_, time); }

  Time now() const { return now_; }

 private:
  static Time floor(Time time, Duration step) {
    const std::int64_t millis = to_millis(time);
    const std::int64_t rest = millis % step.count();
    return from_millis(millis - (rest < 0 ? rest + step.count() : rest));
  }

  Duration tick_;
  Duration epoch_;
  Time now_ = kBeginning;
  Time last_tick_ = kBeginning;
  Time last_epoch_ = kBeginning;
  Time doubtful_{};  // where a hit wanted to jump to that nothing has confirmed
};

}  // namespace millrace
