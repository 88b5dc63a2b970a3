#include "operators/models/matching.hpp"

#include "engine/base/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

namespace millrace {
namespace {

double sum_of(const std::vector<double>& costs,
              std::size_t columns,
              const std::vector<std::size_t>& chosen) {
  double sum = 0;
  for (std::size_t row = 0; row < chosen.size(); ++row) sum += costs[row * columns + chosen[row]];
  return sum;
}

TEST(Match, TakesTheCheapestOfAllAssignments) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    Random random(seed);
    const std::size_t columns = 1 + random.below(6), rows = 1 + random.below(columns);
    std::vector<double> costs;
    for (std::size_t i = 0; i < rows * columns; ++i)
      costs.push_back(static_cast<double>(random.below(12)) - 6);
    const auto chosen = match(costs, columns);
    RC_ASSERT(chosen.size() == rows);
    RC_ASSERT(std::set<std::size_t>(chosen.begin(), chosen.end()).size() == rows);
    std::vector<std::size_t> order(columns);
    std::iota(order.begin(), order.end(), std::size_t{0});
    double least = std::numeric_limits<double>::infinity();
    do {
      least = std::min(
          least,
          sum_of(
              costs, columns, {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(rows)}));
    } while (std::next_permutation(order.begin(), order.end()));
    RC_ASSERT(sum_of(costs, columns, chosen) == least);
  }));
}

TEST(Match, OfNothingIsNothing) { EXPECT_TRUE(match({}, 3).empty()); }

}  // namespace
}  // namespace millrace
