// Where the runtime's batches come from: journal records in order, from a file, from memory, or as
// they are accepted.
#pragma once

#include "engine/base/position.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "engine/journal/record.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A batch takes no more records once its payloads come to this many bytes.
inline constexpr std::size_t kBatchBytes = 256 << 10;

// Records that follow each other, with what keeps their payloads alive. An epoch stands alone.
struct FeedBatch {
  std::vector<Record> records;
  std::vector<std::shared_ptr<const void>>
      bytes;              // shared by the batches cut from one journal block
  std::uint64_t gap = 0;  // damaged records skipped before these

  void clear() {
    records.clear();
    bytes.clear();
    gap = 0;
  }
};

class Feed {
 public:
  virtual ~Feed() = default;
  // Fills `batch` with at most `records_max` records; leaves it empty at the end, or where there is
  // nothing yet. Does not wait. One thread.
  virtual Status next(FeedBatch& batch, std::size_t records_max) = 0;
  // After an empty batch: whether there will be more. Whoever brings it then calls
  // Executor::wake_feed(), also to say that there will be none after all.
  virtual bool more_to_come() const { return false; }
};

}  // namespace millrace
