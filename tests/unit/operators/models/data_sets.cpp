#include "tests/unit/operators/models/data_sets.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>
#include <vector>

namespace millrace {
namespace {

std::string unpacked(const std::string& path) {
  std::string text;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(("gzip -dc '" + path + "'").c_str(), "r"),
                                                   &pclose);
  if (!pipe) return text;
  char buffer[65536];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe.get()))
    text.append(buffer, got);
  return text;
}

// So that the column that varies most has a standard deviation of 1.
void standardize(Points& points) {
  const auto n = static_cast<double>(points.size());
  double greatest = 0;
  for (std::size_t d = 0; d < points.dimensions; ++d) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < points.size(); ++i) sum += static_cast<double>(points[i][d]);
    const double mean = sum / n;
    for (std::size_t i = 0; i < points.size(); ++i) {
      float& value = points.values[i * points.dimensions + d];
      value = static_cast<float>(static_cast<double>(value) - mean);
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    greatest = std::max(greatest, std::sqrt(squares / n));
  }
  for (float& value : points.values)
    value = static_cast<float>(static_cast<double>(value) / greatest);
}

}  // namespace

Points gaussians(std::size_t points,
                 std::size_t clusters,
                 std::size_t dimensions,
                 double spread,
                 std::uint64_t seed) {
  Random random(seed);
  std::vector<double> centres, scales, weights;
  double total = 0;
  for (std::size_t c = 0; c < clusters; ++c) {
    const double scale = 0.6 + 0.8 * random.uniform();
    for (std::size_t d = 0; d < dimensions; ++d) {
      centres.push_back(random.normal(0, spread));
      scales.push_back(scale * (0.7 + 0.6 * random.uniform()));
    }
    // Of Dirichlet(3, ..., 3): sums of three exponentials.
    weights.push_back(random.exponential(1) + random.exponential(1) + random.exponential(1));
    total += weights.back();
  }
  Points made{dimensions, {}};
  for (std::size_t i = 0; i < points; ++i) {
    double left = random.uniform() * total;
    std::size_t c = 0;
    while (c + 1 < clusters && (left -= weights[c]) >= 0) ++c;
    for (std::size_t d = 0; d < dimensions; ++d)
      made.values.push_back(static_cast<float>(
          random.normal(centres[c * dimensions + d], scales[c * dimensions + d])));
  }
  const auto [low, high] = std::minmax_element(made.values.begin(), made.values.end());
  const float from = *low, width = *high - *low;
  for (std::size_t i = 0; i < points; ++i) {
    if (!random.chance(0.01)) continue;
    for (std::size_t d = 0; d < dimensions; ++d)
      made.values[i * dimensions + d] = from + width * static_cast<float>(random.uniform());
  }
  return made;
}

std::optional<Points> data_set(const std::string& name) {
  const std::string path = std::string(MILLRACE_DATA) + "/clustbench/" + name + ".data.gz";
  if (!std::filesystem::exists(path)) return std::nullopt;
  std::istringstream lines(unpacked(path));
  std::vector<std::vector<float>> rows;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream numbers(line);
    std::vector<float> row;
    for (float value = 0; numbers >> value;) row.push_back(value);
    if (!row.empty()) rows.push_back(std::move(row));
  }
  if (rows.empty()) return std::nullopt;
  Points points{rows[0].size(), {}};
  for (const auto& row : rows) points.values.insert(points.values.end(), row.begin(), row.end());
  standardize(points);
  return points;
}

}  // namespace millrace
