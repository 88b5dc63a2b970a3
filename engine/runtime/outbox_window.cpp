#include "engine/runtime/outbox_window.hpp"

#include "engine/base/check.hpp"

#include <algorithm>

namespace millrace {

void OutboxWindow::make_ready(const Pending& item) {
  if (item.due == kBeginning)
    fresh_.insert(item.delivery.sequence);
  else
    waiting_.emplace(item.due, item.delivery.sequence);
}

void OutboxWindow::make_unready(const Pending& item) {
  fresh_.erase(item.delivery.sequence);
  waiting_.erase({item.due, item.delivery.sequence});
}

void OutboxWindow::add(Pending item) {
  bytes_ += item.bytes();
  std::deque<std::uint64_t>& of_profile = profiles_[item.profile];
  of_profile.push_back(item.delivery.sequence);
  const bool first = of_profile.size() == 1;
  const auto [at, added] = items_.emplace(item.delivery.sequence, std::move(item));
  CHECK(added);
  if (first) make_ready(at->second);
}

Pending* OutboxWindow::take(Time now) {
  // What waited long enough goes first: a steady stream of new outputs would hold it up for ever.
  std::uint64_t sequence = 0;
  if (!waiting_.empty() && waiting_.begin()->first <= now)
    sequence = waiting_.begin()->second;
  else if (!fresh_.empty())
    sequence = *fresh_.begin();
  else
    return nullptr;
  Pending& item = items_.at(sequence);
  make_unready(item);
  item.in_flight = true;
  ++in_flight_;
  return &item;
}

Time OutboxWindow::next_due() const {
  if (!fresh_.empty()) return kBeginning;
  return waiting_.empty() ? kNever : waiting_.begin()->first;
}

void OutboxWindow::retry(std::uint64_t sequence, std::uint32_t attempt, Time due) {
  Pending& item = items_.at(sequence);
  CHECK(item.in_flight);
  item.in_flight = false;
  --in_flight_;
  item.delivery.attempt = attempt;
  item.due = due;
  make_ready(item);
}

Pending OutboxWindow::remove(std::uint64_t sequence) {
  const auto at = items_.find(sequence);
  CHECK(at != items_.end());
  Pending item = std::move(at->second);
  items_.erase(at);
  make_unready(item);
  if (item.in_flight) --in_flight_;
  bytes_ -= item.bytes();
  const auto of_profile = profiles_.find(item.profile);
  const bool first = of_profile->second.front() == sequence;
  std::erase(of_profile->second, sequence);
  if (of_profile->second.empty())
    profiles_.erase(of_profile);
  else if (first)
    make_ready(items_.at(of_profile->second.front()));
  return item;
}

const Pending* OutboxWindow::oldest_idle() const {
  for (const auto& [sequence, item] : items_)
    if (!item.in_flight) return &item;
  return nullptr;
}

}  // namespace millrace
