#include "engine/base/time.hpp"

#include "engine/base/sixteen.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace millrace {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};

// Largest first: a duration's text names each unit at most once, in this order.
constexpr std::array<Unit, 6> kUnits = {{{"w", 604'800'000},
                                         {"d", 86'400'000},
                                         {"h", 3'600'000},
                                         {"m", 60'000},
                                         {"s", 1'000},
                                         {"ms", 1}}};

// Reads exactly `digits` decimal digits at the front of `text` and removes them.
bool take_number(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) return false;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const auto digit = static_cast<unsigned>(text[i] - '0');
    if (digit > 9) return false;
    value = value * 10 + static_cast<int>(digit);
  }
  text.remove_prefix(digits);
  out = value;
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// A fraction of a second, in milliseconds; digits past the third only have to be digits.
bool take_fraction(std::string_view& text, int& millis) {
  int scale = 100;
  std::size_t digits = 0;
  for (millis = 0; digits < text.size(); ++digits, scale /= 10) {
    const auto digit = static_cast<unsigned>(text[digits] - '0');
    if (digit > 9) break;
    millis += static_cast<int>(digit) * scale;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

// `Z`, `+hh:mm` or `+hhmm`, as minutes east of UTC.
bool take_zone(std::string_view& text, int& minutes) {
  minutes = 0;
  if (take(text, 'Z') || take(text, 'z')) return true;
  const bool west = !text.empty() && text.front() == '-';
  if (!west && (text.empty() || text.front() != '+')) return false;
  text.remove_prefix(1);
  int hour = 0;
  int minute = 0;
  if (!take_number(text, 2, hour)) return false;
  take(text, ':');
  if (!take_number(text, 2, minute) || hour > 23 || minute > 59) return false;
  minutes = (west ? -1 : 1) * (hour * 60 + minute);
  return true;
}

// The form that programs write: every digit has its place, so that one pass without branches tells
// whether it is this, and no part waits for the one before it.
constexpr std::string_view kUsual = "0000-00-00T00:00:00.000Z";

// How far each character may be beyond the one in kUsual.
constexpr auto kBeyond = [] {
  std::array<char, kUsual.size()> most{};
  for (std::size_t i = 0; i < kUsual.size(); ++i) most[i] = kUsual[i] == '0' ? 9 : 0;
  return most;
}();

bool is_usual(std::string_view text) {
  if (text.size() != kUsual.size()) return false;
  const auto wrong = [&](std::size_t at) {
    const auto load = [at](const auto& from) { return load_sixteen(from.data() + at); };
    return load(text) - load(kUsual) > load(kBeyond);
  };
  return !any_of_sixteen(wrong(0) | wrong(kUsual.size() - sizeof(Sixteen)));
}

// Precondition: is_usual(text).
std::optional<Time> parse_usual(std::string_view text) {
  using namespace std::chrono;
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const auto date = year(two(0) * 100 + two(2)) / two(5) / two(8);
  const int hour = two(11), minute = two(14), second = two(17);
  const bool in_range = date.ok() && date.year() >= year(1) && hour <= 23 && minute <= 59;
  if (!in_range || second > 60) return std::nullopt;
  const int millis = (text[20] - '0') * 100 + two(21);
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(millis);
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
  using namespace std::chrono;
  if (is_usual(text)) return parse_usual(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_number(text, 4, year) || !take(text, '-') || !take_number(text, 2, month) ||
      !take(text, '-') || !take_number(text, 2, day))
    return std::nullopt;
  const auto date = std::chrono::year(year) / month / day;
  if (!date.ok() || year < 1) return std::nullopt;
  Time time = sys_days(date);
  if (text.empty()) return time;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millis = 0;
  int zone = 0;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  if (!take_number(text, 2, hour) || !take(text, ':') || !take_number(text, 2, minute))
    return std::nullopt;
  if (take(text, ':')) {
    if (!take_number(text, 2, second)) return std::nullopt;
    if (take(text, '.') && !take_fraction(text, millis)) return std::nullopt;
  }
  // 60 is a leap second; it counts as the first instant of the next minute.
  if (!take_zone(text, zone) || !text.empty() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  time += hours(hour) + minutes(minute - zone) + seconds(second) + milliseconds(millis);
  return time;
}

std::string format_time(Time time) {
  using namespace std::chrono;
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const hh_mm_ss clock(time - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()),
                     clock.hours().count(),
                     clock.minutes().count(),
                     clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration(0);
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      if (__builtin_mul_overflow(number, 10, &number) ||
          __builtin_add_overflow(number, text[digits] - '0', &number))
        return std::nullopt;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    const auto letters = std::min(text.find_first_of("0123456789"), text.size());
    const auto name = text.substr(0, letters);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    if (__builtin_mul_overflow(number, kUnits[next_unit].millis, &number) ||
        __builtin_add_overflow(total, number, &total))
      return std::nullopt;
    ++next_unit;
    text.remove_prefix(letters);
  }
  return Duration(total);
}

std::string format_duration(Duration duration) {
  std::int64_t left = duration.count();
  if (left == 0) return "0s";
  std::string out;
  if (left < 0) out = "-";
  // Days are the largest unit written: `90d` says more to a reader than `12w6d`.
  for (std::size_t i = 1; i < kUnits.size(); ++i) {
    const std::int64_t count = std::abs(left / kUnits[i].millis);
    if (count != 0) out += fmt::format("{}{}", count, kUnits[i].name);
    left %= kUnits[i].millis;
  }
  return out;
}

}  // namespace millrace
