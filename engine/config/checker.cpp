#include "engine/config/checker.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::config {

std::string Checker::path(std::string_view field) const {
  if (field.empty()) return path_;
  return path_.empty() ? std::string(field) : path_ + "." + std::string(field);
}

Node Checker::node(std::string_view field) const {
  Node at = node_;
  while (!field.empty() && at) {
    if (field[0] == '[') {
      std::size_t index = 0;
      std::from_chars(field.data() + 1, field.data() + field.size(), index);
      at = at.is_list() && index < at.size() ? at.item(index) : Node();
      field.remove_prefix(std::min(field.find(']'), field.size() - 1) + 1);
    } else {
      const auto end = std::min(field.find_first_of(".["), field.size());
      at = at.child(field.substr(0, end));
      field.remove_prefix(end);
    }
    if (field.starts_with('.')) field.remove_prefix(1);
  }
  return at;
}

void Checker::problem(std::string_view field, std::string what, std::string hint) {
  if (problems_.size() >= kProblemsMax) return;
  const auto found = node(field);
  const auto& shown = found ? found : node_;
  const auto at = field.empty() || !found ? shown.name_location() : shown.location();
  problems_.push_back(shown.problem_at(at, path(field), std::move(what), std::move(hint)));
}

void Checker::problem(std::string_view field, Span span, std::string what, std::string hint) {
  const auto found = node(field);
  // What a `${...}` gave has no place of its own in the file.
  const bool exact = found.is_scalar() && found.text().find("${") == std::string_view::npos;
  if (!exact) return problem(field, std::move(what), std::move(hint));
  if (problems_.size() < kProblemsMax)
    problems_.push_back(
        found.problem_at(found.location_of(span), path(field), std::move(what), std::move(hint)));
}

}  // namespace millrace::config
