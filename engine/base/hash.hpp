// The hashes that state, shards and digests depend on: XXH3 (github.com/Cyan4973/xxHash), fixed
// seed, so that a value is the same on every machine and in every version. Not for secrets.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Hash128&) const = default;

  // A sum of digests does not depend on the order in which they are added.
  Hash128& operator+=(const Hash128& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
    return *this;
  }
};

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
Hash128 hash128(std::string_view bytes, std::uint64_t seed = 0);

// Two lower-case hex digits a byte; of a hash 32, high half first.
std::string to_hex(std::span<const unsigned char> bytes);
std::string to_hex(const Hash128& hash);

// A bijection on 64 bits that spreads consecutive numbers over the whole range (the finalizer of
// MurmurHash3, variant 13 of D. Stafford; as used by SplitMix64).
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

struct HashOf128 {
  std::size_t operator()(const Hash128& hash) const { return hash.low; }
};

}  // namespace millrace
