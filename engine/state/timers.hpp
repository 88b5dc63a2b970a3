// A lane's timers: at most one for each profile and TimerId, exact to the millisecond, checkpointed
// and moved as part of the profile's record.
//
// The wheel holds profiles, not timers: an entry says that a profile may have a timer due, and its
// list tells. Setting a timer to a later time touches only the list, which is what re-arming a
// session's end at every event needs. An entry that is not the one a list waits for is stale, and
// ignored.
#pragma once

#include "engine/base/compact_vector.hpp"
#include "engine/state/keyed_state.hpp"

#include <cstdint>

namespace millrace {

struct TimerEntry {
  std::int64_t due = 0;  // ms since 1970, UTC
  std::uint16_t id = 0;
};

// The timers of one profile, by (due, id).
struct TimerList {
  static constexpr std::uint32_t kVersion = 1;
  CompactVector<TimerEntry> entries;
  Time armed = kNever;  // due of the wheel's entry that counts; not part of the value

  // The earliest due, or kNever.
  Time next() const { return entries.empty() ? kNever : from_millis(entries[0].due); }
  // When timer `id` is due, or kNever.
  Time due(std::uint16_t id) const {
    for (const TimerEntry& entry : entries)
      if (entry.id == id) return from_millis(entry.due);
    return kNever;
  }
  // Sets or moves timer `id`; kNever cancels it.
  void set(std::uint16_t id, Time due);
  TimerEntry pop();  // Precondition: not empty.

  bool empty() const { return entries.empty(); }
  void encode(ByteWriter& to) const;
  bool decode(ByteReader& from, std::uint32_t version);
  // Where both have a timer, the earlier stays: its operator looks again when it fires.
  void merge(TimerList& other);
  std::size_t heap_bytes() const { return entries.heap_bytes(); }
  void prefetch_heap() const { entries.prefetch(); }
};

}  // namespace millrace
