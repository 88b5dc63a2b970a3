#include "engine/metrics/histogram.hpp"

#include "engine/base/check.hpp"

#include <algorithm>
#include <cmath>

namespace millrace {

std::uint64_t HistogramCells::count() const {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) total += count_in(i);
  return total;
}

double HistogramCells::quantile(double q) const {
  CHECK(q >= 0 && q <= 1);
  // Others may record meanwhile: one copy, so that the total is that of the counts.
  std::array<std::uint64_t, kBuckets> counts{};
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) total += counts[i] = count_in(i);
  if (total == 0) return 0;
  const double rank = std::max(q * static_cast<double>(total), 1.0);
  std::uint64_t below = 0;
  std::size_t bucket = 0;
  while (static_cast<double>(below + counts[bucket]) < rank && bucket + 1 < kBuckets)
    below += counts[bucket++];
  const double lower = bucket == 0 ? 0 : static_cast<double>(upper_bound(bucket - 1));
  const double upper = static_cast<double>(upper_bound(bucket));
  const double part = (rank - static_cast<double>(below)) / static_cast<double>(counts[bucket]);
  return lower + (upper - lower) * part;
}

}  // namespace millrace
