// Option values: text to value and back.
#include "app/cli/options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace millrace {

Status read_value(std::string_view text, std::string& value) {
  value = text;
  return {};
}

Status read_value(std::string_view text, std::uint64_t& value) {
  const Error error{"expected a whole number, such as 250 or 10k"};
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{}) return error;
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::uint64_t scale = suffix.empty()  ? 1
                              : suffix == "k" ? 1'000
                              : suffix == "M" ? 1'000'000
                              : suffix == "G" ? 1'000'000'000
                                              : 0;
  if (scale == 0 || __builtin_mul_overflow(number, scale, &number)) return error;
  value = number;
  return {};
}

Status read_value(std::string_view text, double& value) {
  double number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(number))
    return Error{"expected a number, such as 0.01"};
  value = number;
  return {};
}

Status read_value(std::string_view text, Duration& value) {
  const auto duration = parse_duration(text);
  if (!duration) return Error{"expected a duration, such as 6h or 1h30m"};
  value = *duration;
  return {};
}

Status read_value(std::string_view text, Time& value) {
  const auto time = parse_time(text);
  if (!time) return Error{"expected a date or instant, such as 2026-11-02 or 2026-11-02T08:00Z"};
  value = *time;
  return {};
}

std::string show_value(const std::string& value) { return value; }
std::string show_value(std::uint64_t value) { return fmt::format("{}", value); }
std::string show_value(double value) { return fmt::format("{}", value); }
std::string show_value(Duration value) { return format_duration(value); }

std::string show_value(Time value) {
  const std::string text = format_time(value);
  return text.ends_with("T00:00:00.000Z") ? text.substr(0, 10) : text;
}

}  // namespace millrace
