#include "engine/journal/reader.hpp"

#include "engine/journal/segment.hpp"

#include <algorithm>

namespace millrace {

Status JournalReader::next(RecordBatch& batch, std::size_t max_records) {
  batch.clear();
  while (batch.records.size() < max_records && batch.bytes < kBatchBytes) {
    if (gap_.count > 0) {
      if (!take_gap(batch)) break;
    } else if (block_ != nullptr) {
      take_records(batch, max_records);
    } else {
      auto status = find_block();
      // What was read already is good; the error will come again.
      if (!status.ok()) return batch.empty() ? status : Status();
      if (block_ == nullptr && gap_.count == 0) break;
    }
  }
  return {};
}

// False when the gap must wait for the next batch.
bool JournalReader::take_gap(RecordBatch& batch) {
  if (!batch.records.empty()) return false;
  if (batch.gap.count > 0 && batch.gap.cause != gap_.cause) return false;
  if (batch.gap.count == 0) batch.gap = {gap_.first, 0, gap_.cause};
  batch.gap.count += gap_.count;
  position_ = gap_.first + gap_.count;
  gap_ = {};
  return true;
}

void JournalReader::take_records(RecordBatch& batch, std::size_t max_records) {
  const auto records = block_->records().subspan(position_ - block_->first());
  const auto count = std::min(records.size(), max_records - batch.records.size());
  batch.records.insert(batch.records.end(), records.begin(), records.begin() + count);
  for (const Record& record : records.first(count)) batch.bytes += record.payload.size();
  batch.blocks.push_back(block_);
  position_ += count;
  if (position_ == block_->end()) block_ = nullptr;
}

// Sets block_, gap_ or both; neither when the reader has caught up.
Status JournalReader::find_block() {
  Lookup found = committed_.find(position_);
  if (found.segment) return read_segment(*found.segment);
  block_ = std::move(found.block);
  gap_ = found.gap;
  return {};
}

Status JournalReader::read_segment(const SegmentPlace& place) {
  if (auto status = open(place); !status.ok()) {
    if (status.error().fault != Fault::kMissing) return status;
    gap_ = {position_, place.end - position_, Gap::Cause::kRemoved};
    return {};
  }
  scanner_->extend(place.bytes);
  if (auto status = scanner_->skip_to(position_); !status.ok()) return status;
  for (;;) {
    const auto found = scanner_->next();
    if (!found.ok()) return found.error();
    if (*found == GroupScanner::Found::kEnd) {
      gap_ = {position_, place.end - position_, Gap::Cause::kDamaged};
      return {};
    }
    if (*found == GroupScanner::Found::kDamage) continue;
    // Groups past the end are leftovers of a failed write.
    const GroupHeader& group = scanner_->header();
    if (group.end() <= position_ || group.end() > place.end) continue;
    block_ = scanner_->block();
    if (block_ == nullptr) continue;
    if (group.first > position_) gap_ = {position_, group.first - position_, Gap::Cause::kDamaged};
    return {};
  }
}

Status JournalReader::open(const SegmentPlace& place) {
  if (scanner_ && segment_ == place.id) return {};
  scanner_.reset();
  auto segment = open_segment(files_, directory_, place.first);
  if (!segment.ok()) return segment.error();
  file_ = std::move(segment->file);
  scanner_.emplace(*file_, segment->header.salt, place.bytes);
  segment_ = place.id;
  return {};
}

}  // namespace millrace
