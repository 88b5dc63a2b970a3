// Finds out whose an event is: the one serial step of a topology, in journal order.
#pragma once

#include "engine/base/result.hpp"
#include "engine/event/batch.hpp"
#include "engine/operator/operator.hpp"
#include "engine/state/store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// What one event told about identity.
struct Identity {
  ProfileId profile = kNoProfile;         // whose the event is, after the merges
  bool created = false;                   // nobody had any of its identifiers
  std::vector<Merge> merges;              // oldest first; usually empty
  std::vector<std::string_view> new_ids;  // identifiers that the profile did not have: "user_id:42"

  void clear() {
    profile = kNoProfile;
    created = false;
    merges.clear();
    new_ids.clear();
  }
};

class Identifier {
 public:
  virtual ~Identifier() = default;

  // The rows of a batch, whose events come next and in this order: time to begin look-ups. Marks
  // and dead rows are among them, and do not come. They stay where they are until they came.
  virtual void expect(std::span<const Event> /*batch*/) {}

  // Learns from the event and says whose it is. Strings put into `out` live in `arena`. A verdict
  // other than keep (no usable identifier, table full) leaves `out.profile` empty.
  virtual Verdict identify(const Event& event, Arena& arena, Identity& out) = 0;

  // The profile of an identifier such as `user_id:42`, as a topology names them; kNoProfile if
  // unknown.
  virtual ProfileId find(std::string_view id) const = 0;
  // The profile that this one is part of by now: itself, unless it was merged away. kNoProfile if
  // there never was such a profile.
  virtual ProfileId survivor(ProfileId profile) const = 0;
  // Profiles ever made, merged ones included: the newest has this number.
  virtual std::uint64_t profiles_made() const = 0;
  // Profiles that exist now.
  virtual std::uint64_t profiles() const = 0;
  virtual std::size_t memory_bytes() const = 0;

  // Adds what changed since the last call, under keys that begin with `prefix`.
  virtual void save(std::string_view prefix, WriteSet& changes) = 0;
  virtual Status restore(std::string_view prefix, Store& from) = 0;
  // A hash of the whole table that does not depend on the order of anything but the journal.
  virtual Hash128 digest() const = 0;
};

}  // namespace millrace
