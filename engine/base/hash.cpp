#include "engine/base/hash.hpp"

#include <xxhash.h>

#include <array>
#include <cstring>

namespace millrace {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.low64, hash.high64};
}

std::string to_hex(std::span<const unsigned char> bytes) {
  static constexpr auto kDigits = [] {
    std::array<std::array<char, 2>, 256> made{};
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15]};
    return made;
  }();
  std::string text(2 * bytes.size(), '0');
  char* out = text.data();
  for (const unsigned char byte : bytes) {
    std::memcpy(out, kDigits[byte].data(), 2);
    out += 2;
  }
  return text;
}

std::string to_hex(const Hash128& hash) {
  std::array<unsigned char, 16> bytes{};
  const std::uint64_t halves[] = {__builtin_bswap64(hash.high), __builtin_bswap64(hash.low)};
  std::memcpy(bytes.data(), halves, sizeof halves);
  return to_hex(bytes);
}

}  // namespace millrace
