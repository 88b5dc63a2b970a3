// The types of the expression language.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::expression {

enum class Type : std::uint8_t {
  kAny,  // not known before the event is: an undeclared property or trait
  kBool,
  kNumber,
  kString,
  kDuration,  // at run time, a number of milliseconds
  kTime,
  kList,  // only written out, on the right of `in`
};

constexpr std::string_view type_name(Type type) {
  switch (type) {
    case Type::kAny:
      return "any";
    case Type::kBool:
      return "bool";
    case Type::kNumber:
      return "number";
    case Type::kString:
      return "string";
    case Type::kDuration:
      return "duration";
    case Type::kTime:
      return "time";
    case Type::kList:
      return "list";
  }
  return "?";
}

}  // namespace millrace::expression
