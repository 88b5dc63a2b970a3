// What expressions read of a profile, gathered from the operators of a lane that keep it:
// `features` keeps windowed counts and traits, `rules` segments, `cluster` the cluster.
//
// An operator offers what it keeps in its constructor; those after it point the facts at a profile
// and evaluate. Nobody includes another operator for that. One thread, the lane's.
#pragma once

#include "engine/expression/facts.hpp"
#include "engine/operator/operator.hpp"
#include "engine/operator/profile_info.hpp"
#include "engine/state/keyed_state.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace {

// What of a profile an operator keeps. It overrides what it provides; strings in the answers live
// until the profile's state changes.
class FactSource {
 public:
  virtual const expression::AggregateState* aggregates(Slot) const { return nullptr; }
  virtual Value trait(Slot, NameId) const { return {}; }
  // Whether events other than identify change the trait.
  virtual bool trait_moves(NameId) const { return false; }
  virtual bool in_segment(Slot, SegmentId) const { return false; }
  virtual Value cluster(Slot) const { return {}; }
  virtual Value consent(Slot, NameId) const { return {}; }
  virtual Value percentile(expression::FeatureId, double /*value*/) const { return {}; }

 protected:
  ~FactSource() = default;
};

enum class Fact : std::uint8_t { kAggregates, kTraits, kCluster, kConsents, kPercentiles };

class LaneFacts final : public expression::Facts {
 public:
  explicit LaneFacts(const KeyedState<ProfileInfo>& info) : info_(info) {}

  // For constructors. The source outlives the lane's last evaluation. False if another operator
  // provides it already.
  bool provide(Fact fact, const FactSource& source);
  void provide_segment(SegmentId segment, const FactSource& source);
  bool provided_segment(SegmentId segment) const {
    return segment < segments_.size() && segments_[segment] != nullptr;
  }
  bool provided(Fact fact) const { return source(fact) != nullptr; }
  bool trait_moves(NameId trait) const {
    return provided(Fact::kTraits) && source(Fact::kTraits)->trait_moves(trait);
  }

  // Makes the profile, and the event if there is one at hand, what expressions see.
  void point(Slot slot, const Event* at_hand) {
    slot_ = slot;
    event = at_hand;
    const FactSource* const of = source(Fact::kAggregates);
    aggregates = of ? of->aggregates(slot) : nullptr;
  }

  Value trait(NameId trait) const override {
    return provided(Fact::kTraits) ? source(Fact::kTraits)->trait(slot_, trait) : Value();
  }
  bool in_segment(expression::SegmentId segment) const override {
    return provided_segment(static_cast<SegmentId>(segment)) &&
           segments_[segment]->in_segment(slot_, static_cast<SegmentId>(segment));
  }
  Value consent(NameId purpose) const override {
    return provided(Fact::kConsents) ? source(Fact::kConsents)->consent(slot_, purpose) : Value();
  }
  Value cluster() const override {
    return provided(Fact::kCluster) ? source(Fact::kCluster)->cluster(slot_) : Value();
  }
  Value percentile(expression::FeatureId feature, double value) const override {
    return provided(Fact::kPercentiles) ? source(Fact::kPercentiles)->percentile(feature, value)
                                        : Value();
  }
  Time first_seen() const override { return info_[slot_].first_seen; }

 private:
  const FactSource* source(Fact fact) const { return sources_[static_cast<std::size_t>(fact)]; }

  const KeyedState<ProfileInfo>& info_;
  std::array<const FactSource*, 5> sources_{};
  std::vector<const FactSource*> segments_;  // by SegmentId
  Slot slot_ = kNoSlot;
};

}  // namespace millrace
