#include "engine/runtime/feeds.hpp"

#include <utility>

namespace millrace {
namespace {

// Takes records from the front of `from` up to the bounds; an epoch ends what is before it and
// stands alone.
std::size_t take_run(std::span<const Record> from,
                     std::size_t records_max,
                     std::vector<Record>& into) {
  std::size_t taken = 0;
  std::size_t bytes = 0;
  while (taken < from.size() && taken < records_max && bytes < kBatchBytes) {
    const bool epoch = from[taken].kind == RecordKind::kEpoch;
    if (epoch && taken > 0) break;
    bytes += from[taken].payload.size();
    into.push_back(from[taken++]);
    if (epoch) break;
  }
  return taken;
}

}  // namespace

Status MemoryFeed::next(FeedBatch& batch, std::size_t records_max) {
  batch.clear();
  next_ += take_run(std::span(records_).subspan(next_), records_max, batch.records);
  return {};
}

Status JournalFeed::next(FeedBatch& batch, std::size_t records_max) {
  batch.clear();
  if (taken_ == read_.records.size()) {
    taken_ = 0;
    if (Status read = reader_.next(read_); !read) return read;
    gap_ += read_.gap.count;
  }
  if (read_.records.empty()) return {};
  batch.gap = std::exchange(gap_, 0);
  taken_ += take_run(std::span(read_.records).subspan(taken_), records_max, batch.records);
  for (const auto& block : read_.blocks) batch.bytes.push_back(block);
  return {};
}

Status TailFeed::next(FeedBatch& batch, std::size_t records_max) {
  batch.clear();
  // Before it looks: what is committed when the end is announced is still given.
  const Ending ending = ending_.load(std::memory_order_acquire);
  if (ending != Ending::kNow)
    if (Status fed = inner_.next(batch, records_max); !fed) return fed;
  ended_ = batch.records.empty() && ending != Ending::kNo;
  return {};
}

Status JournalingFeed::next(FeedBatch& batch, std::size_t records_max) {
  if (Status fed = inner_.next(batch, records_max); !fed || batch.records.empty()) return fed;
  std::vector<NewRecord> records;
  records.reserve(batch.records.size());
  for (const Record& record : batch.records)
    records.push_back({record.kind, record.time, record.payload});
  const Result<Position> first = journal_.append(records);
  if (!first) return first.error();
  if (const Result<Position> committed = journal_.commit(); !committed) return committed.error();
  for (std::size_t i = 0; i < batch.records.size(); ++i) batch.records[i].position = *first + i;
  return {};
}

Status FeedChain::next(FeedBatch& batch, std::size_t records_max) {
  if (!first_done_) {
    if (Status fed = first_.next(batch, records_max); !fed || !batch.records.empty()) return fed;
    first_done_ = true;
  }
  return second_.next(batch, records_max);
}

}  // namespace millrace
