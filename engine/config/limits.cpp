// Limits of fields: kept, broken, and in words.
#include "engine/config/pattern.hpp"
#include "engine/config/quantity.hpp"
#include "engine/config/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::config {
namespace {

std::string_view text_of(const TypeInfo& type, const void* value) {
  if (type.shape == Shape::kSecret) return static_cast<const Secret*>(value)->reveal();
  if (type.shape == Shape::kText) return static_cast<const Text*>(value)->value;
  return *static_cast<const std::string*>(value);
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::optional<Complaint> broken_text_limit(const Limits& limits,
                                           std::string_view text,
                                           std::string_view shown) {
  const auto length = count_characters(text);
  if (length < limits.min_size)
    return Complaint{
        fmt::format("{} is shorter than {}", shown, counted(limits.min_size, "character")), {}};
  if (length > limits.max_size)
    return Complaint{
        fmt::format("{} is longer than {}", shown, counted(limits.max_size, "character")), {}};
  if (!limits.one_of.empty() && std::ranges::find(limits.one_of, text) == limits.one_of.end())
    return not_among(text, shown, limits.one_of);
  if (!limits.pattern.empty() && !matches(text, limits.pattern))
    return Complaint{fmt::format("{} does not match {}", shown, limits.pattern), {}};
  return std::nullopt;
}

std::optional<Complaint> broken_count_limit(const Limits& limits, std::size_t count) {
  if (count < limits.min_size)
    return Complaint{
        fmt::format("{} given, fewer than {}", counted(count, "item"), limits.min_size), {}};
  if (count > limits.max_size)
    return Complaint{fmt::format("{} given, more than {}", counted(count, "item"), limits.max_size),
                     {}};
  return std::nullopt;
}

bool is_text(Shape shape) {
  return shape == Shape::kString || shape == Shape::kText || shape == Shape::kSecret;
}

}  // namespace

std::optional<Complaint> broken_limit(const TypeInfo& type,
                                      const Limits& limits,
                                      const void* value,
                                      std::string_view shown) {
  if (type.shape == Shape::kList || type.shape == Shape::kMap)
    return broken_count_limit(limits, type.container->size(value));
  if (is_text(type.shape)) return broken_text_limit(limits, text_of(type, value), shown);
  if (limits.min != nullptr && compare_scalars(type, value, limits.min) < 0)
    return Complaint{
        fmt::format("{} is below the minimum of {}", shown, scalar_text(type, limits.min)), {}};
  if (limits.max != nullptr && compare_scalars(type, value, limits.max) > 0)
    return Complaint{
        fmt::format("{} is above the maximum of {}", shown, scalar_text(type, limits.max)), {}};
  return std::nullopt;
}

std::string type_name(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::kBool:
      return "boolean";
    case Shape::kInteger:
      return "integer";
    case Shape::kNumber:
      return "number";
    case Shape::kString:
    case Shape::kText:
      return "string";
    case Shape::kSecret:
      return "secret";
    case Shape::kDuration:
      return "duration";
    case Shape::kSize:
      return "size";
    case Shape::kRate:
      return "rate";
    case Shape::kEnum: {
      std::vector<std::string_view> names;
      for (const auto& name : type.names) names.push_back(name.name);
      return fmt::format("one of {}", fmt::join(names, ", "));
    }
    case Shape::kOptional:
      return type_name(*type.element);
    case Shape::kList:
      return "list of " + type_name(*type.element);
    case Shape::kMap:
      return "map of " + type_name(*type.element);
    case Shape::kStruct:
      return "section";
    case Shape::kNode:
      return "any";
  }
  return {};
}

std::string describe_limits(const TypeInfo& type, const Limits& limits) {
  if (type.shape == Shape::kOptional) return describe_limits(*type.element, limits);
  if (!limits.one_of.empty()) return fmt::format("one of {}", fmt::join(limits.one_of, ", "));
  std::string low;
  std::string high;
  std::string unit;
  if (limits.min != nullptr) low = scalar_text(type, limits.min);
  if (limits.max != nullptr) high = scalar_text(type, limits.max);
  if (limits.min_size > 0) low = fmt::format("{}", limits.min_size);
  if (limits.max_size != SIZE_MAX) high = fmt::format("{}", limits.max_size);
  if (limits.min_size > 0 || limits.max_size != SIZE_MAX)
    unit = is_text(type.shape) ? " characters" : " items";
  std::string out;
  if (!low.empty() && !high.empty())
    out = fmt::format("from {} to {}{}", low, high, unit);
  else if (!low.empty())
    out = fmt::format("at least {}{}", low, unit);
  else if (!high.empty())
    out = fmt::format("at most {}{}", high, unit);
  if (!limits.pattern.empty())
    out += fmt::format("{}matching {}", out.empty() ? "" : ", ", limits.pattern);
  return out;
}

}  // namespace millrace::config
