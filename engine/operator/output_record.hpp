// What a topology puts out: segments entered and left, and effects.
#pragma once

#include "engine/base/json_writer.hpp"
#include "engine/event/batch.hpp"
#include "engine/operator/catalog.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

enum class OutputKind : std::uint8_t { kEnter, kExit, kEffect };

// Where an output stands among all outputs, whatever the lanes and batches: by journal position and
// place in the hit; at a tick or epoch then by the timer's due, the profile and the node; then by
// number.
struct OutputOrder {
  Position position = kNoPosition;
  std::uint32_t index = 0;
  Time due{};                      // at marks
  ProfileId profile = kNoProfile;  // at marks
  std::uint32_t node = 0;          // at marks
  std::uint32_t number = 0;        // of outputs that are alike in all of the above
  auto operator<=>(const OutputOrder&) const = default;
};

// A segment entered or left, or an effect.
struct OutputRecord {
  OutputOrder order;
  Time time{};
  ProfileId profile = kNoProfile;
  OutputKind kind = OutputKind::kEnter;
  SegmentId segment = 0;  // that was entered or left
  std::string_view node;  // who made it; of the plan
  std::string effect;     // the effect's name
  std::string body;       // the effect's JSON
  std::string ids;        // the profile's identifiers, each ended by a line feed
};

// A profile's number as the outside sees it: 16 hex digits that say nothing of how many there are.
std::string profile_text(ProfileId profile);
// kNoProfile when the text is none of profile_text's.
ProfileId parse_profile(std::string_view text);

// The same for the same output in every replay: 32 hex digits, a hash of its order and its node.
std::string effect_id(const OutputRecord& output);

// {"position":…,"time":…,"profile":…,"ids":[…],"kind":"enter|exit|effect","name":…}; effects also
// have "id" and "body".
void write_output(const OutputRecord& output, const Catalog& catalog, JsonWriter& json);

// {"position":…,"index":…,"kind":"reject","node":…,"reason":…,"detail":…}; where known, "source",
// "protocol" and "library"
void write_reject(const Reject& reject, JsonWriter& json);

}  // namespace millrace
