// Points for tests of clustering: made ones, and labelled ones where they are at hand.
#pragma once

#include "operators/models/k_means.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace millrace {

// `clusters` Gaussians of unequal weight and scale in `dimensions`, with one in a hundred points
// anywhere: "g8" of the clustering literature is 8 in 8 dimensions with a spread of 1.2.
Points gaussians(std::size_t points,
                 std::size_t clusters,
                 std::size_t dimensions,
                 double spread,
                 std::uint64_t seed);

// Reads `name`.data.gz, centred and divided by the greatest standard deviation of a column. Nothing
// where the file is not there.
std::optional<Points> data_set(const std::string& name);

}  // namespace millrace
