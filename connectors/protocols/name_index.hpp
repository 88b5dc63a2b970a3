// Finds a name among some dozens that are known when it is made, as decoders do with every field of
// every event: cheaper than a hash of the whole name. Made once; then any thread.
#pragma once

#include "engine/base/short_text.hpp"

#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::protocols {

class NameIndex {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // Of the rows of a table, by the member that is their name. Of two with one name the first
  // counts.
  template <class Rows, class Row>
  NameIndex(const Rows& rows, std::string_view Row::*name) {
    for (const Row& row : rows) names_.push_back(row.*name);
    slots_.resize(std::bit_ceil(4 * names_.size() + 1), kEmpty);
    for (std::size_t row = names_.size(); row-- > 0;) {
      std::size_t at = slot(names_[row]);
      while (slots_[at] != kEmpty && names_[slots_[at]] != names_[row])
        at = (at + 1) & (slots_.size() - 1);
      slots_[at] = static_cast<std::uint16_t>(row);
    }
  }

  // The row's number, or kNone.
  std::size_t find(std::string_view name) const {
    for (std::size_t at = slot(name); slots_[at] != kEmpty; at = (at + 1) & (slots_.size() - 1))
      if (same_text(names_[slots_[at]], name)) return slots_[at];
    return kNone;
  }

 private:
  static constexpr std::uint16_t kEmpty = 0xFFFF;

  std::size_t slot(std::string_view name) const {
    if (name.empty()) return 0;
    const auto byte = [&](std::size_t i) {
      return std::uint32_t{static_cast<unsigned char>(name[i])};
    };
    const std::size_t last = name.size() - 1;
    const std::uint32_t mixed = byte(0) | byte(last) << 8 | byte(last / 2) << 16 |
                                static_cast<std::uint32_t>(name.size()) << 24;
    return (mixed * 0x9E3779B1U >> 16) & (slots_.size() - 1);
  }

  std::vector<std::string_view> names_;
  std::vector<std::uint16_t> slots_;  // rows, by their names' hashes; at least three in four empty
};

}  // namespace millrace::protocols
