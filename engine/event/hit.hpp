// What a collector accepted: the raw payload, its protocol, and the facts of its receipt. A hit is
// the payload of a journal record; a payload may hold many events.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// What a body is, and by which wire protocol it came. Values are on disk: never renumber.
enum class Protocol : std::uint8_t {
  kSegment = 1,  // a Segment-spec event, or {"batch": [events]}
  kRefused = 2,  // what a collector refused for good: `reason` says why, the body what it was
  kPixel = 3,    // a Segment-spec event that a collector made of a query
};
inline constexpr Protocol kNewestProtocol = Protocol::kPixel;

// Strings are views into the buffer that the hit was read from.
struct Hit {
  Protocol protocol = Protocol::kSegment;
  Time received{};               // receipt time, UTC
  std::string_view source;       // the named source that the write key belongs to; may be empty
  std::string_view address;      // masked client address; may be empty
  std::string_view user_agent;   // may be empty
  std::string_view cookie_id;    // first-party id cookie; may be empty
  std::string_view endpoint;     // "track": the type of an event whose body says none; may be empty
  std::string_view reason;       // of a refusal: a word to count by
  bool do_not_track = false;     // the sender's browser said `DNT: 1`
  bool privacy_control = false;  // it said `Sec-GPC: 1` (globalprivacycontrol.org)
  std::string_view body;
};

// The bytes of a hit, without its receipt time: that is the journal record's own.
void encode_hit(const Hit& hit, std::string& out);

// False when the bytes are not a hit that this version can read.
bool decode_hit(std::string_view bytes, Time received, Hit& out);

}  // namespace millrace
