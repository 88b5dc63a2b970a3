#include "operators/ingest/event_time.hpp"

#include <algorithm>

namespace millrace {

EventTime event_time(const EventClocks& clocks, const TimePolicy& policy) {
  if (clocks.original == kBeginning) return {clocks.received, {}};
  Time time = clocks.original;
  if (clocks.sent != kBeginning) {
    const Duration skew = clocks.received - clocks.sent;
    const bool wild =
        policy.max_correction > Duration(0) && std::chrono::abs(skew) > policy.max_correction;
    if (wild) return {clocks.received, {}};
    if (std::chrono::abs(skew) > policy.skew_threshold) time += skew;
  }
  if (time > clocks.received + policy.max_future) return {time, "too_far_in_the_future"};
  if (policy.max_age > Duration(0) && time < clocks.received - policy.max_age)
    return {time, "too_old"};
  return {std::min(time, clocks.received), {}};
}

}  // namespace millrace
