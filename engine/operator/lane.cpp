#include "engine/operator/lane.hpp"

#include "engine/base/check.hpp"

#include <algorithm>

namespace millrace {
namespace {

// The engine's own columns have no node; a node's name is never empty.
template <class T>
KeyedState<T>& own_column(ProfileTable& table, ColumnNumbers& numbers, const char* name) {
  auto column = std::make_unique<KeyedState<T>>();
  KeyedState<T>& made = *column;
  table.add_column(numbers.add(name), std::move(column));
  return made;
}

}  // namespace

Lane::Lane(Catalog& catalog, ColumnNumbers& numbers, config::Problems* problems)
    : catalog_(catalog),
      numbers_(numbers),
      problems_(problems),
      info_(own_column<ProfileInfo>(table_, numbers, ".info")),
      timers_(own_column<TimerList>(table_, numbers, ".timers")),
      facts_(info_) {}

TimerId Lane::timer(std::string_view name) {
  const std::uint32_t number = numbers_.add("timer:" + qualified(name));
  CHECK(number < 65'536 && nodes_begun_ > 0);
  timer_nodes_[static_cast<TimerId>(number)] = nodes_begun_ - 1;
  return static_cast<TimerId>(number);
}

void Lane::enrich(std::span<const std::string_view> makes, std::span<const std::string_view> of) {
  if (!planning()) return;
  catalog_.enrichments.push_back({node_, {makes.begin(), makes.end()}, {of.begin(), of.end()}});
}

void Lane::report(config::Problem problem) {
  CHECK(problems_ != nullptr);
  problems_->push_back(std::move(problem));
}

std::uint64_t& Lane::counter(std::string_view name) { return counters_[qualified(name)]; }

void Lane::set_timer(Slot slot, TimerId timer, Time due) {
  // The next millisecond at the earliest: a timer that sets itself cannot keep the clock from going
  // on.
  timers_[slot].set(timer, std::max(due, now_ + Duration(1)));
  arm(slot);
}

// Only an entry of the wheel that would come too late is missing: one that comes early is harmless.
void Lane::arm(Slot slot) {
  TimerList& list = timers_[slot];
  if (list.next() >= list.armed) return;
  list.armed = list.next();
  wheel_.schedule(list.armed, table_.profile(slot));
}

bool Lane::load(ProfileId profile, std::string_view record, Time armed) {
  const Slot slot = table_.add(profile);
  if (!table_.decode(slot, record)) {
    table_.remove(slot);
    return false;
  }
  timers_[slot].armed = armed;
  arm(slot);
  return true;
}

Time Lane::unload(Slot slot) {
  arm(slot);
  const Time armed = timers_[slot].armed;
  table_.remove(slot);
  return armed;
}

void Lane::merge(Slot into, Slot from) {
  table_.merge(into, from);
  arm(into);
  table_.remove(from);
}

void Lane::advance(Time from,
                   Time to,
                   const std::function<Slot(ProfileId)>& load,
                   const std::function<void(const Timer&)>& fire) {
  wheel_.advance(to, [&](Time due, ProfileId profile) {
    const Slot slot = load(profile);
    if (slot == kNoSlot || timers_[slot].armed != due) return;
    now_ = std::max(from, due);
    timers_[slot].armed = kNever;
    while (timers_[slot].next() <= due) {
      const TimerEntry entry = timers_[slot].pop();
      if (!timer_nodes_.contains(entry.id)) {
        // Set by an operator that the topology had at an earlier start, and has no more.
        table_.touch(slot, table_.used(slot));
        continue;
      }
      fire({entry.id, slot, from_millis(entry.due)});
    }
    arm(slot);
  });
  now_ = to;
}

}  // namespace millrace
