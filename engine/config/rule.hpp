// What a field's value must keep to. Which of these a field takes follows from its type, so that a
// rule which makes no sense (a pattern on a number) does not compile.
#pragma once

#include "engine/base/time.hpp"
#include "engine/config/node.hpp"
#include "engine/config/quantity.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

// Booleans, enums, structs and raw nodes.
struct PlainRule {
  bool required = false;
  std::string_view
      deprecated{};  // what to use instead; still accepted, shown in schema and reference
};

// Numbers, durations, sizes and rates. Both ends belong to the range.
template <class T>
struct RangeRule {
  bool required = false;
  std::optional<T> min{};
  std::optional<T> max{};
  std::string_view deprecated{};
};

// Strings, texts and secrets.
struct TextRule {
  bool required = false;
  std::size_t min_length = 0;  // in characters
  std::size_t max_length = SIZE_MAX;
  std::string_view pattern{};  // RE2, for the whole text
  std::array<std::string_view, 8> one_of{};
  std::string_view deprecated{};
};

// Lists and maps.
struct ListRule {
  bool required = false;
  std::size_t min_items = 0;
  std::size_t max_items = SIZE_MAX;
  std::string_view deprecated{};
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

// A map that keeps the order of the file.
template <class T>
inline constexpr bool kIsOrderedMap = false;
template <class T>
inline constexpr bool kIsOrderedMap<std::vector<std::pair<std::string, T>>> = true;

template <class T>
concept StringMap = std::same_as<typename T::key_type, std::string> && requires {
  typename T::mapped_type;
};

template <class T>
concept Number = (std::integral<T> && !std::same_as<T, bool>) || std::same_as<T, double>;

template <class T>
constexpr auto rule_of() {
  if constexpr (kIsOptional<T>)
    return rule_of<typename T::value_type>();
  else if constexpr (Number<T> || std::same_as<T, Duration> || std::same_as<T, Size> ||
                     std::same_as<T, Rate>)
    return RangeRule<T>();
  else if constexpr (std::same_as<T, std::string> || std::same_as<T, Text> ||
                     std::same_as<T, Secret>)
    return TextRule();
  else if constexpr (kIsVector<T> || StringMap<T>)
    return ListRule();
  else
    return PlainRule();
}

// An optional's rule is that of its value.
template <class T>
using Rule = decltype(rule_of<T>());

}  // namespace millrace::config
