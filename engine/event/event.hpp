// One thing a customer did, in our terms: a row of a batch. Its strings and values live in the
// batch.
//
// A batch's row belongs to one thread at a time: a parser, then the identify stage, then one lane.
#pragma once

#include "engine/base/position.hpp"
#include "engine/base/time.hpp"
#include "engine/event/names.hpp"
#include "engine/event/projection.hpp"
#include "engine/event/value.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace millrace {

// The six calls of the Segment spec (segment.com/docs/connections/spec), what operators derive from
// them, and the two journal records that all lanes see.
enum class EventKind : std::uint8_t {
  kTrack,
  kPage,
  kScreen,
  kIdentify,
  kGroup,
  kAlias,
  kDerived,  // made by an operator, such as session_start
  kEnter,    // a profile entered the segment `name`
  kExit,     // a profile left it
  kTick,     // time passed: timers that are due fire
  kEpoch,    // lanes gather what looks at all profiles
};

constexpr bool is_mark(EventKind kind) { return kind >= EventKind::kTick; }

// The number of a profile: from 1, in the order in which the journal first names them. The older of
// two profiles has the smaller number.
using ProfileId = std::uint64_t;
inline constexpr ProfileId kNoProfile = 0;

// The dense index of a profile in its lane.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = ~std::uint32_t{0};

// At this event, `from` becomes part of `into`.
struct Merge {
  ProfileId from = kNoProfile;
  ProfileId into = kNoProfile;
};

struct Event {
  Position position = kNoPosition;  // the journal record, and
  std::uint32_t index = 0;          // the place in it; derived events take their cause's
  EventKind kind = EventKind::kTrack;
  bool dead = false;         // dropped or rejected before it reached a lane
  bool new_profile = false;  // this event made its profile
  NameId name = kOtherName;
  std::string_view name_text;  // the event's name as it was sent; page and screen: the page's name

  std::string_view source;
  std::string_view message_id;
  std::string_view user_id;
  std::string_view anonymous_id;
  std::string_view previous_id;  // alias only
  std::string_view group_id;

  // When it happened: `original`, corrected for the sender's clock, never after `now`. Of a tick:
  // where the engine's clock was before it.
  Time time{};
  Time original{};  // as the sender's clock said; kBeginning where it said nothing
  Time sent{};      // when the sender sent it, by its clock; kBeginning where it said nothing
  Time received{};  // when a collector accepted it
  Time now{};       // the engine's clock at this event: never runs back along the journal

  ProfileId profile = kNoProfile;
  Slot slot = kNoSlot;
  std::span<const Merge> merges;  // to be done before this event is processed
  std::span<const std::string_view>
      new_ids;              // identifiers that its profile did not have: "user_id:42"
  std::span<Value> values;  // by FieldId; empty for derived events and marks

  Value value(FieldId field) const { return field < values.size() ? values[field] : Value(); }
  // Says what the event does not say itself. A text lives as long as the batch.
  void fill_in(FieldId field, Value value) {
    if (field < values.size() && !values[field].present()) values[field] = value;
  }
};

}  // namespace millrace
