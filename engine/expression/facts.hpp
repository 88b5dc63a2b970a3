// The world as an expression sees it: one object per lane, pointed at a profile before each
// evaluation.
#pragma once

#include "engine/base/time.hpp"
#include "engine/event/event.hpp"
#include "engine/event/value.hpp"
#include "engine/expression/aggregate_state.hpp"
#include "engine/expression/program.hpp"

namespace millrace::expression {

// What is not overridden is missing. Strings in the answers live until the evaluation's result was
// used.
class Facts {
 public:
  virtual ~Facts() = default;

  const Event* event = nullptr;                // the one at hand; null at a timer
  const AggregateState* aggregates = nullptr;  // of the profile; null: nothing has happened yet
  const AggregateState* keyed = nullptr;       // of the profile and `key`
  Value key;                                   // of a rule with `by`

  virtual Value trait(NameId) const { return {}; }
  virtual bool in_segment(SegmentId) const { return false; }
  virtual Value consent(NameId) const { return {}; }  // a bool, or missing where nobody asked
  virtual Value cluster() const { return {}; }        // a number
  // How many percent of the population have less than `value` of this feature; missing before the
  // first epoch.
  virtual Value percentile(FeatureId, double /*value*/) const { return {}; }
  virtual Time first_seen() const { return kNever; }  // kNever: not known
};

}  // namespace millrace::expression
