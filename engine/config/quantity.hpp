// The units that a configuration is written in, besides Duration (engine/base/time.hpp), and the
// value that must never be shown. Values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::config {

// A number of bytes.
struct Size {
  std::uint64_t bytes = 0;
  auto operator<=>(const Size&) const = default;
};

constexpr Size kibibytes(std::uint64_t count) { return {count << 10}; }
constexpr Size mebibytes(std::uint64_t count) { return {count << 20}; }
constexpr Size gibibytes(std::uint64_t count) { return {count << 30}; }

// Reads `64MiB`, `10MB`, `512B` and `512`: a whole number and a unit (B, kB, MB, GB, TB of 1000;
// KiB, MiB, GiB, TiB of 1024), no space. Signs, fractions and overflow are refused.
std::optional<Size> parse_size(std::string_view text);

// The text with the largest unit that parse_size reads back exactly: `64MiB`, `10MB`, `1537B`.
std::string format_size(Size size);

// How often something happens or may happen.
struct Rate {
  double per_second = 0;  // finite, not negative
  auto operator<=>(const Rate&) const = default;
};

// Reads `100/s`, `5/m`, `0.5/h`, `2k/s`: a decimal number, `k` or `M` for thousands or millions,
// and the time it is spread over (s, m, h, d).
std::optional<Rate> parse_rate(std::string_view text);

// The text that parse_rate reads back exactly, by the unit that needs no fraction if there is one.
std::string format_rate(Rate rate);

// A password or key. It is read from the configuration like a string and written as `***`
// everywhere.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  // For the one place that hands it to the outside; never to a log or a message.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace millrace::config
