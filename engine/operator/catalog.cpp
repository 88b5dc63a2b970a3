#include "engine/operator/catalog.hpp"

#include <algorithm>

namespace millrace {
namespace {

struct Reserved {
  std::string_view identifier;
  NameId name;
};
constexpr Reserved kReserved[] = {{"page", kPageName},
                                  {"screen", kScreenName},
                                  {"identify", kIdentifyName},
                                  {"group", kGroupName},
                                  {"alias", kAliasName}};

}  // namespace

// The last first: it may read what one before it makes.
void Catalog::read_for_enrichments() {
  for (auto at = enrichments.rbegin(); at != enrichments.rend(); ++at) {
    const bool read = std::any_of(at->makes.begin(), at->makes.end(), [&](const auto& path) {
      return projection.find(path) != kNoField;
    });
    if (!read) continue;
    for (const std::string& path : at->of) projection.add(path);
  }
}

bool Catalog::declare_event(std::string_view identifier, NameId name) {
  const NameId known = event(identifier);
  if (known != kOtherName) return known == name;
  events_.emplace(identifier, name);
  return true;
}

NameId Catalog::event(std::string_view identifier) const {
  const auto at = events_.find(identifier);
  if (at != events_.end()) return at->second;
  for (const auto& [reserved, name] : kReserved)
    if (reserved == identifier) return name;
  return names.find_derived(identifier);
}

std::vector<std::string_view> Catalog::event_identifiers() const {
  std::vector<std::string_view> all;
  for (const auto& [identifier, name] : events_) all.push_back(identifier);
  for (const auto& [identifier, name] : kReserved) all.push_back(identifier);
  return all;
}

expression::Environment Catalog::environment() const {
  expression::Environment environment;
  for (const auto& [identifier, name] : events_)
    environment.events.names.emplace(identifier, names.text(name));
  environment.events.closed = true;
  for (const auto& [reserved, name] : kReserved)
    environment.numbered_events.emplace(reserved, name);
  for (const auto& [derived, name] : names.derived())
    environment.numbered_events.emplace(derived, name);
  environment.features = features;
  environment.segments = segments_;
  return environment;
}

bool Catalog::declare_feature(std::string_view name, std::string_view text) {
  for (const auto& feature : features)
    if (feature.name == name) return feature.text == text;
  features.push_back({std::string(name), std::string(text)});
  return true;
}

SegmentId Catalog::declare_segment(std::string_view name) {
  const auto at = std::find(segments_.begin(), segments_.end(), name);
  if (at != segments_.end()) return static_cast<SegmentId>(at - segments_.begin());
  segments_.emplace_back(name);
  enter_names_.push_back(names.add_derived("enter(" + segments_.back() + ")"));
  exit_names_.push_back(names.add_derived("exit(" + segments_.back() + ")"));
  return static_cast<SegmentId>(segments_.size() - 1);
}

}  // namespace millrace
