// Values that a program sends where it has no identifier: they identify nobody.
//
// Built once; read by `identify` from its one thread.
#pragma once

#include "engine/base/hash.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
// Without the blanks around it.
std::string_view trim(std::string_view text);

class BlockedValues {
 public:
  // Besides those that everybody blocks.
  explicit BlockedValues(const std::vector<std::string>& more);

  // `value` is trimmed. Case does not matter.
  bool contains(std::string_view value) const;

 private:
  static constexpr std::size_t kBytesMax = 256;  // longer values identify nobody

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };

  void add(std::string_view value);

  std::array<bool, kBytesMax + 1> lengths_{};
  boost::unordered_flat_set<std::string, Hash, std::equal_to<>> values_;
};

}  // namespace millrace
