// The event names that a topology speaks of, each with a small number.
//
// Filled while the topology is planned, read-only afterwards: parallel parsers look names up without
// a lock, and the same topology always gives the same numbers. Names that no operator asked for are
// kOtherName, and keep their text in the event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/base/hash.hpp"

namespace millrace {

using NameId = std::uint16_t;
inline constexpr NameId kOtherName = 0;

class NameTable {
 public:
  NameTable() : names_(1) {}

  // The number of `name`, given now if it has none. Only while planning.
  NameId add(std::string_view name) {
    const auto [at, added] = ids_.try_emplace(std::string(name), static_cast<NameId>(names_.size()));
    if (added) names_.emplace_back(name);
    return at->second;
  }
  NameId find(std::string_view name) const {
    const auto at = ids_.find(name);
    return at == ids_.end() ? kOtherName : at->second;
  }
  std::string_view text(NameId id) const { return names_[id]; }
  std::size_t size() const { return names_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return hash64(text); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };

  std::vector<std::string> names_;  // by id; the first is kOtherName's
  boost::unordered_flat_map<std::string, NameId, Hash, Equal> ids_;
};

}  // namespace millrace
