// Sixteen characters at a time, as vectors: compilers have these for every processor.
#pragma once

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

}  // namespace millrace
