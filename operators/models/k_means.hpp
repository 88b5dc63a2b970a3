// k-means: k centres that make the sum of squared distances of all points to their nearest centre
// small. Seeding by greedy k-means++ (Arthur and Vassilvitskii, 2007, with several candidates a
// centre), then Lloyd's iterations; the best of several runs; then swaps (Fränti, 2018) move the
// centre that is missed least to where one is wanted, which runs from the beginning seldom find.
//
// Pure functions: sums go over points in their order and ties to the lower number, so that the same
// points and seed give the same bytes on every machine with IEEE 754 arithmetic.
#pragma once

#include "engine/base/random.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

// Rows of as many finite numbers as there are dimensions.
struct Points {
  std::size_t dimensions = 1;
  std::vector<float> values;

  std::size_t size() const { return values.size() / dimensions; }
  std::span<const float> operator[](std::size_t i) const {
    return {&values[i * dimensions], dimensions};
  }
};

struct Clustering {
  std::size_t dimensions = 1;
  std::vector<double> centres;  // row by row
  double cost = 0;              // sum of squared distances to the nearest centre

  std::size_t size() const { return centres.size() / dimensions; }
  std::span<const double> operator[](std::size_t i) const {
    return {&centres[i * dimensions], dimensions};
  }
};

struct Nearest {
  std::size_t centre = 0;
  double distance = 0;  // squared
};
// Precondition: there is a centre.
Nearest nearest(const Clustering& clustering, std::span<const float> point);
// The number of the nearest centre of every point.
std::vector<std::uint32_t> labels(const Clustering& clustering, const Points& points);
// The sum of squared distances of all points to their nearest centre.
double cost(const Clustering& clustering, const Points& points);

// Moves the centres to the means of their points until they rest. A centre without points goes to
// the point that is farthest from its own. Ends after so many iterations at the latest.
Clustering improve(const Points& points, Clustering clustering, std::size_t iterations = 300);

// At most k centres, fewer if there are fewer different points. Precondition: there is a point.
Clustering k_means(const Points& points, std::size_t k, std::size_t runs, Random& random);

}  // namespace millrace
