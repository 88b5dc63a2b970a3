// Which profile each identifier belongs to: links for ever, merges as a union-find.
//
// Used by `identify` from its one thread. It knows hashes only: what an identifier is, and which
// are to be ignored, is its caller's business.
//
// An identifier is 96 bits of a 128-bit hash of its name and value. That two of n identifiers share
// them has a probability below n^2 / 2^97: 6e-12 for a billion. They take 16 bytes in a table with
// linear probing that is between half and three quarters full, 21 to 32 bytes each, and a look-up
// costs one cache miss, which the table starts for all identifiers of an event at once.
#pragma once

#include "engine/base/codec.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/result.hpp"
#include "engine/event/event.hpp"
#include "engine/state/store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct IdentityLimits {
  std::uint32_t ids_max = 100;             // of a profile
  std::uint32_t merges_max = 100;          // into a profile, at most 65535
  std::uint32_t ids_total_max = 1 << 30U;  // of all profiles
};

// One identifier of an event.
struct IdentityKey {
  Hash128 hash;
  // Says who somebody is: two profiles that have such identifiers are two people, and merge only if
  // that is said outright.
  bool user = false;
  // Its profile is the event's, outright: alias.
  bool same = false;
};

// What an event's identifiers meant. Its vector is reused.
struct Resolution {
  ProfileId profile = kNoProfile;
  bool created = false;
  std::vector<Merge> merges;         // in the order in which they are to be done
  std::uint32_t linked = 0;          // bit n: identifier n is new
  std::uint32_t links_refused = 0;   // how many
  std::uint32_t merges_refused = 0;  // how many; not those of two people
};

class IdentityTable {
 public:
  explicit IdentityTable(const IdentityLimits& limits);

  // Learns from the identifiers of one event, the strongest first: at most 32, all different. The
  // event belongs to the profile of the strongest one that is known. Identifiers that nobody has
  // are linked to it; profiles of the others become part of it (the older survives) unless both
  // have a `user`. An unknown `user` keeps away from profiles that have another. Past a limit,
  // identifiers stay unknown and profiles apart. False, and nothing learnt, when a profile is to be
  // made and the table is full.
  bool resolve(std::span<const IdentityKey> ids, Resolution& out);

  // A hint: this identifier will be looked up soon.
  void prefetch(const Hash128& hash) const { __builtin_prefetch(&cells_[home(cell_of(hash))]); }

  // kNoProfile if unknown.
  ProfileId find(const Hash128& hash) const;

  // The profile that this one is part of; kNoProfile if it was never made.
  ProfileId survivor(ProfileId profile) const {
    return profile == kNoProfile || profile >= profiles_.size()
               ? kNoProfile
               : root(static_cast<Number>(profile));
  }

  std::uint64_t profiles_made() const { return profiles_.size() - 1; }
  std::uint64_t profiles() const { return profiles_made() - merges_; }
  std::uint64_t ids() const { return ids_; }
  std::size_t memory_bytes() const;

  // What changed since the last call becomes one more record under `prefix`.
  void save(std::string_view prefix, WriteSet& changes);
  // Precondition: the table is empty. After an error it must not be used.
  Status restore(std::string_view prefix, Store& from);
  // Independent of when was saved and restored.
  Hash128 digest() const;

 private:
  using Number = std::uint32_t;  // of a profile

  // 96 bits of a hash. `profile` 0 is an empty cell.
  struct Cell {
    std::uint64_t place = 0;  // where it belongs, as a fraction of the table
    std::uint32_t rest = 0;
    Number profile = 0;

    bool holds(const Cell& other) const { return place == other.place && rest == other.rest; }
  };
  static_assert(sizeof(Cell) == 16);

  struct Profile {
    std::uint32_t ids = 0;  // of a profile that was merged away: into which
    std::uint16_t merges = 0;
    bool user = false;
  };

  // What one event brings, while it is looked at.
  struct Candidate {
    Cell cell;
    Number profile = 0;
  };

  static Cell cell_of(const Hash128& hash) {
    return {hash.low, static_cast<std::uint32_t>(hash.high), 0};
  }
  std::size_t home(const Cell& cell) const {
    return static_cast<std::size_t>((static_cast<unsigned __int128>(cell.place) * cells_.size()) >>
                                    64);
  }
  std::size_t slot_of(const Cell& wanted) const;
  bool is_merged(Number profile) const { return merged_[profile / 64] >> (profile % 64) & 1; }
  Number root(Number profile) const;
  bool is_person(Number profile, bool brings_user) const;
  bool may_merge(Number a, Number b) const;
  Number settle(std::span<const IdentityKey> ids, Candidate* found, Resolution& out);
  bool link_new(std::span<const IdentityKey> ids,
                const Candidate* found,
                Number owner,
                Resolution& out);

  Number make_profile();
  void link(Cell cell, Number profile, bool user);
  Number merge(Number a, Number b);
  void grow();
  bool exists(std::uint64_t profile) const;
  bool replay(std::string_view log);
  bool replay_merge(ByteReader& from);
  bool replay_link(ByteReader& from, bool user);

  IdentityLimits limits_;
  std::vector<Cell> cells_;
  std::size_t ids_ = 0;
  std::vector<Profile> profiles_;      // by number, from 1
  std::vector<std::uint64_t> merged_;  // a bit a profile: small enough to stay in the cache
  std::uint64_t merges_ = 0;
  std::string log_;            // what was learnt since the last save
  std::uint64_t records_ = 0;  // saved so far
};

}  // namespace millrace
