// Decimal digits, eight at a time
// (lemire.me/blog/2022/01/21/swar-explained-parsing-eight-digits). Pure functions; any thread.
#pragma once

#include <cstdint>
#include <cstring>

namespace millrace {

// Whether all of the eight characters at `at` are digits.
inline bool are_eight_digits(const char* at) {
  constexpr std::uint64_t kHighs = 0xF0F0F0F0F0F0F0F0;
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return ((word & kHighs) | ((word + 0x0606060606060606) & kHighs) >> 4) == 0x3333333333333333;
}

}  // namespace millrace
