// The ordered, durable log of what was accepted: everything that state is made of, in one sequence.
//
// One thread writes: append() and commit(), or whatever else is not said to be for any thread. Any
// number of readers follow (reader.hpp). Grouping the commits of many threads is the caller's:
// collect what is waiting, append it, commit once, answer all.
//
// When a commit fails (no space, I/O error), none of the records appended since the last one are
// accepted and their positions will be given again; the next commit tries anew, in a new file, so
// that the journal goes on by itself once there is space. Nothing has to be restarted.
#pragma once

#include "engine/base/file.hpp"
#include "engine/journal/committed.hpp"
#include "engine/journal/config.hpp"
#include "engine/journal/reader.hpp"
#include "engine/journal/record.hpp"
#include "engine/journal/recovery.hpp"
#include "engine/journal/segment_writer.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace millrace {

struct JournalStats {
  Position first = 0;           // the oldest record that is kept
  Position end = 0;             // one past the newest that is committed
  std::uint64_t segments = 0;   // files
  std::uint64_t bytes = 0;      // in them
  std::uint64_t raw_bytes = 0;  // committed since the start, before packing
  std::uint64_t commits = 0;    // that succeeded, since the start
  std::uint64_t failures = 0;   // of writing, syncing and removing, since the start
  std::uint64_t removed = 0;    // segments deleted by retention, since the start
};

class Journal {
 public:
  // Opens the journal in `directory`, or creates it. It takes the directory for itself: a second
  // opener is refused with Fault::kBusy. Damaged contents are not an error (see recovery()).
  // `files` outlives the journal.
  static Result<std::unique_ptr<Journal>> open(Files& files,
                                               const std::string& directory,
                                               const JournalConfig& config);

  // Commits nothing: what was appended and not committed is dropped, and under Ack::kMemory what
  // was not written yet is lost. Call sync() first.
  ~Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Adds all of `records`, or none, and returns the position of the first. Payloads are copied.
  // Errors: a payload over kMaxPayloadBytes; Fault::kFull when `pending` bytes wait already.
  Result<Position> append(std::span<const NewRecord> records);
  Result<Position> append(const NewRecord& record) { return append(std::span(&record, 1)); }

  // Makes what was appended accepted, as Ack says, and visible to readers. Returns the end: every
  // record before it is accepted.
  Result<Position> commit();

  // Makes every committed record durable, whatever the policy. A checkpoint calls this first, so
  // that it never knows more than the journal.
  Status sync();

  // Everything before `position` is in a durable checkpoint: retention may delete it, and nothing
  // else. Any thread. Starts at 0 with every open.
  void release(Position position);

  // Leaves out the positions up to `position`, so that they are never given to other records: for
  // when state is ahead of the journal, which can only be when a loss of power took records that
  // were not synced. No-op if the end is past it already. Precondition: nothing is waiting for a
  // commit.
  Status resume_at(Position position);

  // The following are for any thread.
  JournalReader reader(Position from) const { return {files_, directory_, *committed_, from}; }
  Position end() const { return committed_->end(); }
  // Not ok from a failed write or sync until the next success; Fault::kFull when there is no space.
  Status health() const;
  JournalStats stats() const;
  const Recovery& recovery() const { return recovery_; }

 private:
  Journal(Files& files, std::string directory, const JournalConfig& config, Recovery recovery);

  void seal();
  Status write_sealed();
  Status write_unwritten();
  Status note(Status status);
  bool retention_due();
  void retain();

  Files& files_;
  const std::string directory_;
  const JournalConfig config_;
  const Recovery recovery_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Committed> committed_;
  SegmentWriter writer_;
  BlockBuilder builder_;
  std::vector<BlockRef> sealed_;  // full blocks that wait for a commit
  std::uint64_t sealed_bytes_ = 0;
  Position builder_first_ = 0;
  Position next_ = 0;
  Time newest_ = kBeginning;
  std::atomic<Position> released_ = 0;
  struct Retention {  // what its result depends on
    std::uint64_t segment = ~std::uint64_t{0};
    Position released = 0;
    Time newest = kBeginning;
  } last_retention_;
  mutable std::mutex mutex_;  // of what follows
  Status health_;
  JournalStats counts_;
};

}  // namespace millrace
