// Writes blocks to segment files. After any failure the segment is cut back to its last good group
// and never appended to again: the next write goes to a new file. The journal's writer thread only.
#pragma once

#include "engine/base/file.hpp"
#include "engine/journal/committed.hpp"
#include "engine/journal/compression.hpp"
#include "engine/journal/format.hpp"
#include "engine/journal/recovery.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace millrace {

class SegmentWriter {
 public:
  // `files` outlives the writer.
  SegmentWriter(Files& files,
                std::string directory,
                const JournalConfig& config,
                const Recovery& recovery);

  // Appends a group for each block, all in one file and in one write. On an error none of them is
  // in the journal. `acknowledged`: see GroupHeader. Precondition: blocks are not empty and
  // consecutive.
  Status write(std::span<const BlockRef> blocks, Position acknowledged);

  // Makes everything that was written durable. After an error under Ack::kSynced, what was written
  // since the last sync is not in the journal; under the other policies it still is, and a copy of
  // the segment takes its place, at once or by the next call.
  Status sync();

  // The next write starts a new segment.
  void close();

  // The segment last written to.
  const SegmentEntry& entry() const { return entry_; }

 private:
  bool full(Time time) const;
  void encode(std::span<const BlockRef> blocks, Position acknowledged, bool fresh);
  Status create(const std::string& path);
  void give_up();
  Status rescue();

  Files& files_;
  std::string directory_;
  JournalConfig config_;
  Compressor compressor_;
  std::unique_ptr<File> file_;  // null: the next write creates one
  SegmentEntry entry_;
  std::uint64_t next_id_;
  std::uint64_t salt_ = 0;
  std::uint64_t synced_bytes_ = 0;
  bool named_ = false;            // the directory entry is durable
  std::vector<Position> unsafe_;  // closed segments whose sync failed
  Buffer out_;
};

}  // namespace millrace
