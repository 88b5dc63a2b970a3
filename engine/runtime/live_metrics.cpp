#include "engine/runtime/live_metrics.hpp"

#include <utility>

namespace millrace {
namespace {

using std::chrono::nanoseconds;

std::uint64_t count_of(const ReasonCounts& counts, std::string_view reason) {
  for (const auto& [known, count] : counts.all())
    if (known == reason) return count;
  return 0;
}

double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

LiveMetrics::LiveMetrics(Metrics* metrics, ReadClock clock)
    : metrics_(metrics), clock_(std::move(clock)) {
  if (metrics == nullptr) return;
  events_ = metrics->counter("events", "Events that were read, good or not.");
  kept_ = metrics->counter("events_kept", "Events that came to the end of the topology.");
  effects_ = metrics->counter("effects", "Effects that were put out.");
  event_seconds_ = metrics->histogram(
      "event_visible", "From a hit's receipt until what it changes can be seen.", Unit::kSeconds);
  checkpoint_seconds_ =
      metrics->histogram("checkpoint", "How long checkpoints took to be written.", Unit::kSeconds);
  checkpoint_age_ =
      metrics->gauge("checkpoint_age_seconds", "Since the newest checkpoint was written.");
  lag_seconds_ = metrics->gauge("lag_seconds", "How old the oldest event is that waits.");
  lag_records_ = metrics->gauge("lag_records", "Journal records that wait to be processed.");
  profiles_ = metrics->gauge("profiles", "Profiles that exist.");
  journal_bytes_ = metrics->gauge("journal_bytes", "Of the journal's files.");
  journal_records_ = metrics->gauge("journal_records", "Records that the journal holds.");
  journal_failures_ =
      metrics->gauge("journal_failures", "Writes and syncs that failed since the start.");
}

void LiveMetrics::begin(const Catalog& catalog, const Totals& totals) {
  if (metrics_ == nullptr) return;
  before_ = totals.account;
  checkpoint_at_.store(steady().count());
  segments_.clear();
  for (const std::string& name : catalog.segments()) {
    Segment& made = segments_.emplace_back();
    made.members =
        metrics_->gauge("segment_members", "Profiles in a segment.", {{"segment", name}});
    made.entered =
        metrics_->counter("segment_entered", "Profiles that entered it.", {{"segment", name}});
    made.left = metrics_->counter("segment_left", "Profiles that left it.", {{"segment", name}});
    made.members.set(static_cast<double>(totals.segment_size[segments_.size() - 1]));
  }
}

void LiveMetrics::add_new(const ReasonCounts& all, const ReasonCounts& before, Counted& to) {
  for (const auto& [reason, count] : all.all()) {
    const std::uint64_t added = count - count_of(before, reason);
    if (added == 0) continue;
    auto at = to.counters.find(reason);
    if (at == to.counters.end()) {
      Labels labels{{std::string(to.label), reason}};
      at =
          to.counters.emplace(reason, metrics_->counter(to.name, to.help, std::move(labels))).first;
    }
    at->second.add(added);
  }
}

void LiveMetrics::completed(const Completed& completed) {
  if (metrics_ == nullptr) return;
  const ClockReading now = clock_();
  batch_done_ = now.steady;
  const Account& account = completed.totals.account;
  if (account.events != before_.events) {
    events_.add(account.events - before_.events);
    kept_.add(account.kept - before_.kept);
    add_new(account.dropped, before_.dropped, dropped_);
    add_new(account.rejected, before_.rejected, rejected_);
  }
  add_new(account.noted, before_.noted, noted_);
  before_ = account;
  const auto time = now.wall + nanoseconds(ahead_.load(std::memory_order_relaxed));
  for (const Record& record : completed.records)
    if (record.kind == RecordKind::kHit) event_seconds_.record(time - record.time);
  for (const OutputRecord& output : completed.outputs) {
    if (output.kind == OutputKind::kEffect) {
      effects_.add();
      continue;
    }
    Segment& segment = segments_[output.segment];
    (output.kind == OutputKind::kEnter ? segment.entered : segment.left).add();
    segment.members.set(static_cast<double>(completed.totals.segment_size[output.segment]));
  }
}

void LiveMetrics::checkpointed() {
  if (metrics_ == nullptr) return;
  const nanoseconds now = steady();
  checkpoint_seconds_.record(now - batch_done_);
  checkpoint_at_.store(now.count());
}

void LiveMetrics::turned(const ClockReading& reading, Time time) {
  ahead_.store((time - std::chrono::floor<Duration>(reading.wall)) / nanoseconds(1),
               std::memory_order_relaxed);
}

void LiveMetrics::look(const Journal& journal,
                       std::uint64_t profiles,
                       Position processed,
                       Duration behind) {
  if (metrics_ == nullptr) return;
  const JournalStats stats = journal.stats();
  lag_seconds_.set(seconds(behind));
  lag_records_.set(stats.end > processed ? static_cast<double>(stats.end - processed) : 0);
  profiles_.set(static_cast<double>(profiles));
  journal_bytes_.set(static_cast<double>(stats.bytes));
  journal_records_.set(static_cast<double>(stats.end - stats.first));
  journal_failures_.set(static_cast<double>(stats.failures));
  checkpoint_age_.set(seconds(steady() - nanoseconds(checkpoint_at_.load())));
}

}  // namespace millrace
