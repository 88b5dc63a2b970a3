// The outputs of one sink that are being delivered or wait for their next attempt: a bounded part
// of what the sink has yet to deliver. Says which one is next.
//
// Outputs of one profile go one after the other, in order of sequence: one that waits for its next
// attempt holds up its own profile and nobody else. Not thread-safe: the outbox locks.
#pragma once

#include "engine/event/event.hpp"
#include "engine/operator/delivery.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

namespace millrace {

// What an output counts for, against the outbox's bound.
constexpr std::uint64_t pending_bytes(std::size_t id, std::size_t body) { return id + body + 64; }

struct Pending {
  Delivery delivery;
  ProfileId profile = kNoProfile;
  bool stored = false;     // in the store
  bool in_flight = false;  // with a worker
  Time due = kBeginning;   // of the next attempt

  std::uint64_t bytes() const { return pending_bytes(delivery.id.size(), delivery.body.size()); }
};

class OutboxWindow {
 public:
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  std::uint64_t bytes() const { return bytes_; }
  std::size_t in_flight() const { return in_flight_; }

  // Precondition: of all that were ever added, the highest sequence of its profile.
  void add(Pending item);
  // The next to deliver, or null. It stays where it is until it is settled.
  Pending* take(Time now);
  // When take() has something again, at the earliest, if nothing is added or settled.
  Time next_due() const;
  // One that was taken is to be tried again.
  void retry(std::uint64_t sequence, std::uint32_t attempt, Time due);
  // One is done with, whether it was taken or not.
  Pending remove(std::uint64_t sequence);
  // The lowest sequence; null if it is empty.
  const Pending* oldest() const { return items_.empty() ? nullptr : &items_.begin()->second; }
  // The same of those that no worker has.
  const Pending* oldest_idle() const;

  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [sequence, item] : items_) visit(item);
  }

 private:
  void make_ready(const Pending& item);
  void make_unready(const Pending& item);

  std::map<std::uint64_t, Pending> items_;
  std::unordered_map<ProfileId, std::deque<std::uint64_t>> profiles_;  // its items; the first goes
  // The first of each profile, unless a worker has it: never tried, or by its next attempt.
  std::set<std::uint64_t> fresh_;
  std::set<std::pair<Time, std::uint64_t>> waiting_;
  std::uint64_t bytes_ = 0;
  std::size_t in_flight_ = 0;
};

}  // namespace millrace
