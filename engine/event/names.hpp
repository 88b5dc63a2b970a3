// The event names that a topology speaks of, each with a small number.
//
// Filled while the topology is planned, read-only afterwards: parallel parsers look names up
// without a lock, and the same topology always gives the same numbers. Names that no operator asked
// for are kOtherName, and keep their text in the event.
#pragma once

#include "engine/base/hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

using NameId = std::uint16_t;
inline constexpr NameId kOtherName = 0;
// Events of the Segment spec that are told apart by their kind, not by their name.
inline constexpr NameId kPageName = 1;
inline constexpr NameId kScreenName = 2;
inline constexpr NameId kIdentifyName = 3;
inline constexpr NameId kGroupName = 4;
inline constexpr NameId kAliasName = 5;

class NameTable {
 public:
  NameTable() : names_{"", "page", "screen", "identify", "group", "alias"} {}

  // The number of the track event `name`, given now if it has none. Only while planning.
  NameId add(std::string_view name) { return add_to(sent_, name); }
  // The number of an event that an operator makes. No sender can send it, whatever name it uses.
  NameId add_derived(std::string_view name) { return add_to(derived_, name); }

  // The number of a track event as it arrives, or kOtherName.
  NameId find(std::string_view name) const { return find_in(sent_, name); }
  NameId find_derived(std::string_view name) const { return find_in(derived_, name); }
  const auto& derived() const { return derived_; }  // name -> number
  std::string_view text(NameId id) const { return names_[id]; }
  std::size_t size() const { return names_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };
  using Ids = boost::unordered_flat_map<std::string, NameId, Hash, std::equal_to<>>;

  NameId add_to(Ids& ids, std::string_view name) {
    const auto [at, added] = ids.try_emplace(std::string(name), static_cast<NameId>(names_.size()));
    if (added) names_.emplace_back(name);
    return at->second;
  }
  static NameId find_in(const Ids& ids, std::string_view name) {
    const auto at = ids.find(name);
    return at == ids.end() ? kOtherName : at->second;
  }

  std::vector<std::string> names_;  // by id; the first is kOtherName's
  Ids sent_;
  Ids derived_;
};

}  // namespace millrace
