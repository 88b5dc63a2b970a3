#include "operators/models/cluster_model.hpp"

#include "tests/unit/operators/models/data_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

const float kMissing = std::numeric_limits<float>::quiet_NaN();

std::vector<std::uint16_t> ids(const ClusterModel& model, std::vector<float> rows) {
  const std::size_t width = model.scales.size();
  std::vector<std::uint16_t> all;
  for (std::size_t i = 0; i < rows.size(); i += width)
    all.push_back(model.id_of({&rows[i], width}));
  return all;
}

// Three groups of customers on a line, of 300, 200 and 100.
std::vector<float> customers(float middle = 50) {
  std::vector<float> rows;
  const auto add = [&](int count, float at) {
    for (int i = 0; i < count; ++i) rows.push_back(at + static_cast<float>(i % 10) / 10);
  };
  add(300, 0);
  add(200, middle);
  add(100, 100);
  return rows;
}

TEST(Scale, IsOfTheMiddleHalf) {
  const std::vector<float> rows = {1, 2, 3, 4, 5, 6, 7, 8, 1e9F, kMissing};
  const Scale scale = scales_of(1, rows)[0];
  EXPECT_DOUBLE_EQ(scale.median, 5);
  EXPECT_NEAR(scale.spread, 4 / 1.349, 1e-3);
  EXPECT_THAT(scale(5), FloatEq(0));
  EXPECT_THAT(scale(kMissing), FloatEq(0));
  EXPECT_THAT(scale(1e9F), FloatEq(16));
  EXPECT_THAT(scale(-std::numeric_limits<float>::infinity()), FloatEq(-16));
}

TEST(Scale, FallsBackWhereMostAreTheSame) {
  std::vector<float> rows(99, 2);
  rows.push_back(3);
  EXPECT_NEAR(scales_of(1, rows)[0].spread, std::sqrt(0.0099), 1e-6);
  rows.back() = 2;
  const Scale scale = scales_of(1, rows)[0];
  EXPECT_EQ(scale.spread, 0);
  EXPECT_EQ(scale(7), 0);
  EXPECT_EQ(scales_of(1, std::vector<float>(3, kMissing))[0].spread, 0);
}

TEST(ClusterModel, NumbersClustersBySize) {
  const ClusterModel model = fit(customers(), 1, std::nullopt, {.k = 3});
  EXPECT_EQ(model.version, 1u);
  EXPECT_THAT(ids(model, {0, 51, 102, kMissing}), ElementsAre(1, 2, 3, 1));
}

TEST(ClusterModel, StaysWhereNothingIsGained) {
  const FitOptions options{.k = 3};
  const ClusterModel first = fit(customers(), 1, std::nullopt, options);
  std::vector<float> more = customers();
  for (float& value : more) value += 0.01F;
  EXPECT_EQ(fit(more, 1, first, options).encode(), first.encode());
}

TEST(ClusterModel, KeepsIdsWhileClustersMove) {
  const FitOptions options{.k = 3};
  ClusterModel model = fit(customers(50), 1, std::nullopt, options);
  for (float middle = 52; middle < 80; middle += 2) {
    model = fit(customers(middle), 1, model, options);
    ASSERT_THAT(ids(model, {0, middle, 100}), ElementsAre(1, 2, 3)) << middle;
  }
  EXPECT_GT(model.version, 1u);
}

// Those at 400 were of the third cluster until now; it goes on with most of its profiles.
TEST(ClusterModel, GivesANewClusterANewId) {
  const ClusterModel first = fit(customers(), 1, std::nullopt, {.k = 3});
  std::vector<float> grown = customers();
  grown.insert(grown.end(), 60, 400.0F);
  const ClusterModel second = fit(grown, 1, first, {.k = 4});
  EXPECT_THAT(ids(second, {0, 50, 100, 400}), ElementsAre(1, 2, 3, 4));
}

TEST(ClusterModel, DoesNotBringBackIds) {
  const FitOptions options{.k = 3};
  const ClusterModel first = fit(customers(), 1, std::nullopt, options);
  std::vector<float> others(300);
  others.insert(others.end(), 200, 50.0F);
  others.insert(others.end(), 100, -300.0F);
  for (std::size_t i = 0; i < others.size(); ++i) others[i] += static_cast<float>(i % 10) / 10;
  const ClusterModel second = fit(others, 1, first, options);
  EXPECT_THAT(ids(second, {0, 50, -300}), ElementsAre(1, 2, 4));
}

TEST(ClusterModel, BeginsAnewWithOtherFeatures) {
  const ClusterModel first = fit(customers(), 1, std::nullopt, {.definition = 1, .k = 3});
  const ClusterModel second = fit(customers(), 1, first, {.definition = 2, .k = 3});
  EXPECT_EQ(second.version, 2u);
  EXPECT_THAT(ids(second, {0, 50, 100}), ElementsAre(1, 2, 3));
}

TEST(ClusterModel, ChangesFewIdsOnSamplesOfTheSameCustomers) {
  const FitOptions options{.k = 8};
  const Points points = gaussians(20'000, 8, 8, 1.2, 7);
  const auto half = [&](std::size_t which) {
    std::vector<float> rows;
    for (std::size_t i = which; i < points.size(); i += 2)
      rows.insert(rows.end(), points[i].begin(), points[i].end());
    return rows;
  };
  const ClusterModel first = fit(half(0), 8, std::nullopt, options);
  const ClusterModel second = fit(half(1), 8, first, {.k = 8, .seed = 5, .gain_least = -1});
  EXPECT_NE(second.version, first.version);
  const auto before = ids(first, points.values), after = ids(second, points.values);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) moved += before[i] != after[i] ? 1 : 0;
  EXPECT_LT(moved, before.size() / 20);
}

TEST(ClusterModel, IsReadBackAsItWasWritten) {
  const Points points = gaussians(500, 4, 3, 1.2, 7);
  const ClusterModel model = fit(points.values, 3, std::nullopt, {.definition = 42, .k = 4});
  const std::string bytes = model.encode();
  const auto read = ClusterModel::decode(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->encode(), bytes);
  EXPECT_EQ(ids(*read, points.values), ids(model, points.values));
  EXPECT_FALSE(ClusterModel::decode(""));
  for (std::size_t cut = 1; cut < bytes.size(); cut += 7)
    EXPECT_FALSE(ClusterModel::decode(std::string_view(bytes).substr(0, cut))) << cut;
}

}  // namespace
}  // namespace millrace
