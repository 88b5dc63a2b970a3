// Spares a receiver that is down: after some failures in a row nothing goes out for a while, and
// then one attempt at a time, until one succeeds. Not thread-safe: the outbox locks.
#pragma once

#include "engine/base/time.hpp"

#include <algorithm>
#include <cstdint>

namespace millrace {

class Breaker {
 public:
  // The pause begins with a second and doubles up to `pause_max`.
  Breaker(std::uint32_t failures, Duration pause_max)
      : failures_max_(failures), pause_max_(pause_max) {}

  // The receiver answered something.
  void answered() { failures_ = 0; }
  void failed(Time now) {
    if (++failures_ < failures_max_) return;
    const std::uint32_t doublings = std::min(failures_ - failures_max_, 20U);
    hold(now, std::min<Duration>(pause_max_, std::chrono::seconds(1) * (1U << doublings)));
  }
  // The receiver asked for this much time.
  void hold(Time now, Duration pause) { paused_until_ = std::max(paused_until_, now + pause); }

  bool open() const { return failures_ >= failures_max_; }
  // Whether another attempt may begin, beside those in flight.
  bool allows(Time now, std::size_t in_flight) const {
    return now >= paused_until_ && (!open() || in_flight == 0);
  }
  Time paused_until() const { return paused_until_; }

 private:
  std::uint32_t failures_max_;
  Duration pause_max_;
  std::uint32_t failures_ = 0;
  Time paused_until_ = kBeginning;
};

}  // namespace millrace
