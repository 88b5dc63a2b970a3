// One property of an event, 16 bytes. Strings point into the batch that owns the event.
#pragma once

#include "engine/base/check.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <string_view>

namespace millrace {

enum class ValueKind : std::uint8_t {
  kMissing,  // the event has no such property
  kNull,     // it has, and it is null
  kBool,
  kNumber,  // a double: integers are exact up to 2^53
  kString,
  kTime,
  kOther,  // a list or an object, whose content was not asked for
};

class Value {
 public:
  constexpr Value() = default;
  static constexpr Value null() { return Value(ValueKind::kNull); }
  static constexpr Value other() { return Value(ValueKind::kOther); }
  static constexpr Value of(bool value) {
    Value made(ValueKind::kBool);
    made.boolean_ = value;
    return made;
  }
  static constexpr Value of(double value) {
    Value made(ValueKind::kNumber);
    made.number_ = value;
    return made;
  }
  static constexpr Value of(Time value) {
    Value made(ValueKind::kTime);
    made.millis_ = to_millis(value);
    return made;
  }
  // Precondition: shorter than 4 GiB. The characters are not copied.
  static constexpr Value of(std::string_view value) {
    Value made(ValueKind::kString);
    made.chars_ = value.data();
    made.size_ = static_cast<std::uint32_t>(value.size());
    return made;
  }

  constexpr ValueKind kind() const { return kind_; }
  constexpr bool is(ValueKind kind) const { return kind_ == kind; }
  // Missing and null are both "nothing there" to an expression.
  constexpr bool present() const { return kind_ > ValueKind::kNull; }

  // Preconditions: the value is of that kind.
  bool boolean() const {
    CHECK(is(ValueKind::kBool));
    return boolean_;
  }
  double number() const {
    CHECK(is(ValueKind::kNumber));
    return number_;
  }
  std::string_view text() const {
    CHECK(is(ValueKind::kString));
    return {chars_, size_};
  }
  Time time() const {
    CHECK(is(ValueKind::kTime));
    return from_millis(millis_);
  }

  friend bool operator==(const Value& a, const Value& b);

 private:
  explicit constexpr Value(ValueKind kind) : kind_(kind) {}

  ValueKind kind_ = ValueKind::kMissing;
  std::uint32_t size_ = 0;
  union {
    double number_ = 0;
    bool boolean_;
    std::int64_t millis_;
    const char* chars_;
  };
};
static_assert(sizeof(Value) == 16);

inline bool operator==(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case ValueKind::kBool:
      return a.boolean_ == b.boolean_;
    case ValueKind::kNumber:
      return a.number_ == b.number_;
    case ValueKind::kString:
      return a.text() == b.text();
    case ValueKind::kTime:
      return a.millis_ == b.millis_;
    default:
      return true;
  }
}

// "string", "number", ...: as configuration and messages name it.
constexpr std::string_view kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::kMissing:
      return "missing";
    case ValueKind::kNull:
      return "null";
    case ValueKind::kBool:
      return "bool";
    case ValueKind::kNumber:
      return "number";
    case ValueKind::kString:
      return "string";
    case ValueKind::kTime:
      return "time";
    case ValueKind::kOther:
      return "list or object";
  }
  return "?";
}

}  // namespace millrace
