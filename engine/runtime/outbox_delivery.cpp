// The workers' side of the outbox.
#include "engine/base/hash.hpp"
#include "engine/runtime/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

constexpr std::size_t kWindow = 1024;   // outputs that are open at a time
constexpr std::size_t kStoreRead = 64;  // outputs
constexpr std::uint64_t kFlushChanges = 256;
constexpr Duration kFlushEvery = std::chrono::seconds(1);
constexpr Duration kPauseMax = std::chrono::hours(24);
constexpr std::size_t kReasonMax = 500;

// The same in every run: nine to eleven tenths, by the output and the attempt.
Duration with_jitter(Duration delay, const Delivery& delivery) {
  const std::uint64_t hash = hash64(delivery.id, delivery.attempt);
  return Duration(delay.count() * static_cast<std::int64_t>(900 + hash % 201) / 1000);
}

}  // namespace

bool Outbox::window_has_room() const {
  return window_.size() < kWindow && window_.bytes() < half_memory();
}

// From now on the cursor covers it, as not settled.
void Outbox::open_up(std::uint64_t sequence) {
  if (sequence < cursor_.frontier) return;
  cursor_.frontier = sequence + 1;
  cursor_.open.try_emplace(sequence);
}

void Outbox::admit(Pending item) {
  const std::uint64_t sequence = item.delivery.sequence;
  const OutboxCursor::Attempts& attempts = cursor_.open.at(sequence);
  item.delivery.attempt = attempts.made + 1;
  item.due = attempts.due;
  // A replay must recognize it, unless a checkpoint covers it, or the last run wrote the same.
  if (options_.store != nullptr && sequence >= std::max(durable_next_, first_frontier_))
    hashes_.emplace_back(sequence, hash64(item.delivery.id));
  window_.add(std::move(item));
}

void Outbox::fill_from_tail() {
  if (keeping_ || !stored_.empty()) return;  // those come first
  while (!tail_.empty() && window_has_room()) {
    Pending item = std::move(tail_.front());
    tail_.pop_front();
    tail_bytes_ -= item.bytes();
    open_up(item.delivery.sequence);
    admit(std::move(item));
  }
}

std::vector<std::string> Outbox::next_stored(std::size_t most,
                                             std::vector<std::uint64_t>& sequences) {
  std::vector<std::string> keys;
  while (!stored_.empty() && keys.size() < most) {
    Interval& first = stored_.front();
    sequences.push_back(first.begin);
    keys.push_back(key('e', first.begin++));
    if (first.begin == first.end) stored_.pop_front();
  }
  return keys;
}

Status Outbox::fill_from_store(Lock& lock) {
  while (!stored_.empty() && window_has_room()) {
    std::vector<std::uint64_t> sequences;
    const std::vector<std::string> keys = next_stored(kStoreRead, sequences);
    // Before the lock is given up: others may pass over later ones meanwhile.
    for (const std::uint64_t sequence : sequences) open_up(sequence);
    std::vector<std::optional<std::string>> values;
    lock.unlock();
    const Status read = options_.store->read(keys, values);
    lock.lock();
    if (!read) return read;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto item = values[i] ? decode_pending(sequences[i], *values[i]) : std::nullopt;
      if (item && cursor_.open.contains(sequences[i]))
        admit(*std::move(item));
      else if (!values[i])
        cursor_.open.erase(sequences[i]);
      else
        return Error{fmt::format("an output of the sink {} is damaged", options_.sink)};
    }
  }
  return {};
}

Status Outbox::keep(Time now, bool all) {
  Lock lock(mutex_);
  show(now);
  const bool reads = !stopped_ && !stored_.empty() && window_has_room();
  const bool writes = flush_due(now) || (all && unflushed_ > 0 && !committing_);
  if (keeping_ || options_.store == nullptr || !(reads || writes)) return {};
  keeping_ = true;
  Status done = writes ? flush(lock, now) : Status();
  if (done.ok() && reads) done = fill_from_store(lock);
  keeping_ = false;
  work_.notify_all();
  return done;
}

bool Outbox::flush_due(Time now) const {
  if (committing_ || unflushed_ == 0) return false;
  return unflushed_ >= kFlushChanges || now >= flushed_ + kFlushEvery || now < flushed_;
}

Status Outbox::flush(Lock& lock, Time now) {
  WriteSet changes;
  write_down(changes);
  if (!hashes_.empty()) {
    hash_chunks_.push_back({hashes_.front().first, hashes_.back().first + 1});
    changes.put(key('h', hashes_.front().first), encode_hashes(hashes_));
    hashes_.clear();
  }
  flushed_ = now;
  writing_ = true;
  lock.unlock();
  Status written = options_.store->write(changes);
  lock.lock();
  writing_ = false;
  room_.notify_all();
  return written;
}

const Delivery* Outbox::take(Time now) {
  const Lock lock(mutex_);
  if (stopped_ || !failure_ || !cursor_.disabled.empty()) return nullptr;
  fill_from_tail();
  if (!breaker_.allows(now, window_.in_flight())) return nullptr;
  const Pending* next = window_.take(now);
  return next == nullptr ? nullptr : &next->delivery;
}

void Outbox::settle(const Delivery& delivery, const Answer& answer, Time now) {
  const Lock lock(mutex_);
  const std::uint64_t sequence = delivery.sequence;
  work_.notify_all();
  if (stopped_ && answer.kind == Answer::Kind::kRetry) {
    window_.retry(sequence, delivery.attempt, now);  // it was broken off: that counts for nothing
    return;
  }
  if (answer.kind != Answer::Kind::kDelivered)
    status_.last_failure = answer.reason.substr(0, kReasonMax);
  if (answer.receiver_down)
    breaker_.failed(now);
  else
    breaker_.answered();
  if (answer.after) breaker_.hold(now, std::min(*answer.after, kPauseMax));

  if (answer.kind == Answer::Kind::kDisable) {
    cursor_.disabled = answer.reason.empty() ? "by the receiver" : answer.reason;
    cursor_.target = options_.target;
    window_.retry(sequence, delivery.attempt, now);
    ++unflushed_;
    return;
  }
  const std::vector<Duration>& schedule = options_.delivery.retry;
  if (answer.kind == Answer::Kind::kRetry && delivery.attempt <= schedule.size()) {
    const Duration delay = with_jitter(schedule[delivery.attempt - 1], delivery);
    OutboxCursor::Attempts& attempts = cursor_.open.at(sequence);
    attempts = {delivery.attempt, now + std::max(delay, answer.after.value_or(Duration(0)))};
    ++status_.retried;
    metrics_.retried.add();
    window_.retry(sequence, delivery.attempt + 1, attempts.due);
    ++unflushed_;
    return;
  }
  cursor_.open.erase(sequence);
  Pending item = window_.remove(sequence);
  forget(item);
  if (answer.kind == Answer::Kind::kDelivered) {
    ++status_.delivered;
    metrics_.delivered.add();
    metrics_.latency.record(now - item.delivery.time);
  } else {
    bury(std::move(item), answer.reason, now);
  }
}

void Outbox::bury(Pending item, std::string reason, Time now) {
  ++status_.dead;
  metrics_.dead.add();
  if (options_.store == nullptr || options_.box.dead_letters == 0) return;
  reason.resize(std::min(reason.size(), kReasonMax));
  letters_.push_back({std::move(item.delivery), now, std::move(reason)});
}

void Outbox::forget(const Pending& item) {
  --status_.pending;
  status_.pending_bytes -= item.bytes();
  show_pending();
  if (item.stored) removals_.push_back(key('e', item.delivery.sequence));
  ++unflushed_;
  room_.notify_all();
}

Time Outbox::wake_locked(Time now) const {
  Time at = kNever;
  if (!keeping_ && options_.store != nullptr) {
    if (unflushed_ > 0 && !committing_) at = flush_due(now) ? now : flushed_ + kFlushEvery;
    if (!stored_.empty() && window_has_room()) at = now;
  }
  if (!cursor_.disabled.empty()) return at;
  const bool tail_waits = !tail_.empty() && !keeping_ && stored_.empty() && window_has_room();
  const Time due = tail_waits ? now : window_.next_due();
  if (breaker_.open() && window_.in_flight() > 0) return at;
  return due == kNever ? at : std::min(at, std::max(due, breaker_.paused_until()));
}

Time Outbox::wake(Time now) const {
  const Lock lock(mutex_);
  return wake_locked(now);
}

bool Outbox::wait(Time now) {
  Lock lock(mutex_);
  if (stopped_ || !failure_) return false;
  const Time at = wake_locked(now);
  if (at > now) {
    // A clock that jumps must not make it wait for ever.
    const Duration most = std::chrono::minutes(1);
    work_.wait_for(lock, at == kNever ? most : std::min<Duration>(at - now, most));
  }
  return !stopped_;
}

void Outbox::show_pending() {
  metrics_.pending.set(static_cast<double>(status_.pending));
  metrics_.pending_bytes.set(static_cast<double>(status_.pending_bytes));
}

void Outbox::show(Time now) {
  show_pending();
  metrics_.disabled.set(cursor_.disabled.empty() ? 0 : 1);
  const Pending* oldest = window_.oldest();
  if (oldest == nullptr && stored_.empty() && !tail_.empty()) oldest = &tail_.front();
  const Duration age = oldest == nullptr ? Duration(0) : now - oldest->delivery.time;
  metrics_.oldest.set(std::chrono::duration<double>(age).count());
}

}  // namespace millrace
