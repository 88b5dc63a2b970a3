// Finds a name among some dozens that are known when it is made, as decoders do with every field of
// every event: cheaper than a hash of the whole name. Made once; then any thread.
#pragma once

#include "engine/base/short_text.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace millrace::protocols {

class NameIndex {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // Of the rows of a table, by the member that is their name, which lasts as long as the index. Of
  // two with one name the first counts.
  template <class Rows, class Row, class Name>
  NameIndex(const Rows& rows, Name Row::*name)
      : slots_(std::bit_ceil(4 * std::size(rows) + 2)),
        shift_(std::countl_zero(slots_.size() - 1)) {
    std::size_t number = 0;
    for (const Row& row : rows) {
      std::size_t at = slot(row.*name);
      while (slots_[at].row != kNone && slots_[at].name != row.*name) at = behind(at);
      if (slots_[at].row == kNone) slots_[at] = {row.*name, number};
      ++number;
    }
  }

  // The row's number, or kNone.
  std::size_t find(std::string_view name) const {
    std::size_t at = slot(name);
    while (slots_[at].row != kNone && !same_text(slots_[at].name, name)) at = behind(at);
    return slots_[at].row;
  }

 private:
  struct Slot {
    std::string_view name;
    std::size_t row = kNone;
  };

  static std::uint64_t byte(char c) { return static_cast<unsigned char>(c); }

  // By its size and its first and last eight characters, which may overlap.
  std::size_t slot(std::string_view name) const {
    const char* const first = name.data();
    const char* const end = first + name.size();
    std::uint64_t mixed = name.size();
    const auto mix = [&]<class Word>(Word) {
      Word words[2];
      std::memcpy(&words[0], first, sizeof(Word));
      std::memcpy(&words[1], end - sizeof(Word), sizeof(Word));
      mixed += words[0] ^ std::rotl(std::uint64_t{words[1]}, 29);
    };
    if (name.size() >= 8)
      mix(std::uint64_t{});
    else if (name.size() >= 4)
      mix(std::uint32_t{});
    else if (!name.empty())
      mixed |= byte(name[0]) << 8 | byte(name[name.size() / 2]) << 16 | byte(end[-1]) << 24;
    return mixed * 0x9E3779B97F4A7C15U >> shift_;
  }
  std::size_t behind(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  std::vector<Slot> slots_;  // by their names' hashes; at least three in four empty
  int shift_;
};

}  // namespace millrace::protocols
