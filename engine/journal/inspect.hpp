// What is in a journal's files, whether they are sound, and mending them: for people, by way of the
// `millrace journal` command. Everything is read. Any thread; inspect() and verify() may look at a
// journal in use, and then its newest segment can seem torn.
#pragma once

#include "engine/base/file.hpp"
#include "engine/journal/record.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

// Something wrong with a segment.
struct Damage {
  enum class Kind : std::uint8_t {
    kHeader,   // the segment header; it is not needed as long as the first group is good
    kBytes,    // no group can be made of these bytes
    kTail,     // the same at the end of the newest segment: a write that was cut short
    kMissing,  // the bytes are sound, but there is no record of these positions
  };
  Kind kind = Kind::kBytes;
  std::string segment;       // file name
  std::uint64_t offset = 0;  // in the file
  std::uint64_t bytes = 0;   // 0 for kMissing
  Position first = 0;        // of the positions that are lost with it
  std::uint64_t count = 0;   // 0 when none are, or for kTail, where it can't be known
};

struct SegmentReport {
  std::string name;
  Position first = 0;
  Position end = 0;                                   // one past the last record or lost position
  std::array<std::uint64_t, kRecordKinds> records{};  // by kind, kHit first
  std::uint64_t groups = 0;
  std::uint64_t bytes = 0;      // of the file
  std::uint64_t raw_bytes = 0;  // of its records, unpacked
  Time oldest = kNever;         // of its records; kNever and kBeginning if there is none
  Time newest = kBeginning;
  std::vector<Damage> damage;

  std::uint64_t record_count() const;
  // How many times smaller packing makes the records; 0 for an empty file.
  double ratio() const;
};

struct JournalReport {
  std::vector<SegmentReport> segments;  // oldest first
  std::vector<std::string> set_aside;   // damaged files that an earlier start or repair kept
};
Result<JournalReport> inspect(Files& files, const std::string& directory);

struct Verification {
  std::uint64_t segments = 0;
  std::uint64_t groups = 0;
  std::uint64_t records = 0;
  std::uint64_t lost = 0;  // positions without a record
  std::vector<Damage> damage;

  // Whether all bytes are good; positions may be missing all the same.
  bool sound() const;
};
Result<Verification> verify(Files& files, const std::string& directory);

struct Repair {
  std::vector<Damage> damage;     // as it was
  std::vector<std::string> kept;  // the originals of what was rewritten, under their new names
  std::uint64_t lost = 0;         // positions without a record, before as after
};
// Rewrites every segment with damaged bytes so that it holds its good groups and nothing else. A
// crash on the way leaves each segment either as it was or mended. Fault::kBusy while the journal
// is in use.
Result<Repair> repair(Files& files, const std::string& directory);

}  // namespace millrace
