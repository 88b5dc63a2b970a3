// The completing thread's side of the outbox, and how it comes back from the store.
#include "engine/runtime/outbox.hpp"

#include "engine/base/codec.hpp"
#include "engine/base/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace millrace {
namespace {

// Sequences that are no more than this apart share an interval: asking the store for one that is
// not there is cheap.
constexpr std::uint64_t kGap = 64;
constexpr std::size_t kDropRead = 16;  // outputs, from the store, to learn their sizes

}  // namespace

OutboxMetrics::OutboxMetrics(Metrics& metrics, const std::string& sink) {
  const Labels labels = {{"sink", sink}};
  delivered = metrics.counter("sink_delivered", "Outputs that the receiver has.", labels);
  retried = metrics.counter("sink_retried", "Attempts that failed and come again.", labels);
  dead = metrics.counter("sink_dead_letters", "Outputs refused or given up for good.", labels);
  dropped = metrics.counter("sink_dropped", "Outputs dropped from a full outbox.", labels);
  pending = metrics.gauge("sink_pending", "Outputs that the receiver does not have yet.", labels);
  pending_bytes = metrics.gauge("sink_pending_size_bytes", "Bytes of these outputs.", labels);
  oldest = metrics.gauge(
      "sink_oldest_pending_age_seconds", "How long ago the oldest of these was made.", labels);
  disabled = metrics.gauge(
      "sink_disabled", "1 when the receiver said that it wants nothing more.", labels);
  latency = metrics.histogram("sink_latency",
                              "From the journal's time of an output to its delivery.",
                              Unit::kSeconds,
                              labels);
}

Outbox::Outbox(OutboxOptions options)
    : options_(std::move(options)),
      metrics_(options_.metrics),
      breaker_(options_.delivery.failures, options_.delivery.pause) {}

Status Outbox::open(std::string_view state) {
  const Lock lock(mutex_);
  ByteReader from(state);
  if (!state.empty()) next_ = durable_next_ = from.varint();
  if (!from.done())
    return Error{fmt::format("the checkpoint's state of the sink {} is damaged", options_.sink)};
  if (options_.store == nullptr) return {};
  if (Status restored = restore_cursor(); !restored) return restored;
  WriteSet garbage;
  if (Status restored = restore_pending(garbage); !restored) return restored;
  if (Status restored = restore_rest(garbage); !restored) return restored;
  return garbage.changes.empty() ? Status() : options_.store->write(garbage);
}

Status Outbox::restore_cursor() {
  const std::string key = outbox_key(options_.sink, 'c');
  std::vector<std::optional<std::string>> values;
  if (Status read = options_.store->read({&key, 1}, values); !read) return read;
  if (!values[0]) return {};
  auto cursor = OutboxCursor::decode(*values[0]);
  if (!cursor) return Error{fmt::format("the cursor of the sink {} is damaged", options_.sink)};
  cursor_ = *std::move(cursor);
  first_frontier_ = cursor_.frontier;
  if (cursor_.target != options_.target) cursor_.disabled.clear();
  return {};
}

// Outputs in the store that the checkpoint does not cover come again; those that are settled were
// removed too late.
Status Outbox::restore_pending(WriteSet& garbage) {
  bool good = true;
  // What the cursor calls open and a checkpoint wrote nowhere was settled before that checkpoint.
  std::set<std::uint64_t> gone;
  for (const auto& [sequence, attempts] : cursor_.open)
    if (sequence < next_) gone.insert(sequence);
  const auto visit = [&](std::string_view key, std::string_view value) {
    const std::uint64_t sequence = outbox_sequence(key).value_or(0);
    const bool settled = sequence < cursor_.frontier && !cursor_.open.contains(sequence);
    if (settled || sequence >= next_) {
      garbage.remove(std::string(key));
      return true;
    }
    const auto bytes = pending_bytes(value);
    good = bytes.has_value();
    if (!good) return false;
    gone.erase(sequence);
    append_stored(sequence);
    ++status_.pending;
    status_.pending_bytes += *bytes;
    return true;
  };
  if (Status read = options_.store->scan(outbox_key(options_.sink, 'e'), visit); !read) return read;
  for (const std::uint64_t sequence : gone) cursor_.open.erase(sequence);
  return good ? Status()
              : Status(Error{fmt::format("an output of the sink {} is damaged", options_.sink)});
}

Status Outbox::restore_rest(WriteSet& garbage) {
  bool good = true;
  const auto visit = [&](std::string_view key, std::string_view value) {
    OutboxHashes chunk;
    good = decode_hashes(value, chunk) && !chunk.empty();
    if (!good) return false;
    if (chunk.back().first < next_) {
      garbage.remove(std::string(key));
      return true;
    }
    hash_chunks_.push_back({chunk.front().first, chunk.back().first + 1});
    remembered_.insert(remembered_.end(), chunk.begin(), chunk.end());
    return true;
  };
  if (Status read = options_.store->scan(outbox_key(options_.sink, 'h'), visit); !read) return read;
  if (!good) return Error{fmt::format("what the sink {} has delivered is damaged", options_.sink)};
  return options_.store->scan(outbox_key(options_.sink, 'x'), [&](auto key, auto /*value*/) {
    dead_.push_back(outbox_sequence(key).value_or(0));
    return true;
  });
}

bool Outbox::settled_before(const Delivery& delivery) const {
  if (delivery.sequence >= cursor_.frontier || cursor_.open.contains(delivery.sequence))
    return false;
  const auto at = std::lower_bound(
      remembered_.begin(), remembered_.end(), std::pair(delivery.sequence, std::uint64_t{0}));
  return at != remembered_.end() && *at == std::pair(delivery.sequence, hash64(delivery.id));
}

Status Outbox::add(Pending item) {
  Lock lock(mutex_);
  if (!failure_) return failure_;
  item.delivery.sequence = next_++;
  if (settled_before(item.delivery)) return {};
  // Another output than the one that was settled under this sequence: the topology was changed.
  if (item.delivery.sequence < cursor_.frontier) cursor_.open.try_emplace(item.delivery.sequence);
  ++status_.pending;
  status_.pending_bytes += item.bytes();
  tail_bytes_ += item.bytes();
  tail_.push_back(std::move(item));
  show_pending();
  work_.notify_one();
  if (Status made = make_room(lock); !made) return made;
  if (options_.store != nullptr && tail_bytes_ > half_memory()) return spill();
  return {};
}

Status Outbox::make_room(Lock& lock) {
  const config::Size& bound = options_.store != nullptr
                                  ? options_.box.max
                                  : std::min(options_.box.max, options_.box.memory);
  if (options_.box.full == Full::kBlock) {
    room_.wait(lock, [&] { return status_.pending_bytes <= bound.bytes || stopped_ || !failure_; });
    return failure_;
  }
  while (status_.pending_bytes > bound.bytes) {
    const std::uint64_t before = status_.pending;
    if (Status dropped = drop_oldest(); !dropped) return dropped;
    if (status_.pending == before) break;  // all that is left is with workers
  }
  return {};
}

Status Outbox::drop_oldest() {
  const auto drop = [this](const Pending& item) {
    forget(item);
    ++status_.dropped;
    metrics_.dropped.add();
  };
  if (const Pending* oldest = window_.oldest_idle()) {
    cursor_.open.erase(oldest->delivery.sequence);
    drop(window_.remove(oldest->delivery.sequence));
  } else if (!stored_.empty()) {
    std::vector<std::uint64_t> sequences;
    // A read is worth some of them, but no great part of what is kept.
    const auto most = std::clamp<std::size_t>(status_.pending / 8, 1, kDropRead);
    const std::vector<std::string> keys = next_stored(most, sequences);
    std::vector<std::optional<std::string>> values;
    if (Status read = options_.store->read(keys, values); !read) return read;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      pass_over(sequences[i]);
      if (!values[i]) continue;
      auto item = decode_pending(sequences[i], *values[i]);
      if (item) drop(*item);
    }
  } else if (!tail_.empty()) {
    const Pending item = std::move(tail_.front());
    tail_.pop_front();
    tail_bytes_ -= item.bytes();
    pass_over(item.delivery.sequence);
    drop(item);
  }
  return {};
}

// Settled without ever having been in the window.
void Outbox::pass_over(std::uint64_t sequence) {
  cursor_.open.erase(sequence);
  cursor_.frontier = std::max(cursor_.frontier, sequence + 1);
}

void Outbox::append_stored(std::uint64_t sequence) {
  if (stored_.empty() || sequence > stored_.back().end + kGap)
    stored_.push_back({sequence, sequence + 1});
  else
    stored_.back().end = sequence + 1;
}

// The memory is used up: the tail goes to the store. Before the checkpoint that will cover it; if
// that never comes, the replay makes the same outputs again.
Status Outbox::spill() {
  WriteSet changes;
  for (const Pending& item : tail_) {
    if (!item.stored) changes.put(key('e', item.delivery.sequence), encode_pending(item));
    append_stored(item.delivery.sequence);
  }
  tail_.clear();
  tail_bytes_ = 0;
  work_.notify_one();
  return options_.store->write(changes);
}

std::string Outbox::commit(WriteSet& changes) {
  Lock lock(mutex_);
  // One write after the other: an older cursor must not overwrite this one.
  room_.wait(lock, [this] { return !writing_; });
  committing_ = true;
  const auto put = [&](Pending& item) {
    if (!item.stored) changes.put(key('e', item.delivery.sequence), encode_pending(item));
    item.stored = true;
  };
  window_.for_each(put);
  for (Pending& item : tail_) put(item);
  write_down(changes);
  // The checkpoint covers everything up to here, so no replay will make it again.
  hashes_.clear();
  for (; !hash_chunks_.empty() && hash_chunks_.front().end <= next_; hash_chunks_.pop_front())
    changes.remove(key('h', hash_chunks_.front().begin));
  if (!remembered_.empty() && remembered_.back().first < next_) remembered_.clear();
  std::string state;
  ByteWriter(state).varint(next_);
  return state;
}

void Outbox::committed() {
  const Lock lock(mutex_);
  durable_next_ = next_;
  committing_ = false;
  work_.notify_all();
}

// The cursor, and what goes with it: what is settled leaves the store, or becomes a dead letter.
void Outbox::write_down(WriteSet& changes) {
  changes.put(outbox_key(options_.sink, 'c'), cursor_.encode());
  for (std::string& key : removals_) changes.remove(std::move(key));
  removals_.clear();
  for (const DeadLetter& letter : letters_) {
    changes.put(key('x', letter.delivery.sequence), letter.encode());
    dead_.push_back(letter.delivery.sequence);
  }
  letters_.clear();
  for (; dead_.size() > options_.box.dead_letters; dead_.pop_front())
    changes.remove(key('x', dead_.front()));
  unflushed_ = 0;
}

void Outbox::fail(const Error& error) {
  const Lock lock(mutex_);
  if (failure_.ok()) failure_ = error;
  room_.notify_all();
  work_.notify_all();
}

void Outbox::stop() {
  const Lock lock(mutex_);
  stopped_ = true;
  work_.notify_all();
  room_.notify_all();
}

void Outbox::enable() {
  const Lock lock(mutex_);
  cursor_.disabled.clear();
  ++unflushed_;
  work_.notify_all();
}

OutboxStatus Outbox::status() const {
  const Lock lock(mutex_);
  OutboxStatus status = status_;
  status.paused = breaker_.open();
  status.disabled = cursor_.disabled;
  return status;
}

bool Outbox::wait_until_empty(Duration at_most) {
  Lock lock(mutex_);
  return room_.wait_for(lock, at_most, [this] { return status_.pending == 0 || !failure_; }) &&
         status_.pending == 0;
}

}  // namespace millrace
