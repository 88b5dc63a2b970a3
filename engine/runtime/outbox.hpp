// Outputs on their way to one receiver: each is delivered at least once, always under the same id,
// and the topology never waits for the receiver (unless it is told to, when the outbox is full).
//
// An output has a sequence: how many the sink had before it since the journal's beginning. A replay
// makes the same sequences again. What holds at every moment:
//
// - Memory holds the newest outputs (the tail) and those being delivered (the window). Older ones
//   are in the store only. A checkpoint writes all that is in memory and not yet in the store, so
//   what a checkpoint covers is in the store until it is settled.
// - The cursor says which outputs are settled: delivered, dead or dropped. Workers write it every
//   so often, and every checkpoint does, together with the removal of what is settled. What was
//   settled after the last such write is delivered again after a crash.
// - Outputs that no checkpoint covers are made again by the replay. The cursor may know some of
//   them as settled; a hash of the id, written with the cursor, says whether it means the same
//   output, for a changed topology makes others.
//
// One thread completes batches (add, commit, committed), any number of workers deliver (keep, take,
// settle). The lock is held for the store only where the completing thread itself writes to it.
#pragma once

#include "engine/metrics/metrics.hpp"
#include "engine/runtime/breaker.hpp"
#include "engine/runtime/outbox_record.hpp"
#include "engine/runtime/outbox_window.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct OutboxMetrics {
  OutboxMetrics() = default;
  OutboxMetrics(Metrics& metrics, const std::string& sink);

  Counter delivered;
  Counter retried;
  Counter dead;
  Counter dropped;
  Gauge pending;
  Gauge pending_bytes;
  Gauge oldest;
  Gauge disabled;
  Histogram latency;
};

struct OutboxOptions {
  std::string sink;    // its name
  std::string target;  // DeliveringSink::target()
  OutboxConfig box;
  DeliveryConfig delivery;
  Store* store = nullptr;  // optional; outlives the outbox
  OutboxMetrics metrics;
};

// Counts since the outbox was made; the rest as of now.
struct OutboxStatus {
  std::uint64_t delivered = 0;
  std::uint64_t retried = 0;
  std::uint64_t dead = 0;
  std::uint64_t dropped = 0;
  std::uint64_t pending = 0;
  std::uint64_t pending_bytes = 0;
  bool paused = false;       // the receiver failed too often in a row
  std::string disabled;      // why the receiver wants nothing more; empty: it does not say so
  std::string last_failure;  // of an attempt; empty: none failed
};

class Outbox {
 public:
  explicit Outbox(OutboxOptions options);

  // Once, before all else. `state` is what commit() said at the checkpoint that the topology goes
  // on from.
  Status open(std::string_view state);

  // The completing thread. Sets the delivery's sequence. An error is a worker's or the store's, and
  // ends the topology.
  Status add(Pending item);
  // Adds what a checkpoint has to write; committed() says that it is durable.
  std::string commit(WriteSet& changes);
  void committed();

  // Workers. First what is due in the store: reads what is next, writes what is settled. `all`:
  // writes also what could wait a little.
  Status keep(Time now, bool all = false);
  // Then the next output to deliver, or null. It is the caller's until settled.
  const Delivery* take(Time now);
  void settle(const Delivery& delivery, const Answer& answer, Time now);
  // Returns when there may be something to do again; false: stop.
  bool wait(Time now);
  // When that will be if nothing else happens; not after `now`: at once.
  Time wake(Time now) const;

  // Any thread.
  void fail(const Error& error);  // add() will say so
  void stop();                    // wait() and a blocked add() return
  void enable();                  // a disabled sink is to try again
  OutboxStatus status() const;
  // Whether everything is settled, within this time.
  bool wait_until_empty(Duration at_most);

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Interval {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  Status restore_cursor();
  Status restore_pending(WriteSet& garbage);
  Status restore_rest(WriteSet& garbage);
  bool settled_before(const Delivery& delivery) const;

  Status make_room(Lock& lock);
  Status drop_oldest();
  Status spill();
  void append_stored(std::uint64_t sequence);
  std::vector<std::string> next_stored(std::size_t most, std::vector<std::uint64_t>& sequences);

  // Half of the memory is the window's, half the tail's.
  std::uint64_t half_memory() const { return options_.box.memory.bytes / 2; }
  bool window_has_room() const;
  void fill_from_tail();
  Status fill_from_store(Lock& lock);
  void open_up(std::uint64_t sequence);
  void pass_over(std::uint64_t sequence);
  void admit(Pending item);
  void forget(const Pending& item);
  void bury(Pending item, std::string reason, Time now);
  void write_down(WriteSet& changes);
  bool flush_due(Time now) const;
  Status flush(Lock& lock, Time now);
  Time wake_locked(Time now) const;
  void show_pending();
  void show(Time now);
  std::string key(char kind, std::uint64_t sequence) const {
    return outbox_key(options_.sink, kind, sequence);
  }

  const OutboxOptions options_;
  OutboxMetrics metrics_;
  mutable std::mutex mutex_;
  std::condition_variable work_;  // for workers
  std::condition_variable room_;  // something was settled
  // All below under the lock.
  OutboxCursor cursor_;
  std::uint64_t next_ = 0;            // sequence
  std::uint64_t durable_next_ = 0;    // as of the newest durable checkpoint
  std::uint64_t first_frontier_ = 0;  // at open
  std::deque<Interval> stored_;       // what is in the store only; below everything in the tail
  std::deque<Pending> tail_;
  std::uint64_t tail_bytes_ = 0;
  OutboxWindow window_;
  Breaker breaker_;
  OutboxHashes remembered_;           // of the last run, for the replay
  OutboxHashes hashes_;               // to be written
  std::deque<Interval> hash_chunks_;  // in the store
  std::vector<std::string> removals_;
  std::vector<DeadLetter> letters_;  // to be written
  std::deque<std::uint64_t> dead_;   // in the store
  std::uint64_t unflushed_ = 0;      // changes of the cursor
  Time flushed_ = kBeginning;
  bool keeping_ = false;     // a worker is at the store
  bool writing_ = false;     // and writes
  bool committing_ = false;  // a checkpoint is being written
  bool stopped_ = false;
  Status failure_;
  OutboxStatus status_;
};

}  // namespace millrace
