// A value that moves with time as far as that is known: what every part of an expression evaluates
// to.
#pragma once

#include "engine/base/time.hpp"
#include "engine/event/value.hpp"

namespace millrace::expression {

// At `now + dt`, for every now + dt < until and as long as no event comes: a number is
// value + slope * dt (dt in milliseconds), a time is value + slope * dt, anything else is `value`.
struct Reading {
  Value value;
  double slope = 0;
  Time until = kNever;
};

// Whether a condition holds, and the earliest instant after now at which that can change without an
// event.
struct Truth {
  bool value = false;
  Time until = kNever;
};

}  // namespace millrace::expression
