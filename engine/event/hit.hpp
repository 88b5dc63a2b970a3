// What a collector accepted: the raw payload, its protocol, and the facts of its receipt. A hit is
// the payload of a journal record; a payload may hold many events.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// The wire protocol of a payload, which says how to parse it. Values are on disk: never renumber.
enum class Protocol : std::uint8_t {
  kSegment = 1,  // a Segment-spec event, or {"batch": [events]}
};

// Strings are views into the buffer that the hit was read from.
struct Hit {
  Protocol protocol = Protocol::kSegment;
  Time received{};              // receipt time, UTC
  std::string_view source;      // the named source that the write key belongs to; may be empty
  std::string_view address;     // masked client address; may be empty
  std::string_view user_agent;  // may be empty
  std::string_view cookie_id;   // first-party id cookie; may be empty
  std::string_view body;
};

// The bytes of a hit, without its receipt time: that is the journal record's own.
void encode_hit(const Hit& hit, std::string& out);

// False when the bytes are not a hit that this version can read.
bool decode_hit(std::string_view bytes, Time received, Hit& out);

}  // namespace millrace
