// Finds a name among some dozens that are known when it is made, as decoders do with every field of
// every event: cheaper than a hash of the whole name. Made once; then any thread.
#pragma once

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
      const std::string_view text = row.*name;
      if (Slot& slot = slots_[place(text)]; slot.row == kNone) slot = {ends_of(text), text, number};
      ++number;
    }
  }

  // The row's number, or kNone.
  std::size_t find(std::string_view name) const { return slots_[place(name)].row; }

 private:
  // A name's first and last eight characters, which may overlap: all of it, but of a long one.
  struct Ends {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };
  struct Slot {
    Ends ends;
    std::string_view name;
    std::size_t row = kNone;
  };

  static Ends ends_of(std::string_view name) {
    const char* const first = name.data();
    const char* const end = first + name.size();
    const auto words = [&]<class Word>(Word) {
      Word both[2];
      std::memcpy(&both[0], first, sizeof(Word));
      std::memcpy(&both[1], end - sizeof(Word), sizeof(Word));
      return Ends{both[0], both[1]};
    };
    if (name.size() >= 8) return words(std::uint64_t{});
    if (name.size() >= 4) return words(std::uint32_t{});
    if (name.size() >= 2) return words(std::uint16_t{});
    return {name.empty() ? std::uint64_t{0} : static_cast<unsigned char>(*first), 0};
  }

  // Where it is, or a free slot where it would be.
  std::size_t place(std::string_view name) const {
    const Ends ends = ends_of(name);
    const std::uint64_t mixed = name.size() + (ends.first ^ std::rotl(ends.last, 29));
    std::size_t at = mixed * 0x9E3779B97F4A7C15U >> shift_;
    while (slots_[at].row != kNone && !is(slots_[at], ends, name))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  // Without a call.
  static bool is(const Slot& slot, const Ends& ends, std::string_view name) {
    if (((slot.ends.first ^ ends.first) | (slot.ends.last ^ ends.last) |
         (slot.name.size() ^ name.size())) != 0)
      return false;
    for (std::size_t at = 8; at + 8 < name.size(); at += 8)
      if (word_at(slot.name, at) != word_at(name, at)) return false;
    return true;
  }
  static std::uint64_t word_at(std::string_view text, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    return word;
  }

  std::vector<Slot> slots_;  // by their names' hashes; at least three in four empty
  int shift_;
};

}  // namespace millrace::protocols
