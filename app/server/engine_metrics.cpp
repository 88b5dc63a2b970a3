#include "app/server/engine_metrics.hpp"

namespace millrace::server {

EngineMetrics::EngineMetrics(Metrics& metrics) : metrics_(metrics) {
  const auto events = [&](const char* outcome) {
    return Grown{
        metrics.counter("events", "Events by what became of them.", {{"outcome", outcome}})};
  };
  kept_ = events("kept");
  dropped_ = events("dropped");
  rejected_ = events("rejected");
  lag_seconds_ = metrics.gauge("lag_seconds", "Age of the oldest record that is not processed.");
  lag_records_ = metrics.gauge("lag_records", "Journal records that are not processed.");
  ready_ = metrics.gauge("ready", "Whether events are taken in: 0 or 1.");
}

void EngineMetrics::update(const Account& account,
                           const LiveStatus& status,
                           const Queries& queries) {
  const std::lock_guard lock(mutex_);
  kept_.to(account.kept);
  dropped_.to(account.dropped.total());
  rejected_.to(account.rejected.total());
  lag_seconds_.set(std::chrono::duration<double>(status.behind).count());
  lag_records_.set(static_cast<double>(status.end - std::min(status.processed, status.end)));
  ready_.set(status.ready() ? 1 : 0);
  for (auto& [name, gauge] : segments_) gauge.set(0);  // those that a new topology has not
  for (const SegmentSize& segment : queries.segments()) {
    auto at = segments_.find(segment.name);
    if (at == segments_.end())
      at = segments_
               .emplace(
                   segment.name,
                   metrics_.gauge(
                       "segment_members", "Profiles in the segment.", {{"segment", segment.name}}))
               .first;
    at->second.set(static_cast<double>(segment.members));
  }
}

}  // namespace millrace::server
