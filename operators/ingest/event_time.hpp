// When an event happened, from three clocks of which only the collector's is to be trusted. Pure.
#pragma once

#include "engine/base/time.hpp"

#include <string_view>

namespace millrace {

struct EventClocks {
  Time original = kBeginning;  // when it happened, by the sender's clock; kBeginning: not said
  Time sent = kBeginning;      // when it was sent, by the same clock; kBeginning: not said
  Time received{};             // when the collector had it
};

struct TimePolicy {
  Duration skew_threshold{};  // >= 0
  Duration max_future{};      // >= 0
  Duration max_age{};         // 0: any age
  Duration max_correction{};  // 0: any correction is made; else > skew_threshold
};

struct EventTime {
  Time time{};              // never after `received`
  std::string_view reason;  // why the event is to be refused; empty: it is not
};

// The Segment spec's correction, received - (sent - original)
// (segment.com/docs/connections/spec/common), but only where sender and collector disagree by more
// than the threshold. Below it their difference is mostly the way through the network, and to take
// that for a wrong clock would reorder what one device sends over a changing connection. A sender
// that would need a larger correction than the policy has is not believed at all: its events
// happened on receipt.
EventTime event_time(const EventClocks& clocks, const TimePolicy& policy);

}  // namespace millrace
