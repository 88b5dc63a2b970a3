// How a function reports that the outside world let it down: Result<T>, or Status where there is no
// value.
//
// Four kinds of failure have four mechanisms: a bad event is a rejected row, a bad configuration is
// a list of config::Problem, a broken invariant is CHECK, and everything else that can fail is a
// Result.
#pragma once

#include "engine/base/check.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace millrace {

// What a caller may want to handle differently: no space, no such thing, in use by another.
enum class Fault : std::uint8_t { kOther, kFull, kMissing, kBusy };

// One sentence that a person who runs the system can act on.
struct Error {
  std::string what;
  Fault fault = Fault::kOther;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition: ok().
  T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&held_);
  }
  const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&held_);
  }
  T&& value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&held_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: not ok().
  const Error& error() const {
    CHECK(!ok());
    return *std::get_if<1>(&held_);
  }

 private:
  std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT: implicit by design

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const {
    CHECK(!ok_);
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

using Status = Result<void>;

}  // namespace millrace
