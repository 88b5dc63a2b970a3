#include "operators/models/k_means.hpp"

#include "tests/unit/operators/models/data_sets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

namespace millrace {
namespace {

// The cheapest of some runs from centres drawn as plain k-means++ does, written for comparison: it
// shares nothing with what it judges but Lloyd's step.
double best_of_lloyd(const Points& points, std::size_t k, std::size_t runs) {
  Random random(99);
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t run = 0; run < runs; ++run) {
    Clustering start{points.dimensions, {}, 0};
    std::vector<double> distances(points.size(), 1);
    while (start.size() < k) {
      const double total = std::accumulate(distances.begin(), distances.end(), 0.0);
      double left = random.uniform() * total;
      std::size_t at = 0;
      while (at + 1 < points.size() && (left -= distances[at]) >= 0) ++at;
      start.centres.insert(start.centres.end(), points[at].begin(), points[at].end());
      for (std::size_t i = 0; i < points.size(); ++i)
        distances[i] = nearest(start, points[i]).distance;
    }
    best = std::min(best, improve(points, std::move(start)).cost);
  }
  return best;
}

Points line(std::vector<float> values) { return {1, std::move(values)}; }

TEST(KMeans, FindsTheGroupsOfALine) {
  Random random(1);
  Clustering found = k_means(line({0, 1, 2, 100, 101, 102, 50}), 3, 5, random);
  std::sort(found.centres.begin(), found.centres.end());
  EXPECT_EQ(found.centres, (std::vector<double>{1, 50, 101}));
  EXPECT_DOUBLE_EQ(found.cost, 4);
}

TEST(KMeans, MakesNoMoreCentresThanThereAreDifferentPoints) {
  Random random(1);
  EXPECT_EQ(k_means(line({7, 7, 7}), 3, 2, random).centres, std::vector<double>{7});
  EXPECT_EQ(k_means(line({7, 8, 7, 8}), 3, 2, random).cost, 0);
}

TEST(KMeans, MovesACentreThatHasNoPoints) {
  const Clustering start{1, {0, 1000, 2000}, 0};
  Clustering found = improve(line({0, 1, 10, 11, 20, 21}), start);
  std::sort(found.centres.begin(), found.centres.end());
  EXPECT_EQ(found.centres, (std::vector<double>{0.5, 10.5, 20.5}));
}

TEST(KMeans, NeverGetsWorseByImproving) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Points points = gaussians(500, 5, 3, 1, seed);
    Clustering start{3, {}, 0};
    for (std::size_t c = 0; c < 6; ++c)
      start.centres.insert(start.centres.end(), points[c].begin(), points[c].end());
    const double before = cost(start, points);
    const Clustering after = improve(points, start);
    EXPECT_LE(after.cost, before);
    EXPECT_DOUBLE_EQ(after.cost, cost(after, points));
  }
}

TEST(KMeans, IsTheSameForTheSameSeed) {
  const Points points = gaussians(2000, 8, 8, 1.2, 5);
  Random one(3), two(3);
  EXPECT_EQ(k_means(points, 8, 3, one).centres, k_means(points, 8, 3, two).centres);
}

TEST(KMeans, IsAsGoodAsTheBestOfManyRunsOnGaussians) {
  for (const auto& [dimensions, spread] : {std::pair(8, 1.2), std::pair(32, 0.7)}) {
    const Points points = gaussians(4000, 8, static_cast<std::size_t>(dimensions), spread, 1);
    Random random(1);
    EXPECT_LE(k_means(points, 8, 10, random).cost, 1.01 * best_of_lloyd(points, 8, 20));
  }
}

// Sets with known clusters, of which one run of Lloyd's often misses some: the name, how many there
// are, and the cost of the best of 20 runs of another implementation (scikit-learn 1.2.1's KMeans).
using DataSet = std::tuple<std::string, std::size_t, double>;
class KMeansOn : public testing::TestWithParam<DataSet> {};
INSTANTIATE_TEST_SUITE_P(KMeansQuality,
                         KMeansOn,
                         testing::Values(DataSet("sipu/s1", 15, 149.24),
                                         DataSet("sipu/s4", 15, 521.5),
                                         DataSet("sipu/a3", 50, 92.03),
                                         DataSet("sipu/unbalance", 8, 28.42)));

TEST_P(KMeansOn, IsAsGoodAsTheBestOfManyRuns) {
  const auto& [name, k, best] = GetParam();
  const auto points = data_set(name);
  if (!points) GTEST_SKIP() << "the data set is not here";
  Random random(1);
  const double ratio = k_means(*points, k, 10, random).cost / best;
  RecordProperty("ratio", std::to_string(ratio));
  EXPECT_LE(ratio, 1.05);
  EXPECT_GE(ratio, 0.95);  // else the points are not the same
}

}  // namespace
}  // namespace millrace
