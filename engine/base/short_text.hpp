// Whether two texts of a few characters are equal, without a call: for the names of members and
// parameters. A pure function; any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace {

inline bool same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const char* const p = a.data();
  const char* const q = b.data();
  const std::size_t size = a.size();
  // The first and the last characters of each, which overlap.
  const auto same = [&]<class Word>(Word) {
    Word x[2];
    Word y[2];
    std::memcpy(&x[0], p, sizeof(Word));
    std::memcpy(&y[0], q, sizeof(Word));
    std::memcpy(&x[1], p + size - sizeof(Word), sizeof(Word));
    std::memcpy(&y[1], q + size - sizeof(Word), sizeof(Word));
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  };
  if (size > 16) return std::memcmp(p, q, size) == 0;
  if (size >= 8) return same(std::uint64_t{});
  if (size >= 4) return same(std::uint32_t{});
  for (std::size_t i = 0; i < size; ++i)
    if (p[i] != q[i]) return false;
  return true;
}

}  // namespace millrace
