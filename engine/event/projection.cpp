#include "engine/event/projection.hpp"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

constexpr std::size_t kStepsMax = 16;

// Takes one key off the front of `text`: plain up to `.` or `[`, or in double quotes.
bool take_key(std::string_view& text, std::string& key) {
  if (!text.empty() && text.front() == '"') {
    const auto end = text.find('"', 1);
    if (end == std::string_view::npos) return false;
    key = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return true;
  }
  const auto end = std::min(text.find_first_of(".[]\" \t"), text.size());
  key = text.substr(0, end);
  text.remove_prefix(end);
  return !key.empty();
}

bool take_index(std::string_view& text, std::int32_t& index) {
  const auto end = text.find(']');
  if (end == std::string_view::npos) return false;
  const auto digits = text.substr(1, end - 1);
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  text.remove_prefix(end + 1);
  return error == std::errc() && rest == digits.data() + digits.size() && index >= 0;
}

}  // namespace

std::optional<std::vector<PathStep>> parse_path(std::string_view text) {
  std::vector<PathStep> steps;
  PathStep first;
  if (!take_key(text, first.key)) return std::nullopt;
  steps.push_back(std::move(first));
  while (!text.empty()) {
    PathStep step;
    if (text.front() == '[') {
      if (!take_index(text, step.index)) return std::nullopt;
    } else if (text.front() == '.') {
      text.remove_prefix(1);
      if (!take_key(text, step.key)) return std::nullopt;
    } else {
      return std::nullopt;
    }
    steps.push_back(std::move(step));
    if (steps.size() > kStepsMax) return std::nullopt;
  }
  return steps;
}

FieldId Projection::add(std::string_view path, bool as_time) {
  auto steps = parse_path(path);
  CHECK(steps.has_value());
  if (const FieldId known = find(*steps, as_time); known != kNoField) return known;
  CHECK(fields_.size() < kNoField);
  fields_.push_back({std::string(path), std::move(*steps), as_time});
  return static_cast<FieldId>(fields_.size() - 1);
}

FieldId Projection::find(std::string_view path) const {
  const auto steps = parse_path(path);
  CHECK(steps.has_value());
  return find(*steps, false);
}

FieldId Projection::find(const std::vector<PathStep>& steps, bool as_time) const {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (fields_[i].steps == steps && fields_[i].as_time == as_time) return static_cast<FieldId>(i);
  return kNoField;
}

}  // namespace millrace
