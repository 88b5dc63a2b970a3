// Texts of a few characters, such as the names of members and parameters, without a call. Pure
// functions; any thread.
#pragma once

#include "engine/base/sixteen.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace {

// Whether two are equal.
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
  if (size == 0) return true;
  const std::size_t middle = size / 2;
  return ((p[0] ^ q[0]) | (p[middle] ^ q[middle]) | (p[size - 1] ^ q[size - 1])) == 0;
}

// Of up to kShortText bytes: copies it to `out`. Behind its end there. The two do not overlap.
constexpr std::size_t kShortText = 64;
[[gnu::always_inline]] inline char* copy_short_text(std::string_view text, char* out) {
  const char* const p = text.data();
  const std::size_t size = text.size();
  // The first and the last characters, which overlap.
  const auto copy = [&]<class Word>(Word) {
    Word ends[2];
    std::memcpy(&ends[0], p, sizeof(Word));
    std::memcpy(&ends[1], p + size - sizeof(Word), sizeof(Word));
    std::memcpy(out, &ends[0], sizeof(Word));
    std::memcpy(out + size - sizeof(Word), &ends[1], sizeof(Word));
  };
  struct ThirtyTwo {
    std::uint64_t words[4];
  };
  if (size > 32)
    copy(ThirtyTwo{});
  else if (size >= 16)
    copy(Sixteen{});
  else if (size >= 8)
    copy(std::uint64_t{});
  else if (size >= 4)
    copy(std::uint32_t{});
  else if (size > 0) {
    const std::size_t middle = size / 2;
    const char three[] = {p[0], p[middle], p[size - 1]};
    out[0] = three[0];
    out[middle] = three[1];
    out[size - 1] = three[2];
  }
  return out + size;
}

// The same of a text of any size.
inline char* copy_text(std::string_view text, char* out) {
  if (text.size() <= kShortText) return copy_short_text(text, out);
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace millrace
