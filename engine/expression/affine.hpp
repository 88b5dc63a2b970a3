// Arithmetic and comparison of values that move with time. Called by the evaluator and the
// compiler.
#pragma once

#include "engine/expression/program.hpp"
#include "engine/expression/reading.hpp"

namespace millrace::expression {

// kAdd to kRatio. Missing where an operand is, where the kinds do not go together, on division by
// zero, and where the result is no number. Precondition (the compiler's): at most one side of *
// moves, and of / and % only the left, of % neither.
Reading calculate(Op op, const Reading& left, const Reading& right);

// kEqual to kGreaterEqual; a bool, with the instant at which it flips, or missing.
Reading compare(Op op, const Reading& left, const Reading& right, Time now);

}  // namespace millrace::expression
