// Time as the engine knows it: UTC, whole milliseconds. Text forms: ISO 8601 for instants,
// `1h30m` for durations.
//
// Nothing below app/ and connectors/ asks the machine what time it is: operators read their lane's
// clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

inline constexpr Time kNever = Time::max();
inline constexpr Time kBeginning = Time::min();

constexpr std::int64_t to_millis(Time time) { return time.time_since_epoch().count(); }
constexpr Time from_millis(std::int64_t millis) { return Time(Duration(millis)); }

// Reads an ISO 8601 instant: `2026-11-21T20:54:37.695Z`, with or without fraction (digits past the
// millisecond are cut), `Z` or `+hh:mm`; a date alone is its midnight UTC. Years 1 to 9999.
std::optional<Time> parse_time(std::string_view text);

// `2026-11-21T20:54:37.695Z`; always 24 characters for years 0 to 9999.
std::string format_time(Time time);

// Reads `30d`, `1h30m`, `250ms`, `2w`: numbers with a unit (w d h m s ms), largest unit first, no
// spaces, each unit once. A bare `0` is allowed; other bare numbers, signs and overflow are not.
std::optional<Duration> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back: `90d`, `1h30m`, `0s`.
std::string format_duration(Duration duration);

}  // namespace millrace
