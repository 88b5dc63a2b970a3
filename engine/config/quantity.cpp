#include "engine/config/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace millrace::config {
namespace {

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};

// Largest first within each base; format_size tries them in this order.
constexpr std::array<SizeUnit, 10> kSizeUnits = {{{"TiB", 1ULL << 40},
                                                  {"GiB", 1ULL << 30},
                                                  {"MiB", 1ULL << 20},
                                                  {"KiB", 1ULL << 10},
                                                  {"TB", 1'000'000'000'000},
                                                  {"GB", 1'000'000'000},
                                                  {"MB", 1'000'000},
                                                  {"kB", 1'000},
                                                  {"KB", 1'000},
                                                  {"B", 1}}};

struct RateUnit {
  std::string_view name;
  double seconds;
};
constexpr std::array<RateUnit, 4> kRateUnits = {{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};

}  // namespace

std::optional<Size> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty()) return Size{number};
  for (const auto& unit : kSizeUnits) {
    if (text != unit.name) continue;
    if (__builtin_mul_overflow(number, unit.bytes, &number)) return std::nullopt;
    return Size{number};
  }
  return std::nullopt;
}

std::string format_size(Size size) {
  for (const auto& unit : kSizeUnits)
    if (size.bytes != 0 && size.bytes % unit.bytes == 0)
      return fmt::format("{}{}", size.bytes / unit.bytes, unit.name);
  return "0B";
}

std::optional<Rate> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto number_text = text.substr(0, slash);
  double factor = 1;
  if (number_text.ends_with('k')) factor = 1e3;
  if (number_text.ends_with('M')) factor = 1e6;
  if (factor > 1) number_text.remove_suffix(1);
  double number = 0;
  const auto* last = number_text.data() + number_text.size();
  const auto [end, error] =
      std::from_chars(number_text.data(), last, number, std::chars_format::fixed);
  if (error != std::errc() || end != last || !std::isfinite(number) || std::signbit(number))
    return std::nullopt;
  for (const auto& unit : kRateUnits)
    if (text.substr(slash + 1) == unit.name) return Rate{number * factor / unit.seconds};
  return std::nullopt;
}

std::string format_rate(Rate rate) {
  for (const auto& unit : kRateUnits) {
    const double count = std::round(rate.per_second * unit.seconds);
    if (count < 1e15 && count / unit.seconds == rate.per_second)
      return fmt::format("{:.0f}/{}", count, unit.name);
  }
  std::array<char, 512> digits{};  // the longest double without an exponent has 327 characters
  const auto written = std::to_chars(
      digits.data(), digits.data() + digits.size(), rate.per_second, std::chars_format::fixed);
  return std::string(digits.data(), written.ptr) + "/s";
}

}  // namespace millrace::config
