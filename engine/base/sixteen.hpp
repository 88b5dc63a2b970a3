// Sixteen characters at a time, as vectors: compilers have these for every processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace millrace {

using Sixteen = unsigned char __attribute__((vector_size(16)));

inline Sixteen load_sixteen(const char* from) {
  Sixteen text;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled
  std::memcpy(&text, from, sizeof text);
  return text;
}

// Whether any part of what comparisons gave holds.
template <class Compared>
bool any_of_sixteen(Compared compared) {
  using Halves = std::uint64_t __attribute__((vector_size(16)));
  const auto halves = reinterpret_cast<Halves>(compared);
  return (halves[0] | halves[1]) != 0;
}

// Of what comparisons gave: a bit for each character where they hold, the first the lowest.
template <class Compared>
std::uint32_t bits_of_sixteen(Compared compared) {
#if defined(__SSE2__)
  using Chars = char __attribute__((vector_size(16)));
  return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(reinterpret_cast<Chars>(compared)));
#else
  std::uint32_t bits = 0;
  for (int i = 0; i < 16; ++i) bits |= (static_cast<std::uint32_t>(compared[i]) & 1u) << i;
  return bits;
#endif
}

// A bit for each of the 64 characters from `at` on that `is`, which compares sixteen at a time,
// as far as these stand before `end`.
template <class Is>
std::uint64_t bits_of_block(const char* at, const char* end, Is is) {
  char rest[64] = {};
  if (end - at < 64)
    at = static_cast<char*>(std::memcpy(rest, at, static_cast<std::size_t>(end - at)));
  std::uint64_t bits = 0;
  for (int i = 0; i < 4; ++i)
    bits |= std::uint64_t{bits_of_sixteen(is(load_sixteen(at + 16 * i)))} << 16 * i;
  return bits;
}

// Copies what stands from `at` to `to` to `out`, where there is as much room as up to `end`. Behind
// its end there.
inline char* copy_run(const char* at, const char* to, const char* end, char* out) {
  const auto size = static_cast<std::size_t>(to - at);
  if (size <= 16 && end - at >= 16)
    std::memcpy(out, at, 16);
  else
    std::memcpy(out, at, size);
  return out + size;
}

}  // namespace millrace
