// What the engine itself keeps of every profile: since when it is known, and by which identifiers.
#pragma once

#include "engine/base/codec.hpp"
#include "engine/base/compact_vector.hpp"

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct ProfileInfo {
  static constexpr std::uint32_t kVersion = 1;

  Time first_seen = kNever;
  CompactVector<char>
      ids;  // "user_id:42\nanonymous_id:…\n", in the order in which they were learnt

  void add_id(std::string_view id) {
    const std::uint32_t at = ids.size();
    ids.reserve(at + static_cast<std::uint32_t>(id.size()) + 1);
    for (const char c : id) ids.push_back(c == '\n' ? ' ' : c);
    ids.push_back('\n');
  }
  std::string_view ids_text() const { return {ids.begin(), ids.size()}; }

  bool empty() const { return first_seen == kNever && ids.empty(); }
  void encode(ByteWriter& to) const {
    to.time(first_seen);
    to.text(ids_text());
  }
  bool decode(ByteReader& from, std::uint32_t version) {
    if (version != kVersion) return false;
    first_seen = from.time();
    append(from.text());
    return from.ok();
  }
  void merge(ProfileInfo& other) {
    first_seen = std::min(first_seen, other.first_seen);
    append(other.ids_text());
  }
  std::size_t heap_bytes() const { return ids.heap_bytes(); }

 private:
  void append(std::string_view text) {
    if (text.empty()) return;
    ids.reserve(ids.size() + static_cast<std::uint32_t>(text.size()));
    for (const char c : text) ids.push_back(c);
  }
};

}  // namespace millrace
