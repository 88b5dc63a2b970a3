// How a quantity is distributed, in fixed memory (10 KB): counts in log-linear buckets.
//
// The buckets are those of Circllhist (H. Hartmann, T. Schlossnagle: Circllhist, arXiv:2001.06561):
// 90 a power of ten, as wide as the second decimal digit. A value is known to within 10 %, mostly
// far better, and the bounds 1, 2, 5, 10, 20 ... that dashboards ask for are bucket bounds, so that
// their counts are exact.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace millrace {

// The cells of a histogram: any thread may record and read at any time, without a lock. Values are
// whole nanoseconds, bytes or items.
class HistogramCells {
 public:
  // Bucket 0 is [0, 1]; bucket i is (upper_bound(i - 1), upper_bound(i)]. Values above kLargest (11
  // days, a petabyte) count in the last bucket, and fully in the sum.
  static constexpr std::uint64_t kLargest = 1'000'000'000'000'000;
  static constexpr std::size_t kBuckets = 10 + 14 * 90;

  static std::size_t bucket_of(std::uint64_t value) {
    // Powers of ten are upper bounds and belong to the bucket below, hence one less.
    std::uint64_t digits = (value < kLargest ? value : kLargest) - (value > 0 ? 1 : 0);
    if (digits < 100) return digits;
    // log10(2) is nearly 1233 / 4096; the table corrects what that and the bit length leave open.
    std::size_t power = static_cast<std::size_t>(std::bit_width(digits)) * 1233 >> 12;
    power -= digits < kPowers[power] ? 1 : 0;
    return 90 * (power - 1) + digits / kPowers[power - 1];
  }
  // Precondition: bucket < kBuckets.
  static std::uint64_t upper_bound(std::size_t bucket) {
    if (bucket < 100) return bucket + 1;
    return ((bucket - 10) % 90 + 11) * kPowers[(bucket - 10) / 90];
  }

  void record(std::uint64_t value) {
    counts_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  std::uint64_t count_in(std::size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
  }
  std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  std::uint64_t count() const;

  // The value that a part `q` (0 to 1) of the records does not exceed, interpolated within its
  // bucket; 0 if nothing was recorded.
  double quantile(double q) const;

 private:
  static constexpr std::array<std::uint64_t, 17> kPowers = [] {
    std::array<std::uint64_t, 17> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
  }();

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
};

}  // namespace millrace
