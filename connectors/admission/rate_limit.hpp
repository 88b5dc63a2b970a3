// How often something may happen, as a token bucket: the generic cell rate algorithm (ITU-T I.371),
// one word. Any thread, without a lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace millrace::admission {

class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  // Unlimited.
  RateLimit() = default;
  // So many a second in the long run, and up to `burst` at once. 0 a second: unlimited.
  RateLimit(double per_second, double burst)
      : nanos_each_(per_second > 0 ? 1e9 / per_second : 0), nanos_ahead_(nanos_each_ * burst) {}

  // Whether there is room at all; takes `count`, which may be more than there was: the next ones
  // wait for it. So a batch that is larger than the burst gets through, and is paid for.
  bool take(std::uint64_t count, Clock::time_point now) {
    if (nanos_each_ == 0) return true;
    const std::int64_t at = nanos(now);
    const double cost = nanos_each_ * static_cast<double>(count);
    std::int64_t paid_until = paid_until_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t from = paid_until > at ? paid_until : at;
      if (static_cast<double>(from - at) >= nanos_ahead_) return false;
      const std::int64_t until = from + static_cast<std::int64_t>(cost);
      if (paid_until_.compare_exchange_weak(paid_until, until, std::memory_order_relaxed))
        return true;
    }
  }

  // When take() may give true again; at least a second, as Retry-After counts them.
  std::chrono::seconds wait(Clock::time_point now) const {
    const auto ahead =
        static_cast<double>(paid_until_.load(std::memory_order_relaxed) - nanos(now));
    const double seconds = (ahead - nanos_ahead_) / 1e9;
    return std::chrono::seconds(seconds < 1 ? 1 : static_cast<std::int64_t>(seconds) + 1);
  }

 private:
  static std::int64_t nanos(Clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }

  double nanos_each_ = 0;
  double nanos_ahead_ = 0;
  std::atomic<std::int64_t> paid_until_{0};
};

}  // namespace millrace::admission
