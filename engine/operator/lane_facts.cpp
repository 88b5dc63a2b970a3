#include "engine/operator/lane_facts.hpp"

namespace millrace {

bool LaneFacts::provide(Fact fact, const FactSource& source) {
  const FactSource*& kept = sources_[static_cast<std::size_t>(fact)];
  if (kept != nullptr) return false;
  kept = &source;
  return true;
}

void LaneFacts::provide_segment(SegmentId segment, const FactSource& source) {
  if (segments_.size() <= segment) segments_.resize(segment + std::size_t{1});
  segments_[segment] = &source;
}

}  // namespace millrace
