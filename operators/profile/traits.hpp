// What identify calls said of a profile, as far as expressions ask for it: `profile.plan`.
//
// Kept by `features` for every profile: 8 bytes, and one block of memory when there is a trait. One
// thread.
#pragma once

#include "engine/base/codec.hpp"
#include "engine/base/compact_vector.hpp"
#include "engine/event/names.hpp"
#include "engine/event/value.hpp"

#include <cstddef>
#include <cstdint>

namespace millrace {

class Traits {
 public:
  static constexpr std::uint32_t kVersion = 1;
  static constexpr std::size_t kTextMax = 255;  // bytes of a string that are kept

  // Missing if the profile has no such trait. A string in it lives until the next change.
  Value get(NameId trait) const;
  // Null takes the trait away; missing, a list or an object change nothing.
  void set(NameId trait, const Value& value);

  bool empty() const { return bytes_.empty(); }
  // By the names of traits, so that it outlives changes of the topology: unknown ones are skipped.
  void encode(const NameTable& names, ByteWriter& to) const;
  bool decode(const NameTable& names, ByteReader& from, std::uint32_t version);
  // Ours stay where both have one.
  void merge(const Traits& other);
  std::size_t heap_bytes() const { return bytes_.heap_bytes(); }

 private:
  // Entries by trait: trait (u16), kind (u8), length (u8), value.
  static constexpr std::uint32_t kHead = 4;

  struct Place {
    std::uint32_t at;  // of the trait's entry, or of the first after it
    bool found;
  };
  Place find(NameId trait) const;
  NameId trait_at(std::uint32_t at) const;
  std::uint32_t entry_bytes(std::uint32_t at) const {
    return kHead + static_cast<std::uint8_t>(bytes_[at + 3]);
  }
  Value value_at(std::uint32_t at) const;

  CompactVector<char> bytes_;
};

}  // namespace millrace
