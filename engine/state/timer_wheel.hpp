// The timers of one lane: which profile is to be looked at when. A lane owns one and uses it from
// its thread only. It does not read the clock: the lane's clock calls advance().
//
// A hierarchical timing wheel (G. Varghese, T. Lauck: Hashed and Hierarchical Timing Wheels, SOSP
// 1987): level 0 has 256 buckets of 1024 ms, each further level 256 buckets as wide as the level
// below it; seven levels cover all of Time, so there is no list of timers that are too far ahead. A
// timer lies on the level at which its due time first differs from the wheel's, and moves down a
// level or more when its bucket is opened. Timers of the tick at hand wait in a heap, which makes
// the wheel exact to the millisecond. Empty buckets are skipped by bitmaps: a jump of years costs
// no more than the timers that it fires or moves.
//
// There is no cancel: an owner that no longer wants a timer ignores it when it fires.
#pragma once

#include "engine/base/check.hpp"
#include "engine/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace {

class TimerWheel {
 public:
  TimerWheel() : buckets_(kLevels * kSlots) {}

  // Adds a timer; equal ones may exist. A due time in the past fires at the next advance.
  // Precondition: due < kNever.
  void schedule(Time due, std::uint64_t profile) {
    CHECK(due < kNever);
    place({to_millis(due), profile});
    ++size_;
  }

  // Removes every timer with due <= `to` and calls fire(Time due, std::uint64_t profile) for each,
  // in order of (due, profile). `fire` may schedule; what it schedules with due <= `to` fires in
  // the same advance, in order with all that has not fired yet. It must not advance. The first
  // advance may start at any time; a `to` before an earlier one moves nothing and only fires what
  // is due by then.
  template <class Fire>
  void advance(Time to, Fire&& fire) {
    CHECK(!advancing_);
    advancing_ = true;
    do {
      while (!ready_.empty() && ready_.front().due <= to_millis(to)) {
        const Entry entry = take_ready();
        fire(from_millis(entry.due), entry.profile);
      }
    } while (open_next_bucket(to_millis(to)));
    release_if_large(ready_);
    advancing_ = false;
  }

  // The due time of the timer that fires next; kNever if there is none.
  Time next_due() const;

  std::size_t size() const { return size_; }

  // All memory that the wheel holds, this object included; buckets give theirs back when they
  // empty.
  std::size_t memory_bytes() const;

 private:
  static constexpr unsigned kTickBits = 10;
  static constexpr unsigned kSlotBits = 8;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  static constexpr std::size_t kLevels = 7;  // 10 + 7 * 8 bits are enough for 64.

  struct Entry {
    std::int64_t due;  // Milliseconds since 1970.
    std::uint64_t profile;
  };
  struct Bucket {
    std::vector<Entry> entries;
    std::int64_t earliest = 0;  // The least due of the entries; meaningless without any.
  };
  struct SlotAddress {
    std::size_t level;
    std::size_t slot;
  };

  static std::uint64_t tick_of(std::int64_t due);
  static void release_if_large(std::vector<Entry>& entries);

  void place(const Entry& entry);
  Entry take_ready();
  // Moves the entries of the earliest bucket one step on if it begins by `to`; otherwise moves the
  // wheel to `to` and returns false.
  bool open_next_bucket(std::int64_t to);
  // Precondition: a bucket has entries.
  SlotAddress first_bucket() const;

  std::vector<Bucket> buckets_;  // By level, then slot.
  std::array<std::array<std::uint64_t, 4>, kLevels>
      map_{};                   // A bit for each bucket that has entries.
  unsigned levels_in_use_ = 0;  // A bit for each level that has any.
  std::vector<Entry> ready_;  // A heap of the entries of ticks up to tick_, the earliest in front.
  // Where the wheel stands; begins at the first tick of Time, so that any first advance is a jump
  // ahead.
  std::uint64_t tick_ = 0;
  std::size_t size_ = 0;
  bool advancing_ = false;
};

}  // namespace millrace
