#include "engine/metrics/histogram.hpp"

#include "engine/base/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace millrace {
namespace {

using Cells = HistogramCells;

TEST(Histogram, BucketsFollowEachOtherWithoutGaps) {
  EXPECT_EQ(Cells::bucket_of(0), 0u);
  EXPECT_EQ(Cells::bucket_of(1), 0u);
  for (std::size_t bucket = 0; bucket + 1 < Cells::kBuckets; ++bucket) {
    const std::uint64_t bound = Cells::upper_bound(bucket);
    ASSERT_LT(bound, Cells::upper_bound(bucket + 1)) << bucket;
    ASSERT_EQ(Cells::bucket_of(bound), bucket) << bound;
    ASSERT_EQ(Cells::bucket_of(bound + 1), bucket + 1) << bound;
  }
  EXPECT_EQ(Cells::upper_bound(Cells::kBuckets - 1), Cells::kLargest);
}

TEST(Histogram, BucketsAreATenthOfTheirValueAtMost) {
  for (std::size_t bucket = 10; bucket < Cells::kBuckets; ++bucket) {
    const std::uint64_t lower = Cells::upper_bound(bucket - 1);
    ASSERT_LE((Cells::upper_bound(bucket) - lower) * 10, lower) << bucket;
  }
}

TEST(Histogram, RoundBoundsAreBucketBounds) {
  for (std::uint64_t power = 1; power < Cells::kLargest; power *= 10)
    for (const std::uint64_t bound : {power, 2 * power, 5 * power})
      EXPECT_EQ(Cells::upper_bound(Cells::bucket_of(bound)), bound);
}

TEST(Histogram, CountsWhatIsTooLargeInTheLastBucket) {
  Cells cells;
  cells.record(Cells::kLargest);
  cells.record(Cells::kLargest + 1);
  cells.record(std::numeric_limits<std::uint64_t>::max() / 2);
  EXPECT_EQ(cells.count_in(Cells::kBuckets - 1), 3u);
  EXPECT_EQ(cells.sum(), 2 * Cells::kLargest + 1 + std::numeric_limits<std::uint64_t>::max() / 2);
}

TEST(Histogram, HasNoQuantileWithoutRecords) {
  const Cells cells;
  EXPECT_EQ(cells.quantile(0.5), 0);
  EXPECT_EQ(cells.count(), 0u);
}

TEST(Histogram, QuantilesLieInTheBucketOfTheExactOne) {
  const bool holds = rc::check([](std::uint64_t seed) {
    Random random(seed);
    const double spread = 1 + 5 * random.uniform();
    const auto cells = std::make_unique<Cells>();
    std::vector<std::uint64_t> values(1 + random.below(5000));
    std::uint64_t sum = 0;
    for (auto& value : values) {
      value = static_cast<std::uint64_t>(std::min(1e14, std::exp(random.normal(10, spread))));
      cells->record(value);
      sum += value;
    }
    std::ranges::sort(values);
    RC_ASSERT(cells->count() == values.size());
    RC_ASSERT(cells->sum() == sum);
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const auto rank = std::max(1.0, std::ceil(q * static_cast<double>(values.size())));
      const auto exact = static_cast<double>(values[static_cast<std::size_t>(rank) - 1]);
      const double shown = cells->quantile(q);
      RC_ASSERT(std::abs(shown - exact) <= std::max(1.0, 0.1 * exact));
    }
  });
  EXPECT_TRUE(holds);
}

TEST(Histogram, QuantilesOfASmoothDistributionAreWithinHalfAPercent) {
  Cells cells;
  for (std::uint64_t value = 1; value <= 1'000'000; ++value) cells.record(value);
  for (const double q : {0.1, 0.5, 0.9, 0.99, 0.999})
    EXPECT_NEAR(cells.quantile(q) / (q * 1e6), 1.0, 0.005) << q;
}

TEST(Histogram, LosesNoRecordOfTwoThreads) {
  Cells cells;
  const auto record = [&] {
    for (std::uint64_t value = 0; value < 100'000; ++value) cells.record(value % 1000);
  };
  std::thread other(record);
  record();
  other.join();
  EXPECT_EQ(cells.count(), 200'000u);
  EXPECT_EQ(cells.sum(), 200'000u / 1000 * (999 * 1000 / 2));
}

}  // namespace
}  // namespace millrace
