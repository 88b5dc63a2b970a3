#include "engine/journal/committed.hpp"

#include <algorithm>
#include <utility>

namespace millrace {

void Committed::start(std::vector<SegmentEntry> segments, Position end) {
  const std::lock_guard guard(mutex_);
  segments_.assign(segments.begin(), segments.end());
  end_ = end_on_disk_ = end;
}

void Committed::on_disk(const SegmentEntry& segment, Position end) {
  const std::lock_guard guard(mutex_);
  if (segments_.empty() || segments_.back().id != segment.id)
    segments_.push_back(segment);
  else
    segments_.back() = segment;
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if ((*block)->first() < end_on_disk_) break;
    if ((*block)->end() <= end) unwritten_bytes_ -= (*block)->encoded().size();
  }
  end_on_disk_ = end;
  evict();
}

void Committed::publish(const std::vector<BlockRef>& blocks) {
  if (blocks.empty()) return;
  {
    const std::lock_guard guard(mutex_);
    for (const BlockRef& block : blocks) {
      blocks_.push_back(block);
      block_memory_ += block->memory();
      if (block->end() > end_on_disk_) unwritten_bytes_ += block->encoded().size();
    }
    end_ = blocks.back()->end();
    evict();
  }
  grown_.notify_all();
}

void Committed::leave_out(Position position) {
  {
    const std::lock_guard guard(mutex_);
    end_ = end_on_disk_ = position;
  }
  grown_.notify_all();
}

void Committed::drop_oldest() {
  const std::lock_guard guard(mutex_);
  segments_.pop_front();
  // What is deleted is not to be read from memory either.
  while (!blocks_.empty() && blocks_.front()->end() <= segments_.front().first) pop_block();
}

void Committed::evict() {
  while (block_memory_ > memory_ && !blocks_.empty() && blocks_.front()->end() <= end_on_disk_)
    pop_block();
}

void Committed::pop_block() {
  block_memory_ -= blocks_.front()->memory();
  blocks_.pop_front();
}

Lookup Committed::find(Position position) const {
  const std::lock_guard guard(mutex_);
  if (position >= end_) return {};
  const auto block = std::upper_bound(
      blocks_.begin(), blocks_.end(), position, [](Position at, const BlockRef& other) {
        return at < other->end();
      });
  if (block != blocks_.end() && (*block)->first() <= position) return {*block, {}, {}};
  const auto next = std::upper_bound(
      segments_.begin(), segments_.end(), position, [](Position at, const SegmentEntry& other) {
        return at < other.first;
      });
  if (next == segments_.begin()) {
    Position end = block == blocks_.end() ? end_ : (*block)->first();
    if (next != segments_.end()) end = std::min(end, next->first);
    return {nullptr, {}, {position, end - position, Gap::Cause::kRemoved}};
  }
  const SegmentEntry& segment = *std::prev(next);
  const Position end = next == segments_.end() ? end_on_disk_ : next->first;
  return {nullptr, SegmentPlace{segment.id, segment.first, end, segment.bytes}, {}};
}

bool Committed::wait(Position position, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return grown_.wait(lock, std::move(stop), [&] { return position < end_; });
}

Position Committed::end() const {
  const std::lock_guard guard(mutex_);
  return end_;
}

Position Committed::end_on_disk() const {
  const std::lock_guard guard(mutex_);
  return end_on_disk_;
}

std::vector<SegmentEntry> Committed::segments() const {
  const std::lock_guard guard(mutex_);
  return {segments_.begin(), segments_.end()};
}

std::vector<BlockRef> Committed::unwritten() const {
  const std::lock_guard guard(mutex_);
  std::vector<BlockRef> blocks;
  for (const BlockRef& block : blocks_)
    if (block->end() > end_on_disk_) blocks.push_back(block);
  return blocks;
}

std::uint64_t Committed::unwritten_bytes() const {
  const std::lock_guard guard(mutex_);
  return unwritten_bytes_;
}

}  // namespace millrace
