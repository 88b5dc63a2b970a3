// What a collector accepted: the raw payload, its protocol, and the facts of its receipt. A hit is
// the payload of a journal record; a payload may hold many events.
#pragma once

#include "engine/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

// What a body is. Values are on disk: never renumber.
enum class HitKind : std::uint8_t {
  kEvents = 1,   // a Segment-spec event, or {"batch": [events]}
  kRefused = 2,  // what a collector refused for good: `reason` says why, the body what it was
};

// Where a client's address is, as a collector found it in a database; texts may be empty.
struct Location {
  std::string_view country;  // ISO 3166-1 alpha-2: "DE"
  std::string_view region;   // ISO 3166-2 without the country: "BE"
  std::string_view city;     // in English
  std::string_view asn;      // the network's number: "AS3320"
};

// Strings are views into the buffer that the hit was read from, and may be empty.
struct Hit {
  HitKind kind = HitKind::kEvents;
  Time received{};            // receipt time, UTC
  std::string_view protocol;  // the wire protocol that it came by: "segment"
  std::string_view source;    // the named source that the write key belongs to
  std::string_view address;   // masked client address
  Location location;
  std::string_view user_agent;
  std::string_view cookie_id;    // first-party id cookie
  std::string_view endpoint;     // "track": the type of an event whose body says none
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
