// A published clustering of profiles: how their numbers are scaled, the centres, and names for them
// that stay when the model changes.
//
// Fitted by `cluster` where it publishes, outside of all lanes; read by every lane. A value.
#pragma once

#include "operators/models/k_means.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A column is centred on its median and divided by its spread, which outliers do not move.
struct Scale {
  double median = 0;
  double spread = 0;  // 0: all the same, and the column says nothing

  // Not a number means the median; what is farther than kFarthest spreads away counts as there.
  float operator()(float value) const;
  static constexpr double kFarthest = 16;
};

// Rows of `dimensions` numbers; those that are not a number are left out. The spread is that of the
// middle half, in standard deviations of a normal distribution, or the standard deviation if that
// is 0.
std::vector<Scale> scales_of(std::size_t dimensions, std::span<const float> rows);

struct ClusterModel {
  std::uint64_t definition =
      0;                      // a hash of what is clustered by: models of others are not compared
  std::uint32_t version = 0;  // from 1; another with every model that is published
  std::uint16_t next_id = 1;  // of the next cluster that resembles none before
  std::vector<Scale> scales;  // by feature
  std::vector<std::uint16_t> ids;  // by centre
  Clustering clustering;           // in scaled numbers

  // The id of the nearest centre. `row` are unscaled numbers, one for each feature; it is scaled in
  // place. Precondition: there is a centre.
  std::uint16_t id_of(std::span<float> row) const;

  std::string encode() const;
  // Nothing if the bytes are not an encoding.
  static std::optional<ClusterModel> decode(std::string_view bytes);
};

struct FitOptions {
  std::uint64_t definition = 0;
  std::size_t k = 8;
  std::size_t runs = 10;
  std::uint64_t seed = 0;
  double gain_least = 0.02;  // part of the cost that a new model must save
};

// The model of these rows, unscaled. That is `previous` where a new one would not be worth the
// change; where it would, clusters that share most profiles keep their ids, and ids do not come
// back.
ClusterModel fit(std::span<const float> rows,
                 std::size_t dimensions,
                 const std::optional<ClusterModel>& previous,
                 const FitOptions& options);

}  // namespace millrace
