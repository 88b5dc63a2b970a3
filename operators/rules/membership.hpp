// Which segments of a node a profile is in: 16 bytes for a profile that is in none.
//
// Segments are known by their place in the node's list; on disk by a hash of their name, so that
// the list may change. One thread.
#pragma once

#include "engine/base/codec.hpp"
#include "engine/base/compact_vector.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace millrace {

using SegmentIndex = std::uint16_t;

struct Membership {
  Time since{};          // when it was entered
  Time lapsed = kNever;  // when its condition stopped to hold, while `keep` keeps it; else kNever
  SegmentIndex segment = 0;
  // Whether it was said. Not yet, where it came from another profile that became this one.
  bool announced = true;
};

class Memberships {
 public:
  // All segments were looked at, as they are defined now: from then on, changes suffice.
  bool complete = false;

  const Membership* find(SegmentIndex segment) const {
    const std::uint32_t at = place(segment);
    return at < all_.size() && all_[at].segment == segment ? &all_[at] : nullptr;
  }
  Membership* find(SegmentIndex segment) {
    return const_cast<Membership*>(std::as_const(*this).find(segment));
  }
  // Precondition: the profile is not in it.
  void add(const Membership& one) { all_.insert(place(one.segment), one); }
  // Precondition: the profile is in it.
  void remove(SegmentIndex segment) { all_.erase(place(segment), place(segment) + 1); }
  std::span<const Membership> all() const { return {all_.begin(), all_.size()}; }

  bool empty() const { return !complete && all_.empty(); }
  std::size_t heap_bytes() const { return all_.heap_bytes(); }
  void prefetch_heap() const { all_.prefetch(); }
  // Takes over those of a profile that became this one. A profile without a past takes them as they
  // are; else they have to be looked at, and are not announced.
  void merge(const Memberships& other);

 private:
  std::uint32_t place(SegmentIndex segment) const {
    std::uint32_t at = 0;
    while (at < all_.size() && all_[at].segment < segment) ++at;
    return at;
  }

  CompactVector<Membership> all_;  // by segment
};

// Knows what the segments are called.
class MembershipCodec {
 public:
  static constexpr std::uint32_t kVersion = 1;

  // `definitions` stands for all that decides who is in which segment.
  MembershipCodec(const std::vector<std::string_view>& names, std::uint64_t definitions);

  bool empty(const Memberships& value) const { return value.empty(); }
  void encode(const Memberships& value, ByteWriter& to) const;
  // Skips segments that are gone. Of other definitions, it is not complete.
  bool decode(Memberships& value, ByteReader& from, std::uint32_t version) const;
  void merge(Memberships& into, const Memberships& from) const { into.merge(from); }
  std::size_t heap_bytes(const Memberships& value) const { return value.heap_bytes(); }

 private:
  std::vector<std::uint64_t> keys_;  // by segment
  std::uint64_t definitions_;
};

}  // namespace millrace
