// Where a profile lives: its shard, which never changes, that shard's lane, and its keys in a
// store.
#pragma once

#include "engine/base/hash.hpp"
#include "engine/event/event.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

struct Placement {
  std::uint32_t shards = 1;
  std::uint32_t lanes = 1;

  std::uint32_t shard(ProfileId profile) const {
    return static_cast<std::uint32_t>(mix64(profile) % shards);
  }
  std::uint32_t lane(ProfileId profile) const { return shard(profile) % lanes; }
};

// Keys of a store, all big-endian so that a scan is in order:
//   p<profile>  the profile's record        t<profile>  due of its next timer (zigzag ms), or empty
//   i...        the identifier's own        m<name>     what there is one of
//   s...        who is in which segment
//   u<profile><checkpoints taken>  the profile's record, newer than the checkpoint; see lane_memory
inline constexpr char kAheadKeys = 'u';

inline std::string profile_key(char kind, ProfileId profile) {
  std::string key(9, kind);
  for (int byte = 0; byte < 8; ++byte) key[8 - byte] = static_cast<char>(profile >> (8 * byte));
  return key;
}

// kNoProfile when the key is not a profile's.
inline ProfileId profile_of_key(std::string_view key) {
  ProfileId profile = 0;
  if (key.size() != 9) return kNoProfile;
  for (const char byte : key.substr(1)) profile = profile << 8 | static_cast<unsigned char>(byte);
  return profile;
}

}  // namespace millrace
