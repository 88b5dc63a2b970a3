#include "engine/config/scalar.hpp"

#include "engine/base/check.hpp"
#include "engine/base/time.hpp"
#include "engine/config/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace millrace::config {
namespace {

template <class T>
const T& as(const void* value) {
  return *static_cast<const T*>(value);
}

template <class T>
std::optional<Complaint> read_integer_as(std::string_view text,
                                         std::string_view shown,
                                         void* value) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool negative = text.size() > 1 && text[0] == '-' &&
                        text.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (error == std::errc::result_out_of_range || (negative && std::unsigned_integral<T>)) {
    using Limits = std::numeric_limits<T>;
    return Complaint{fmt::format("{} is out of range", shown),
                     fmt::format("from {} to {}", Limits::min(), Limits::max())};
  }
  if (error != std::errc() || end != text.data() + text.size())
    return Complaint{fmt::format("{} is not an integer", shown), {}};
  *static_cast<T*>(value) = number;
  return std::nullopt;
}

// Calls `use` with a null pointer of the integer type that `type` describes.
template <class Use>
auto with_integer(const TypeInfo& type, Use use) {
  switch (type.bytes) {
    case 1:
      return type.is_signed ? use(static_cast<std::int8_t*>(nullptr))
                            : use(static_cast<std::uint8_t*>(nullptr));
    case 2:
      return type.is_signed ? use(static_cast<std::int16_t*>(nullptr))
                            : use(static_cast<std::uint16_t*>(nullptr));
    case 4:
      return type.is_signed ? use(static_cast<std::int32_t*>(nullptr))
                            : use(static_cast<std::uint32_t*>(nullptr));
    default:
      return type.is_signed ? use(static_cast<std::int64_t*>(nullptr))
                            : use(static_cast<std::uint64_t*>(nullptr));
  }
}

std::optional<Complaint> read_integer(const TypeInfo& type,
                                      std::string_view text,
                                      std::string_view shown,
                                      void* value) {
  return with_integer(type, [&]<class T>(T*) { return read_integer_as<T>(text, shown, value); });
}

std::string integer_text(const TypeInfo& type, const void* value) {
  return with_integer(type, [&]<class T>(T*) { return fmt::format("{}", as<T>(value)); });
}

std::optional<Complaint> read_bool(std::string_view text, std::string_view shown, void* value) {
  if (text != "true" && text != "false")
    return Complaint{fmt::format("{} is not a boolean", shown), "write true or false"};
  *static_cast<bool*>(value) = text == "true";
  return std::nullopt;
}

std::optional<Complaint> read_number(std::string_view text, std::string_view shown, void* value) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range)
    return Complaint{fmt::format("{} is out of range", shown), {}};
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return Complaint{fmt::format("{} is not a number", shown), {}};
  *static_cast<double*>(value) = number;
  return std::nullopt;
}

std::string number_text(double number) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

std::optional<Complaint> read_enum(const TypeInfo& type,
                                   std::string_view text,
                                   std::string_view shown,
                                   void* value) {
  std::vector<std::string_view> names;
  for (const auto& [name, number] : type.names) {
    names.push_back(name);
    if (name != text) continue;
    with_integer(
        type, [&, wide = number]<class T>(T*) { *static_cast<T*>(value) = static_cast<T>(wide); });
    return std::nullopt;
  }
  return not_among(text, shown, names);
}

std::string enum_text(const TypeInfo& type, const void* value) {
  const auto number =
      with_integer(type, [&]<class T>(T*) { return static_cast<std::int64_t>(as<T>(value)); });
  for (const auto& name : type.names)
    if (name.value == number) return std::string(name.name);
  CHECK(false);  // every value of an enum has a name
  return {};
}

struct Quantity {
  std::string_view name;
  std::string_view examples;
};
constexpr Quantity kDuration{"duration", "such as 250ms, 30s or 1h30m"};
constexpr Quantity kSize{"size", "such as 512B, 10MB or 64MiB"};
constexpr Quantity kRate{"rate", "such as 100/s or 5/m"};

template <class T>
std::optional<Complaint> keep(const std::optional<T>& read,
                              const Quantity& quantity,
                              std::string_view shown,
                              void* value) {
  if (!read)
    return Complaint{fmt::format("{} is not a {}", shown, quantity.name),
                     std::string(quantity.examples)};
  *static_cast<T*>(value) = *read;
  return std::nullopt;
}

}  // namespace

bool is_scalar(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::kOptional:
    case Shape::kList:
    case Shape::kMap:
    case Shape::kStruct:
    case Shape::kNode:
      return false;
    default:
      return true;
  }
}

Complaint not_among(std::string_view text,
                    std::string_view shown,
                    std::span<const std::string_view> allowed) {
  auto hint = did_you_mean(text, allowed);
  if (!hint.empty()) hint += " ";
  return {fmt::format("{} is not one of the allowed values", shown),
          hint + "allowed: " + fmt::format("{}", fmt::join(allowed, ", "))};
}

std::optional<Complaint> read_scalar(const TypeInfo& type,
                                     std::string_view text,
                                     std::string_view shown,
                                     void* value) {
  switch (type.shape) {
    case Shape::kBool:
      return read_bool(text, shown, value);
    case Shape::kInteger:
      return read_integer(type, text, shown, value);
    case Shape::kNumber:
      return read_number(text, shown, value);
    case Shape::kEnum:
      return read_enum(type, text, shown, value);
    case Shape::kString:
      static_cast<std::string*>(value)->assign(text);
      break;
    case Shape::kText:
      static_cast<Text*>(value)->value.assign(text);
      break;
    case Shape::kSecret:
      *static_cast<Secret*>(value) = Secret(std::string(text));
      break;
    case Shape::kDuration:
      return keep(parse_duration(text), kDuration, shown, value);
    case Shape::kSize:
      return keep(parse_size(text), kSize, shown, value);
    case Shape::kRate:
      return keep(parse_rate(text), kRate, shown, value);
    default:
      CHECK(false);  // not a scalar
  }
  return std::nullopt;
}

std::string scalar_text(const TypeInfo& type, const void* value) {
  switch (type.shape) {
    case Shape::kBool:
      return as<bool>(value) ? "true" : "false";
    case Shape::kInteger:
      return integer_text(type, value);
    case Shape::kNumber:
      return number_text(as<double>(value));
    case Shape::kString:
      return as<std::string>(value);
    case Shape::kText:
      return as<Text>(value).value;
    case Shape::kSecret:
      return "***";
    case Shape::kDuration:
      return format_duration(as<Duration>(value));
    case Shape::kSize:
      return format_size(as<Size>(value));
    case Shape::kRate:
      return format_rate(as<Rate>(value));
    case Shape::kEnum:
      return enum_text(type, value);
    default:
      CHECK(false);  // not a scalar
  }
  return {};
}

int compare_scalars(const TypeInfo& type, const void* a, const void* b) {
  const auto order = [&]<class T>(T*) {
    return as<T>(a) < as<T>(b) ? -1 : as<T>(b) < as<T>(a) ? 1 : 0;
  };
  switch (type.shape) {
    case Shape::kInteger:
      return with_integer(type, order);
    case Shape::kNumber:
      return order(static_cast<double*>(nullptr));
    case Shape::kDuration:
      return order(static_cast<Duration*>(nullptr));
    case Shape::kSize:
      return order(static_cast<Size*>(nullptr));
    case Shape::kRate:
      return order(static_cast<Rate*>(nullptr));
    default:
      CHECK(false);  // values of this type have no order
  }
  return 0;
}

}  // namespace millrace::config
