#include "engine/expression/aggregate.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/expression/program.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::expression {

Duration StreamLayout::bucket_width(Duration age) const {
  Duration width = Duration::max();
  for (const Edge& edge : edges_)
    if (edge.age > age) width = std::min(width, edge.width);
  return std::max(width, Duration(1));
}

void StreamLayout::cover(const AggregateSpec& spec) {
  switch (spec.function) {
    case Function::kFirstTime:
    case Function::kFirstValue:
      has_first |= spec.window.count() == 0;
      break;
    case Function::kSum:
    case Function::kAverage:
      has_sum |= spec.window.count() == 0;
      break;
    case Function::kMin:
    case Function::kMax:
      has_extremes |= spec.window.count() == 0;
      break;
    default:
      break;
  }
  // The last value carries its time, so that a window on it needs no log.
  if (spec.window.count() == 0 || spec.function == Function::kLastValue) {
    lifetime = true;
    return;
  }
  horizon = std::max(horizon, spec.window + spec.offset);
  edges_.push_back({spec.offset, spec.window / 64});
  edges_.push_back({spec.offset + spec.window, spec.window / 64});
}

AggregateTable::AggregateTable(std::size_t entries_max)
    : by_event_(1), entries_max_(std::clamp<std::size_t>(entries_max, 16, 4096)) {}

StreamId AggregateTable::add_stream(StreamSpec spec, std::string_view event_name) {
  const std::string text = fmt::format("{}|{}|{}|{}|{}",
                                       spec.event == kAnyEvent ? "" : event_name,
                                       static_cast<int>(spec.role),
                                       spec.field_path,
                                       spec.keyed,
                                       spec.filter_text);
  const auto [at, added] = by_text_.try_emplace(text, static_cast<StreamId>(streams_.size()));
  if (!added) return at->second;
  CHECK(streams_.size() < 65'535);
  const StreamId id = at->second;
  // 32 bits keep encoded states short; a second seed resolves the odd collision.
  std::uint32_t key = 0;
  for (std::uint64_t seed = 0;; ++seed) {
    key = static_cast<std::uint32_t>(hash64(text, seed));
    if (by_key_.try_emplace(key, id).second) break;
  }
  if (spec.event == kAnyEvent) {
    any_.push_back(id);
    for (auto& streams : by_event_) streams.push_back(id);
  } else {
    if (by_event_.size() <= spec.event) by_event_.resize(spec.event + std::size_t{1}, any_);
    by_event_[spec.event].push_back(id);
  }
  StreamLayout layout;
  layout.role = spec.role;
  streams_.push_back({std::move(spec), layout, key});
  return id;
}

AggregateId AggregateTable::add(const AggregateSpec& spec) {
  const auto at = std::find(aggregates_.begin(), aggregates_.end(), spec);
  if (at != aggregates_.end()) return static_cast<AggregateId>(at - aggregates_.begin());
  streams_[spec.stream].layout.cover(spec);
  aggregates_.push_back(spec);
  return static_cast<AggregateId>(aggregates_.size() - 1);
}

std::optional<StreamId> AggregateTable::find(std::uint32_t key) const {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? std::nullopt : std::optional(at->second);
}

std::span<const StreamId> AggregateTable::streams_of(NameId event) const {
  return event < by_event_.size() ? by_event_[event] : std::span<const StreamId>(any_);
}

}  // namespace millrace::expression
