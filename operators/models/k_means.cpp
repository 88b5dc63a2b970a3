#include "operators/models/k_means.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

namespace millrace {
namespace {

// So many tell whether a swap is a gain; twice what Fränti (2018) takes, which misses some.
constexpr std::size_t kIterationsOfSwap = 4;
// A step that gains less than this part of the cost is the last.
constexpr double kRest = 1e-4;
// So many swaps in a row that gain nothing are the last.
constexpr std::size_t kSwapsMax = 8;

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

// Centres side by side, so that the distances to eight of them are measured at once.
class Centres {
 public:
  explicit Centres(const Clustering& clustering)
      : dimensions_(clustering.dimensions),
        size_(clustering.size()),
        values_((size_ + kWidth - 1) / kWidth * kWidth * dimensions_,
                std::numeric_limits<float>::infinity()) {
    for (std::size_t c = 0; c < size_; ++c)
      for (std::size_t d = 0; d < dimensions_; ++d)
        values_[(c / kWidth * dimensions_ + d) * kWidth + c % kWidth] =
            static_cast<float>(clustering[c][d]);
  }

  // Calls take(centre, squared distance), in their order.
  template <class Take>
  void measure(std::span<const float> point, Take take) const {
    const float* column = values_.data();
    for (std::size_t first = 0; first < size_; first += kWidth) {
      Eight sums{};
      for (const float value : point) {
        Eight centres;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled
        std::memcpy(&centres, column, sizeof centres);
        const Eight difference = value - centres;
        sums += difference * difference;
        column += kWidth;
      }
      const std::size_t count = std::min(kWidth, size_ - first);
      for (std::size_t i = 0; i < count; ++i) take(first + i, static_cast<double>(sums[i]));
    }
  }

  Nearest nearest(std::span<const float> point) const {
    Nearest best{0, std::numeric_limits<double>::infinity()};
    measure(point, [&](std::size_t centre, double distance) {
      if (distance < best.distance) best = {centre, distance};
    });
    return best;
  }

 private:
  static constexpr std::size_t kWidth = 8;
  // Compilers have it for every processor, of as many registers as it takes.
  using Eight = float __attribute__((vector_size(kWidth * sizeof(float))));

  std::size_t dimensions_;
  std::size_t size_;
  std::vector<float> values_;  // of eight centres their first numbers, then their second, and so on
};

// A point, as likely as its distance is great. `total` is the sum of distances, and more than 0.
std::size_t draw(const std::vector<double>& distances, double total, Random& random) {
  double left = random.uniform() * total;
  std::size_t last = 0;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    if (distances[i] == 0) continue;
    last = i;
    left -= distances[i];
    if (left < 0) break;
  }
  return last;
}

// Of a few drawn points, the one that would be the best centre besides those there are.
std::size_t next_centre(const Points& points,
                        const std::vector<double>& distances,
                        double total,
                        std::size_t k,
                        Random& random) {
  std::vector<std::size_t> drawn(2 + std::bit_width(k));
  Clustering candidates{points.dimensions, {}, 0};
  for (std::size_t& candidate : drawn) {
    candidate = draw(distances, total, random);
    const auto at = points[candidate];
    candidates.centres.insert(candidates.centres.end(), at.begin(), at.end());
  }
  const Centres centres(candidates);
  std::vector<double> totals(drawn.size());  // once that candidate is a centre
  for (std::size_t i = 0; i < points.size(); ++i)
    centres.measure(points[i], [&](std::size_t candidate, double distance) {
      totals[candidate] += std::min(distances[i], distance);
    });
  const auto best = std::min_element(totals.begin(), totals.end());
  return drawn[static_cast<std::size_t>(best - totals.begin())];
}

// One point as the next centre: likely one that is far from those there are.
class Seeding {
 public:
  Seeding(const Points& points, Random& random)
      : points_(points),
        random_(random),
        distances_(points.size(), std::numeric_limits<double>::infinity()) {}

  Clustering seed(std::size_t k) {
    Clustering made{points_.dimensions, {}, 0};
    add(made, random_.below(points_.size()));
    while (made.size() < k && total_ > 0)
      add(made, next_centre(points_, distances_, total_, k, random_));
    return made;
  }

 private:
  void add(Clustering& made, std::size_t point) {
    const auto at = points_[point];
    made.centres.insert(made.centres.end(), at.begin(), at.end());
    total_ = 0;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      distances_[i] = std::min(distances_[i], squared_distance(points_[i], at));
      total_ += distances_[i];
    }
  }
  const Points& points_;
  Random& random_;
  std::vector<double> distances_;  // of every point to the nearest centre so far
  double total_ = 0;
};

struct Sums {
  std::vector<double> values;
  std::vector<std::size_t> counts;
  double cost = 0;
  std::size_t farthest = 0;  // the point
};

Sums sums_of(const Points& points, const Clustering& clustering) {
  Sums sums{std::vector<double>(clustering.centres.size()),
            std::vector<std::size_t>(clustering.size()),
            0,
            0};
  const Centres centres(clustering);
  double farthest = -1;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto point = points[i];
    const Nearest own = centres.nearest(point);
    sums.cost += own.distance;
    ++sums.counts[own.centre];
    for (std::size_t d = 0; d < points.dimensions; ++d)
      sums.values[own.centre * points.dimensions + d] += static_cast<double>(point[d]);
    if (own.distance <= farthest) continue;
    farthest = own.distance;
    sums.farthest = i;
  }
  return sums;
}

// The clustering with one centre moved: the one whose points would suffer least without it, or the
// next but `rank`; to a point that is likely far from its own.
Clustering swapped(const Points& points, Clustering clustering, std::size_t rank, Random& random) {
  const std::size_t dimensions = points.dimensions;
  const Centres centres(clustering);
  std::vector<double> missed(clustering.size()), distances;
  double total = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    Nearest best{0, std::numeric_limits<double>::infinity()};
    double second = std::numeric_limits<double>::infinity();
    centres.measure(points[i], [&](std::size_t centre, double distance) {
      if (distance < best.distance) {
        second = best.distance;
        best = {centre, distance};
      } else {
        second = std::min(second, distance);
      }
    });
    missed[best.centre] += second - best.distance;
    distances.push_back(best.distance);
    total += best.distance;
  }
  std::vector<std::size_t> order(clustering.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return missed[a] < missed[b];
  });
  const auto to = points[next_centre(points, distances, total, clustering.size(), random)];
  const std::size_t from = order[rank % order.size()];
  std::copy(to.begin(),
            to.end(),
            clustering.centres.begin() + static_cast<std::ptrdiff_t>(from * dimensions));
  return clustering;
}

}  // namespace

Nearest nearest(const Clustering& clustering, std::span<const float> point) {
  Nearest best{0, std::numeric_limits<double>::infinity()};
  const double* centre = clustering.centres.data();
  for (std::size_t i = 0; i < clustering.size(); ++i, centre += point.size()) {
    double distance = 0;
    for (std::size_t d = 0; d < point.size(); ++d) {
      const double difference = static_cast<double>(point[d]) - centre[d];
      distance += difference * difference;
    }
    if (distance < best.distance) best = {i, distance};
  }
  return best;
}

std::vector<std::uint32_t> labels(const Clustering& clustering, const Points& points) {
  std::vector<std::uint32_t> all;
  all.reserve(points.size());
  const Centres centres(clustering);
  for (std::size_t i = 0; i < points.size(); ++i)
    all.push_back(static_cast<std::uint32_t>(centres.nearest(points[i]).centre));
  return all;
}

double cost(const Clustering& clustering, const Points& points) {
  const Centres centres(clustering);
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i) sum += centres.nearest(points[i]).distance;
  return sum;
}

Clustering improve(const Points& points, Clustering clustering, std::size_t iterations) {
  const std::size_t dimensions = points.dimensions;
  double before = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < iterations; ++i) {
    const Sums sums = sums_of(points, clustering);
    bool moved = false;
    for (std::size_t c = 0; c < clustering.size(); ++c) {
      for (std::size_t d = 0; d < dimensions && sums.counts[c] > 0; ++d)
        clustering.centres[c * dimensions + d] =
            sums.values[c * dimensions + d] / static_cast<double>(sums.counts[c]);
      if (sums.counts[c] > 0 || moved || sums.cost == 0) continue;
      // One a step: two centres at the same point would both be without points again.
      const auto far = points[sums.farthest];
      std::copy(far.begin(),
                far.end(),
                clustering.centres.begin() + static_cast<std::ptrdiff_t>(c * dimensions));
      moved = true;
    }
    if (!moved && before - sums.cost <= kRest * sums.cost) break;
    before = moved ? std::numeric_limits<double>::infinity() : sums.cost;
  }
  clustering.cost = cost(clustering, points);
  return clustering;
}

Clustering k_means(const Points& points, std::size_t k, std::size_t runs, Random& random) {
  Clustering best;
  for (std::size_t run = 0; run < runs; ++run) {
    Clustering made = improve(points, Seeding(points, random).seed(k));
    if (run == 0 || made.cost < best.cost) best = std::move(made);
  }
  for (std::size_t failed = 0; failed < kSwapsMax && best.size() > 1 && best.cost > 0;) {
    Clustering made = improve(points, swapped(points, best, failed / 2, random), kIterationsOfSwap);
    const bool better = made.cost < best.cost * (1 - kRest);
    failed = better ? 0 : failed + 1;
    if (better) best = improve(points, std::move(made));
  }
  return best;
}

}  // namespace millrace
