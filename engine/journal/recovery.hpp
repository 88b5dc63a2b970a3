// Brings the files of a journal into a state from which it can go on, whatever happened to them.
#pragma once

#include "engine/base/file.hpp"
#include "engine/journal/committed.hpp"
#include "engine/journal/format.hpp"

#include <string>
#include <vector>

namespace millrace {

// What opening a journal found and did.
struct Recovery {
  std::vector<SegmentEntry> segments;
  Position end = 0;                   // the next position to give
  std::uint64_t truncated_bytes = 0;  // torn tail, never acknowledged under Ack::kSynced
  std::uint64_t damaged_bytes = 0;    // in the middle of the newest segment; readers report the gap
  std::uint64_t set_aside = 0;        // files without one good group, renamed to *.damaged
  std::vector<Position> unsafe;       // segments whose sync failed: a copy must take their place
};

// Cuts off a torn tail and makes durable what is left. Older segments are not read here: their
// damage is found by whoever reads them. An error is a directory or disk that can't be used, or a
// file of a newer version. Precondition: the caller holds the journal's lock.
Result<Recovery> recover(Files& files, const std::string& directory);

// What scan_tail() finds in a segment that may have been being written when the machine stopped.
struct TailScan {
  std::uint64_t good_bytes = kSegmentHeaderBytes;  // up to the last group that counts
  std::uint64_t groups = 0;
  std::uint64_t damaged_bytes = 0;  // before good_bytes
  std::uint64_t unused_bytes = 0;   // room at the end of the file
  Position end = 0;
  Time first_time = kNever;  // of the first group's last record
  bool unreadable = false;
};

// Damage counts as a torn tail when no later group was written after what it hit was acknowledged:
// then that and everything after it was never accepted.
Result<TailScan> scan_tail(const File& file, const SegmentHeader& header, std::uint64_t size);

}  // namespace millrace
