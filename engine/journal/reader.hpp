// Reads a journal in order from any position, following its tail: recent records from memory, older
// ones from disk. One thread at a time uses a reader; readers are independent of each other and may
// run beside the writer. A reader must not outlive its journal.
#pragma once

#include "engine/base/file.hpp"
#include "engine/journal/committed.hpp"
#include "engine/journal/group_scanner.hpp"
#include "engine/journal/record.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace millrace {

class JournalReader {
 public:
  static constexpr std::size_t kBatch = 1024;
  static constexpr std::size_t kBatchBytes = 1 << 20;

  // Use Journal::reader().
  JournalReader(Files& files, std::string directory, const Committed& committed, Position from)
      : files_(files), directory_(std::move(directory)), committed_(committed), position_(from) {}

  // Replaces the contents of `batch` by the next gap, if any, and up to `max_records` records,
  // fewer once their payloads have kBatchBytes (whole groups, so that it may be more). An empty
  // batch means that the reader has caught up. Records are given once they are committed, never
  // earlier. After an error (the disk does not answer), the next call tries the same place again.
  Status next(RecordBatch& batch, std::size_t max_records = kBatch);

  // Blocks until there is something to read; false when stopped first.
  bool wait(std::stop_token stop) const { return committed_.wait(position_, std::move(stop)); }

  // Of the record that comes next.
  Position position() const { return position_; }

 private:
  bool take_gap(RecordBatch& batch);
  void take_records(RecordBatch& batch, std::size_t max_records);
  Status find_block();
  Status read_segment(const SegmentPlace& place);
  Status open(const SegmentPlace& place);

  Files& files_;
  std::string directory_;
  const Committed& committed_;
  Position position_;
  BlockRef block_;  // what is being read; null when the next one is to be found
  Gap gap_;         // to be told before it
  std::uint64_t segment_ = 0;
  std::unique_ptr<File> file_;  // of segment_
  std::optional<GroupScanner> scanner_;
};

}  // namespace millrace
