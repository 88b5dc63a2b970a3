// Random histories for one operator: events of a few profiles, passing time, merges and epochs, all
// from a seed.
#pragma once

#include "engine/base/random.hpp"
#include "tests/support/operator_under_test.hpp"

#include <cstdint>
#include <variant>
#include <vector>

namespace millrace {

struct Pass {
  Duration duration;
};
struct EpochStep {};
using HistoryStep = std::variant<EventBuilder, Pass, Merge, EpochStep>;
using History = std::vector<HistoryStep>;

struct HistoryOptions {
  std::size_t steps = 120;
  std::size_t profiles = 5;  // that live at a time
  bool merges = true;
  bool epochs = true;
};

// A history that the operator can be led through from its beginning: with events, properties and
// segments that it knows, others that it does not, copies, late events and missing values. A
// profile that was merged away does not come again, as identification promises.
History random_history(const OperatorUnderTest& op,
                       std::uint64_t seed,
                       const HistoryOptions& options = {});

// Leads the operator through one step. Time and epochs have the verdict "".
Outcome play(OperatorUnderTest& op, const HistoryStep& step);

}  // namespace millrace
