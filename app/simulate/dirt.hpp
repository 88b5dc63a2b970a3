// What goes wrong with events on their way, in rates that a simulation is given: sent twice, sent
// late, broken, too large, from devices whose clock is wrong. Draws from a random stream of its
// own, so the same shoppers do the same with and without dirt.
#pragma once

#include "app/simulate/event_writer.hpp"
#include "engine/base/random.hpp"
#include "engine/base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::simulate {

// Probabilities for one event, clock_skew for one device.
struct DirtRates {
  double duplicates = 0;
  double late = 0;
  Duration max_late = std::chrono::hours(6);
  double malformed = 0;
  double oversized = 0;
  double clock_skew = 0;
};

// What a careless world does to a busy shop.
DirtRates usual_dirt();

enum class Malformed : std::uint8_t {
  kTruncated,    // ends early: no JSON
  kGarbageTail,  // something follows the object
  kBadUtf8,      // a byte that UTF-8 has not, inside a string
  kWrongType,    // JSON, but `type` is a number, an object or null
  kMissingIds,   // JSON, but neither userId nor anonymousId
};
inline constexpr std::size_t kMalformedKinds = 5;
std::string_view name_of(Malformed kind);

// Larger than any collector takes (Segment: 32 KB an event).
inline constexpr std::size_t kOversizedBytes = std::size_t{40} << 10;

class Dirt {
 public:
  Dirt(std::uint64_t seed, const DirtRates& rates)
      : rates_(rates), random_(mix64(seed ^ 0xd127)), seed_(seed) {}

  // What becomes of one event. At most one of `malformed`, `oversized` and the rest.
  struct Fate {
    std::optional<Malformed> malformed;
    bool oversized = false;
    Duration late{0};                  // sent this much after it happened
    std::optional<Duration> repeated;  // sent once more this much later
  };
  Fate fate();

  // How far ahead of ours the clock of this device is; the same whenever asked.
  Duration skew_of(std::uint32_t shopper, std::size_t device) const;

  // Breaks the event that `writer` wrote last, which is all of `event`.
  void damage(std::string& event, Malformed kind, const EventWriter& writer);
  void inflate(std::string& event) const;

 private:
  DirtRates rates_;
  Random random_;
  std::uint64_t seed_;
};

}  // namespace millrace::simulate
