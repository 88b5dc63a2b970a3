#include "operators/models/cluster_model.hpp"

#include "engine/base/codec.hpp"
#include "operators/models/matching.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace millrace {
namespace {

// Of a normal distribution, the width of the middle half in standard deviations.
constexpr double kQuartiles = 1.3489795003921634;

// A cluster is the same as before if one in so many of its points was in it then.
constexpr std::size_t kSharedLeast = 10;

// A model that is there is a good beginning: so many new ones suffice to find a better one.
constexpr std::size_t kRunsAgain = 2;

double quantile(const std::vector<float>& sorted, double at) {
  const double place = at * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(low);
  return static_cast<double>(sorted[low]) * (1 - part) + static_cast<double>(sorted[high]) * part;
}

double deviation(const std::vector<float>& values) {
  double mean = 0, squares = 0, count = 0;
  for (const float value : values) {
    const double before = static_cast<double>(value) - mean;
    mean += before / ++count;
    squares += before * (static_cast<double>(value) - mean);
  }
  return std::sqrt(squares / count);
}

Points scaled(std::span<const float> rows, const std::vector<Scale>& scales) {
  Points points{scales.size(), {}};
  points.values.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    points.values.push_back(scales[i % scales.size()](rows[i]));
  return points;
}

// Centres in one scaling, as they stand in another.
Clustering rescaled(const ClusterModel& model, const std::vector<Scale>& scales) {
  Clustering made = model.clustering;
  for (std::size_t i = 0; i < made.centres.size(); ++i) {
    const Scale& from = model.scales[i % scales.size()];
    const Scale& to = scales[i % scales.size()];
    const double value = made.centres[i] * from.spread + from.median;
    made.centres[i] = to.spread > 0 ? (value - to.median) / to.spread : 0;
  }
  return made;
}

// Gives the clusters of `model` the ids of those before that share most points with them; nearer
// ones first where they share as many. One that shares next to none with its match is new.
void keep_ids(const Points& points,
              const Clustering& old,
              const std::vector<std::uint16_t>& old_ids,
              ClusterModel& model) {
  const std::size_t rows = model.clustering.size();
  const std::size_t columns = std::max(rows, old.size());
  std::vector<std::size_t> shared(rows * columns), sizes(rows);
  const auto before = labels(old, points), now = labels(model.clustering, points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    ++shared[now[i] * columns + before[i]];
    ++sizes[now[i]];
  }
  std::vector<double> costs(rows * columns);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < old.size(); ++column) {
      double distance = 0;
      for (std::size_t d = 0; d < points.dimensions; ++d)
        distance += std::abs(model.clustering[row][d] - old[column][d]);
      const std::size_t at = row * columns + column;
      costs[at] = -static_cast<double>(shared[at]) - 1 / (2 + distance);
    }
  const auto matched = match(costs, columns);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t column = matched[row];
    const bool survives =
        column < old.size() && shared[row * columns + column] * kSharedLeast >= sizes[row];
    model.ids.push_back(survives ? old_ids[column] : model.next_id++);
  }
}

// The first ids go by size, the largest cluster first.
void give_ids(const Points& points, ClusterModel& model) {
  std::vector<std::size_t> sizes(model.clustering.size());
  for (const std::uint32_t label : labels(model.clustering, points)) ++sizes[label];
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return sizes[a] > sizes[b];
  });
  model.ids.resize(order.size());
  for (const std::size_t cluster : order) model.ids[cluster] = model.next_id++;
}

}  // namespace

float Scale::operator()(float value) const {
  if (std::isnan(value) || spread == 0) return 0;
  const double moved = (static_cast<double>(value) - median) / spread;
  return static_cast<float>(std::clamp(moved, -kFarthest, kFarthest));
}

std::vector<Scale> scales_of(std::size_t dimensions, std::span<const float> rows) {
  std::vector<Scale> scales;
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::vector<float> column;
    for (std::size_t i = d; i < rows.size(); i += dimensions)
      if (!std::isnan(rows[i])) column.push_back(rows[i]);
    Scale& scale = scales.emplace_back();
    if (column.empty()) continue;
    // In their order, so that sums do not depend on how equal numbers are sorted.
    const double spread = deviation(column);
    std::sort(column.begin(), column.end());
    scale.median = quantile(column, 0.5);
    scale.spread = (quantile(column, 0.75) - quantile(column, 0.25)) / kQuartiles;
    if (scale.spread == 0) scale.spread = spread;
  }
  return scales;
}

std::uint16_t ClusterModel::id_of(std::span<float> row) const {
  for (std::size_t d = 0; d < row.size(); ++d) row[d] = scales[d](row[d]);
  return ids[nearest(clustering, row).centre];
}

std::string ClusterModel::encode() const {
  std::string bytes;
  ByteWriter to(bytes);
  to.fixed64(definition);
  to.varint(version);
  to.varint(next_id);
  to.varint(scales.size());
  for (const Scale& scale : scales) {
    to.number(scale.median);
    to.number(scale.spread);
  }
  to.varint(ids.size());
  for (const std::uint16_t id : ids) to.varint(id);
  for (const double value : clustering.centres) to.number(value);
  return bytes;
}

std::optional<ClusterModel> ClusterModel::decode(std::string_view bytes) {
  ByteReader from(bytes);
  ClusterModel model;
  model.definition = from.fixed64();
  model.version = static_cast<std::uint32_t>(from.varint());
  model.next_id = static_cast<std::uint16_t>(from.varint());
  const std::uint64_t dimensions = from.varint();
  if (dimensions == 0 || dimensions > from.left()) return std::nullopt;
  for (std::uint64_t d = 0; d < dimensions; ++d) {
    const double median = from.number();
    model.scales.push_back({median, from.number()});
  }
  const std::uint64_t clusters = from.varint();
  if (clusters == 0 || clusters > from.left()) return std::nullopt;
  for (std::uint64_t c = 0; c < clusters; ++c)
    model.ids.push_back(static_cast<std::uint16_t>(from.varint()));
  model.clustering.dimensions = dimensions;
  if (from.left() != clusters * dimensions * sizeof(double)) return std::nullopt;
  for (std::uint64_t i = 0; i < clusters * dimensions; ++i)
    model.clustering.centres.push_back(from.number());
  return from.done() ? std::optional(std::move(model)) : std::nullopt;
}

ClusterModel fit(std::span<const float> rows,
                 std::size_t dimensions,
                 const std::optional<ClusterModel>& previous,
                 const FitOptions& options) {
  ClusterModel model;
  model.definition = options.definition;
  model.scales = scales_of(dimensions, rows);
  const Points points = scaled(rows, model.scales);
  const bool same = previous && previous->definition == options.definition;
  model.version = previous ? previous->version + 1 : 1;
  Random random(options.seed ^ mix64(model.version));
  const std::size_t runs = same ? std::min(options.runs, kRunsAgain) : options.runs;
  model.clustering = k_means(points, options.k, runs, random);
  if (!same) {
    give_ids(points, model);
    return model;
  }
  const Clustering old = rescaled(*previous, model.scales);
  const double old_cost = cost(old, points);
  const bool same_size = old.size() == model.clustering.size();
  // What follows from the centres that are there moves fewest profiles.
  if (same_size)
    if (Clustering warm = improve(points, old);
        model.clustering.cost >= warm.cost * (1 - options.gain_least))
      model.clustering = std::move(warm);
  if (same_size && model.clustering.cost >= old_cost * (1 - options.gain_least)) return *previous;
  model.next_id = previous->next_id;
  keep_ids(points, old, previous->ids, model);
  return model;
}

}  // namespace millrace
