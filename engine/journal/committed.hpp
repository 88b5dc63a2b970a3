// What is committed: the segments on disk and the recent blocks in memory. The writer publishes,
// any number of readers look up and wait; every function may be called from any thread.
#pragma once

#include "engine/journal/block.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace millrace {

struct SegmentEntry {
  std::uint64_t id = 0;  // never used twice by a process, unlike the name
  Position first = 0;
  std::uint64_t bytes = 0;  // of good groups and the header
  Time time{};              // of the first record; kNever if not known
};

// A part of a segment that may be read: groups within `bytes`, records before `end`.
struct SegmentPlace {
  std::uint64_t id = 0;
  Position first = 0;
  Position end = 0;
  std::uint64_t bytes = 0;
};

// Where a position is; nothing is set when nothing is committed there yet.
struct Lookup {
  BlockRef block;
  std::optional<SegmentPlace> segment;
  Gap gap;
};

class Committed {
 public:
  // Keeps blocks of about `memory` bytes, and all that no segment holds yet.
  explicit Committed(std::uint64_t memory) : memory_(memory) {}

  void start(std::vector<SegmentEntry> segments, Position end);

  // `segment`, the newest, now holds every record before `end`.
  void on_disk(const SegmentEntry& segment, Position end);
  void publish(const std::vector<BlockRef>& blocks);
  // Nothing will ever be at the positions from the end to `position`.
  void leave_out(Position position);
  // Forgets the oldest segment. Precondition: it is not the only one.
  void drop_oldest();

  Lookup find(Position position) const;
  bool wait(Position position, std::stop_token stop) const;

  Position end() const;
  Position end_on_disk() const;
  std::vector<SegmentEntry> segments() const;
  // The blocks that no segment holds yet.
  std::vector<BlockRef> unwritten() const;
  std::uint64_t unwritten_bytes() const;

 private:
  void evict();
  void pop_block();

  const std::uint64_t memory_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any grown_;
  std::deque<SegmentEntry> segments_;
  std::deque<BlockRef> blocks_;
  std::uint64_t block_memory_ = 0;
  std::uint64_t unwritten_bytes_ = 0;
  Position end_ = 0;
  Position end_on_disk_ = 0;
};

}  // namespace millrace
