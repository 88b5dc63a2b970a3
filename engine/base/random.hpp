// A seeded random source: xoshiro256** 1.0 (D. Blackman, S. Vigna, 2018), seeded by SplitMix64. The
// same seed gives the same numbers on every machine, which std::<random>'s distributions do not
// promise.
#pragma once

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace millrace {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) word = mix64(seed += 0x9e3779b97f4a7c15ULL);
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound). Precondition: bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    CHECK(bound > 0);
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }

  // Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  bool chance(double probability) { return uniform() < probability; }

  // Exponentially distributed with this mean.
  double exponential(double mean) { return -mean * std::log1p(-uniform()); }

  // Normally distributed (Box-Muller, one of the pair).
  double normal(double mean, double deviation) {
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform()));
    return mean + deviation * radius * std::cos(6.283185307179586 * uniform());
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace millrace
