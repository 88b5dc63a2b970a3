// What the journal takes and gives: records, and gaps where records were lost.
#pragma once

#include "engine/base/position.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace millrace {

class Block;

// Values are on disk: never renumber.
enum class RecordKind : std::uint8_t {
  kHit = 1,      // something that a collector accepted; time is that of its receipt
  kTick = 2,     // the clock moved on to `time`
  kEpoch = 3,    // summaries are gathered and published here
  kControl = 4,  // anything else that state depends on
};
inline constexpr std::size_t kRecordKinds = 4;

// A longer payload is refused by append().
inline constexpr std::uint64_t kMaxPayloadBytes = 16 << 20;

// So many bytes may be read after the end of a payload that came from the journal (their value
// means nothing): parsers that load whole vectors need no copy.
inline constexpr std::size_t kPayloadPadding = 64;

struct NewRecord {
  RecordKind kind = RecordKind::kHit;
  Time time{};
  std::string_view payload;
};

struct Record {
  Position position = 0;
  Time time{};
  std::string_view payload;  // lives in a block of the batch
  RecordKind kind = RecordKind::kHit;
};

// Positions of which the journal has no record any more.
struct Gap {
  enum class Cause : std::uint8_t {
    kRemoved,  // retention deleted them
    kDamaged,  // the medium lost them, or Journal::resume_at left them out
  };
  Position first = 0;
  std::uint64_t count = 0;  // 0: no gap
  Cause cause = Cause::kRemoved;
};

// What one read gave: a gap, if any, and then the records that follow it without further gaps.
// To reuse a batch saves its allocations.
struct RecordBatch {
  Gap gap;
  std::vector<Record> records;
  // The bytes of the payloads. Shared with the writer's recent blocks and with other readers;
  // whoever keeps a payload longer than the batch keeps its block.
  std::vector<std::shared_ptr<const Block>> blocks;
  std::size_t bytes = 0;  // of the payloads

  bool empty() const { return gap.count == 0 && records.empty(); }
  void clear() {
    gap = {};
    records.clear();
    blocks.clear();
    bytes = 0;
  }
};

}  // namespace millrace
