#include "engine/base/hash.hpp"

#include <xxhash.h>

namespace millrace {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.low64, hash.high64};
}

std::string to_hex(const Hash128& hash) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text(32, '0');
  for (unsigned i = 0; i < 16; ++i) {
    text[15 - i] = kHex[hash.high >> 4 * i & 15];
    text[31 - i] = kHex[hash.low >> 4 * i & 15];
  }
  return text;
}

}  // namespace millrace
