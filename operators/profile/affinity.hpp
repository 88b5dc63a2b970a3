// Which categories a profile likes: a weight for each, which decays exponentially.
//
// All weights decay alike, so their order changes only at events, and one time serves them all.
// Kept by `features` for every profile: 16 bytes, and one block of memory when there is a category.
// One thread.
#pragma once

#include "engine/base/codec.hpp"
#include "engine/base/compact_vector.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

class Affinity {
 public:
  static constexpr std::uint32_t kVersion = 1;
  static constexpr std::size_t kNameMax = 64;  // bytes of a category that are kept

  struct Category {
    std::string_view name;
    double weight = 0;  // as of the last event
  };

  // Adds weight to a category. An event from before the last has decayed since. When there are more
  // than `categories_max`, the one of the smallest weight goes; of equal ones, the last by name.
  // Precondition: weight and half-life are positive.
  void add(std::string_view name,
           double weight,
           Time time,
           Duration half_life,
           std::size_t categories_max);

  // The category of the greatest weight; of equal ones, the first by name.
  std::optional<Category> top() const;
  // Calls visit(Category), by name.
  template <class Visit>
  void each(const Visit& visit) const {
    for (std::uint32_t at = 0; at < bytes_.size(); at += entry_bytes(at)) visit(category(at));
  }

  // What is left of a category's weight by `now`.
  double weight_at(const Category& one, Time now, Duration half_life) const;

  // Lets go of what decayed below `least` by `now`. Returns whether nothing is left.
  bool expire(Time now, Duration half_life, double least);

  bool empty() const { return bytes_.empty(); }
  void encode(ByteWriter& to) const;
  bool decode(ByteReader& from, std::uint32_t version);
  // The weights of both, as of the later of the two.
  void merge(const Affinity& other, Duration half_life, std::size_t categories_max);
  std::size_t heap_bytes() const { return bytes_.heap_bytes(); }
  void prefetch_heap() const { bytes_.prefetch(); }

 private:
  // Entries by name: weight (f32), length of the name (u8), name.
  static constexpr std::uint32_t kHead = 5;

  std::uint32_t entry_bytes(std::uint32_t at) const {
    return kHead + static_cast<std::uint8_t>(bytes_[at + 4]);
  }
  Category category(std::uint32_t at) const;
  void set_weight(std::uint32_t at, double weight);
  void decay_to(Time time, Duration half_life);
  void add_now(std::string_view name, double weight);
  void keep(std::size_t categories_max);

  Time as_of_ = kBeginning;
  CompactVector<char> bytes_;
};

}  // namespace millrace
