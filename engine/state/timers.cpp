#include "engine/state/timers.hpp"

#include <tuple>

namespace millrace {

void TimerList::set(std::uint16_t id, Time due) {
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (entries[i].id != id) continue;
    if (entries[i].due == to_millis(due)) return;
    entries.erase(i, i + 1);
    break;
  }
  if (due == kNever) return;
  const TimerEntry entry{to_millis(due), id};
  std::uint32_t at = 0;
  while (at < entries.size() &&
         std::tie(entries[at].due, entries[at].id) < std::tie(entry.due, entry.id))
    ++at;
  entries.insert(at, entry);
}

TimerEntry TimerList::pop() {
  const TimerEntry first = entries[0];
  entries.erase(0, 1);
  return first;
}

void TimerList::encode(ByteWriter& to) const {
  to.varint(entries.size());
  for (const TimerEntry& entry : entries) {
    to.zigzag(entry.due);
    to.varint(entry.id);
  }
}

bool TimerList::decode(ByteReader& from, std::uint32_t version) {
  if (version != kVersion) return false;
  for (std::uint64_t left = from.varint(); left > 0 && from.ok(); --left) {
    const std::int64_t due = from.zigzag();
    const std::uint64_t id = from.varint();
    if (from.ok()) set(static_cast<std::uint16_t>(id), from_millis(due));
  }
  return from.ok();
}

void TimerList::merge(TimerList& other) {
  for (const TimerEntry& theirs : other.entries) {
    bool earlier = true;
    for (const TimerEntry& ours : entries) earlier &= ours.id != theirs.id || theirs.due < ours.due;
    if (earlier) set(theirs.id, from_millis(theirs.due));
  }
}

}  // namespace millrace
