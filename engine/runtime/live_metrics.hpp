// What a live engine shows of itself in numbers: what came in and what became of it, how far behind
// it is, who is in which segment, what journal and checkpoints cost.
//
// Two threads write, each its own functions: the one that completes batches, and the intake's.
// Without a registry all of it does nothing.
#pragma once

#include "engine/journal/journal.hpp"
#include "engine/metrics/metrics.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/pipeline.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace millrace {

class LiveMetrics {
 public:
  // `metrics` may be null.
  LiveMetrics(Metrics* metrics, ReadClock clock);

  // The next batches are of this plan, and add to these totals. Before any batch.
  void begin(const Catalog& catalog, const Totals& totals);
  // On the completing thread. A checkpoint, where one is due, is written between the two.
  void completed(const Completed& completed);
  void checkpointed();
  // On the intake's thread, after every group; `time` is the journal's clock.
  void turned(const ClockReading& reading, Time time);
  // On the intake's thread, about once a second.
  void look(const Journal& journal, std::uint64_t profiles, Position processed, Duration behind);

 private:
  struct Segment {
    Gauge members;
    Counter entered;
    Counter left;
  };
  using Reasons = std::map<std::string, Counter, std::less<>>;

  // A metric for each of some counts, by name.
  struct Counted {
    std::string_view name, help, label;
    Reasons counters{};
  };
  void add_new(const ReasonCounts& all, const ReasonCounts& before, Counted& to);
  std::chrono::nanoseconds steady() const { return clock_().steady; }

  Metrics* const metrics_;
  const ReadClock clock_;
  // How far the journal's clock is ahead of the machine's; ns.
  std::atomic<std::int64_t> ahead_{0};
  std::atomic<std::int64_t> checkpoint_at_{0};  // steady, ns
  Account before_;                              // what the counters know of
  Counter events_;
  Counter kept_;
  Counted dropped_{"events_dropped", "Events, by why.", "reason"};
  Counted rejected_{"events_rejected", "Events, by why.", "reason"};
  Counted noted_{"operator_notes", "What operators count, by node and what it is.", "what"};
  Counter effects_;
  Histogram event_seconds_;
  std::vector<Segment> segments_;  // by SegmentId
  std::chrono::nanoseconds batch_done_{};
  Histogram checkpoint_seconds_;
  Gauge checkpoint_age_;
  Gauge lag_seconds_;
  Gauge lag_records_;
  Gauge profiles_;
  Gauge journal_bytes_;
  Gauge journal_records_;
  Gauge journal_failures_;
};

}  // namespace millrace
