// Runs programs, and says how long their results stay true. Allocates nothing; any thread that owns
// the facts.
#pragma once

#include "engine/expression/facts.hpp"
#include "engine/expression/program.hpp"
#include "engine/expression/reading.hpp"

namespace millrace::expression {

// The value at `now`. `until` is later than now: no instant before it has another value (for a
// number with a slope: leaves its line) unless an event, a new trait or segment, or an epoch comes.
// `table` is the one that the program was compiled with.
Reading evaluate(const Program& program, const AggregateTable& table, const Facts& facts, Time now);

// The same for a condition; missing is false.
Truth holds(const Program& program, const AggregateTable& table, const Facts& facts, Time now);

// Lets facts.event count in every stream that it belongs to: tracks, pages and screens in those of
// `any` and of their name, derived events in those of their name, others in none. The two states
// are those that `facts` points to; `keyed` may be null. Returns how many streams had to merge old
// entries.
std::size_t feed(const AggregateTable& table,
                 const Facts& facts,
                 AggregateState& profile,
                 AggregateState* keyed);

}  // namespace millrace::expression
