#include "engine/journal/journal.hpp"

#include "engine/base/check.hpp"
#include "engine/journal/segment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace {

Result<std::unique_ptr<Journal>> Journal::open(Files& files,
                                               const std::string& directory,
                                               const JournalConfig& config) {
  if (auto status = files.make_directory(directory); !status.ok()) return status.error();
  auto lock = files.lock(directory + "/" + std::string(kLockName));
  if (!lock.ok()) return lock.error();
  auto recovery = recover(files, directory);
  if (!recovery.ok()) return recovery.error();
  std::unique_ptr<Journal> journal(
      new Journal(files, directory, config, std::move(recovery).value()));
  journal->lock_ = std::move(lock).value();
  return journal;
}

Journal::Journal(Files& files,
                 std::string directory,
                 const JournalConfig& config,
                 Recovery recovery)
    : files_(files),
      directory_(std::move(directory)),
      config_(config),
      recovery_(std::move(recovery)),
      committed_(std::make_unique<Committed>(config.memory.bytes)),
      writer_(files, directory_, config, recovery_),
      builder_(config.group.bytes),
      builder_first_(recovery_.end),
      next_(recovery_.end) {
  committed_->start(recovery_.segments, recovery_.end);
}

Result<Position> Journal::append(std::span<const NewRecord> records) {
  std::uint64_t bytes = 0;
  for (const NewRecord& record : records) {
    if (record.payload.size() > kMaxPayloadBytes)
      return Error{fmt::format("a record of {} bytes is longer than the journal's limit of {}",
                               record.payload.size(),
                               kMaxPayloadBytes)};
    bytes += BlockBuilder::size_of(record);
  }
  std::uint64_t waiting = sealed_bytes_ + builder_.bytes();
  if (config_.ack == Ack::kMemory) waiting += committed_->unwritten_bytes();
  if (waiting > 0 && waiting + bytes > config_.pending.bytes)
    return Error{fmt::format("{} bytes wait to be written to {}", waiting, directory_),
                 Fault::kFull};
  const Position first = next_;
  for (const NewRecord& record : records) {
    if (builder_.bytes() + BlockBuilder::size_of(record) > config_.group.bytes) seal();
    builder_.add(record);
    newest_ = std::max(newest_, record.time);
    ++next_;
  }
  return first;
}

void Journal::seal() {
  if (builder_.empty()) return;
  sealed_.push_back(builder_.seal(builder_first_));
  sealed_bytes_ += sealed_.back()->encoded().size();
  builder_first_ = next_;
}

Result<Position> Journal::commit() {
  if (retention_due()) retain();
  seal();
  if (sealed_.empty()) return committed_->end();
  if (config_.ack != Ack::kMemory) {
    if (auto status = note(write_sealed()); !status.ok()) {
      sealed_.clear();
      sealed_bytes_ = 0;
      next_ = builder_first_ = committed_->end();
      return status.error();
    }
  }
  committed_->publish(sealed_);
  {
    const std::lock_guard guard(mutex_);
    counts_.raw_bytes += sealed_bytes_;
    ++counts_.commits;
  }
  sealed_.clear();
  sealed_bytes_ = 0;
  // Under kMemory the records are accepted already; a failure shows in health() and in append().
  if (committed_->unwritten_bytes() >= config_.group.bytes) (void)note(write_unwritten());
  return next_;
}

Status Journal::write_sealed() {
  if (auto status = writer_.write(sealed_, committed_->end()); !status.ok()) return status;
  if (config_.ack == Ack::kSynced)
    if (auto status = writer_.sync(); !status.ok()) return status;
  committed_->on_disk(writer_.entry(), next_);
  return {};
}

// What Ack::kMemory has left in memory, in groups of full size however small the commits were.
Status Journal::write_unwritten() {
  const std::vector<BlockRef> blocks = committed_->unwritten();
  BlockBuilder group(config_.group.bytes);
  for (std::size_t from = 0, to = 0; from < blocks.size(); from = to) {
    std::uint64_t bytes = 0;
    for (; to < blocks.size() && (to == from || bytes < config_.group.bytes); ++to) {
      bytes += blocks[to]->encoded().size();
      for (const Record& record : blocks[to]->records())
        group.add({record.kind, record.time, record.payload});
    }
    const BlockRef block = group.seal(blocks[from]->first());
    if (auto status = writer_.write({&block, 1}, block->first()); !status.ok()) return status;
    committed_->on_disk(writer_.entry(), block->end());
  }
  return {};
}

Status Journal::sync() {
  Status status = write_unwritten();
  if (status.ok()) status = writer_.sync();
  return note(std::move(status));
}

void Journal::release(Position position) {
  Position released = released_.load();
  while (released < position && !released_.compare_exchange_weak(released, position)) {
  }
}

Status Journal::resume_at(Position position) {
  CHECK(builder_.empty() && sealed_.empty());
  if (position <= next_) return {};
  if (auto status = sync(); !status.ok()) return status;
  writer_.close();
  committed_->leave_out(position);
  next_ = builder_first_ = position;
  return {};
}

Status Journal::note(Status status) {
  const std::lock_guard guard(mutex_);
  if (!status.ok()) ++counts_.failures;
  health_ = status;
  return status;
}

bool Journal::retention_due() {
  const Retention now{writer_.entry().id, released_.load(), newest_};
  if (now.segment == last_retention_.segment && now.released == last_retention_.released &&
      !longer_apart(last_retention_.newest, now.newest, std::chrono::minutes(1)))
    return false;
  last_retention_ = now;
  return true;
}

// The segments that end before what is released, oldest first, as far as a limit wants them gone.
// The checkpoint that released them is durable; a crash before the directory is synced brings back
// files that will be deleted again.
void Journal::retain() {
  const std::vector<SegmentEntry> segments = committed_->segments();
  std::uint64_t total = 0;
  for (const SegmentEntry& segment : segments) total += segment.bytes;
  std::uint64_t removed = 0;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    const bool large = config_.retain.bytes > 0 && total > config_.retain.bytes;
    const bool old = config_.retain_for.count() > 0 &&
                     longer_apart(segments[i + 1].time, newest_, config_.retain_for);
    if (segments[i + 1].first > released_.load() || (!large && !old)) break;
    const Status status = files_.remove(segment_path(directory_, segments[i].first));
    if (!status.ok() && status.error().fault != Fault::kMissing) break;
    committed_->drop_oldest();
    total -= segments[i].bytes;
    ++removed;
  }
  if (removed == 0) return;
  const Status synced = files_.sync_directory(directory_);
  const std::lock_guard guard(mutex_);
  counts_.removed += removed;
  counts_.failures += synced.ok() ? 0 : 1;
}

Status Journal::health() const {
  const std::lock_guard guard(mutex_);
  return health_;
}

JournalStats Journal::stats() const {
  JournalStats stats;
  {
    const std::lock_guard guard(mutex_);
    stats = counts_;
  }
  const std::vector<SegmentEntry> segments = committed_->segments();
  stats.end = committed_->end();
  stats.first = segments.empty() ? stats.end : segments.front().first;
  stats.segments = segments.size();
  for (const SegmentEntry& segment : segments) stats.bytes += segment.bytes;
  return stats;
}

}  // namespace millrace
