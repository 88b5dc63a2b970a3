#include "engine/state/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace millrace {
namespace {

// Room for this many entries is kept: most buckets of level 0 hold a few and are used again and
// again.
constexpr std::size_t kKeptEntries = 16;

constexpr auto kLater = [](const auto& a, const auto& b) {
  return std::tie(a.due, a.profile) > std::tie(b.due, b.profile);
};

}  // namespace

// Ticks are unsigned and begin at Time::min(), so that their bits order times before 1970 as well.
std::uint64_t TimerWheel::tick_of(std::int64_t due) {
  return (static_cast<std::uint64_t>(due) ^ (std::uint64_t{1} << 63)) >> kTickBits;
}

void TimerWheel::release_if_large(std::vector<Entry>& entries) {
  if (entries.empty() && entries.capacity() > kKeptEntries) entries = std::vector<Entry>();
}

void TimerWheel::place(const Entry& entry) {
  const std::uint64_t tick = tick_of(entry.due);
  if (tick <= tick_) {
    ready_.push_back(entry);
    std::push_heap(ready_.begin(), ready_.end(), kLater);
    return;
  }
  const auto level = static_cast<std::size_t>(63 - std::countl_zero(tick ^ tick_)) / kSlotBits;
  CHECK(level < kLevels);
  const std::size_t slot = (tick >> (level * kSlotBits)) % kSlots;
  Bucket& bucket = buckets_[level * kSlots + slot];
  if (bucket.entries.empty()) {
    bucket.earliest = entry.due;
    map_[level][slot / 64] |= std::uint64_t{1} << (slot % 64);
    levels_in_use_ |= 1u << level;
  }
  bucket.earliest = std::min(bucket.earliest, entry.due);
  bucket.entries.push_back(entry);
}

TimerWheel::Entry TimerWheel::take_ready() {
  std::pop_heap(ready_.begin(), ready_.end(), kLater);
  const Entry entry = ready_.back();
  ready_.pop_back();
  --size_;
  return entry;
}

// All buckets lie ahead of the wheel, and those of a level before those of the levels above it.
TimerWheel::SlotAddress TimerWheel::first_bucket() const {
  const auto level = static_cast<std::size_t>(std::countr_zero(levels_in_use_));
  std::size_t word = 0;
  while (map_[level][word] == 0) ++word;
  return {level, word * 64 + static_cast<std::size_t>(std::countr_zero(map_[level][word]))};
}

bool TimerWheel::open_next_bucket(std::int64_t to) {
  const std::uint64_t last = tick_of(to);
  if (levels_in_use_ == 0) {
    tick_ = std::max(tick_, last);
    return false;
  }
  const auto [level, slot] = first_bucket();
  Bucket& bucket = buckets_[level * kSlots + slot];
  const std::uint64_t earliest = tick_of(bucket.earliest);
  const std::uint64_t begin = earliest >> (level * kSlotBits) << (level * kSlotBits);
  if (begin > last) {
    tick_ = std::max(tick_, last);
    return false;
  }
  // The wheel goes straight to the first entry: entries of a sparse bucket skip the levels between.
  tick_ = std::min(earliest, last);
  map_[level][slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  if (map_[level] == std::array<std::uint64_t, 4>{}) levels_in_use_ &= ~(1u << level);
  // The wheel now stands inside this bucket, so none of its entries comes back to it.
  for (const Entry& entry : bucket.entries) place(entry);
  bucket.entries.clear();
  release_if_large(bucket.entries);
  return true;
}

Time TimerWheel::next_due() const {
  if (!ready_.empty()) return from_millis(ready_.front().due);
  if (levels_in_use_ == 0) return kNever;
  const auto [level, slot] = first_bucket();
  return from_millis(buckets_[level * kSlots + slot].earliest);
}

std::size_t TimerWheel::memory_bytes() const {
  std::size_t entries = ready_.capacity();
  for (const Bucket& bucket : buckets_) entries += bucket.entries.capacity();
  return sizeof *this + buckets_.capacity() * sizeof(Bucket) + entries * sizeof(Entry);
}

}  // namespace millrace
