#include "app/remote/json_fields.hpp"

#include "engine/base/check.hpp"

namespace millrace {
namespace {

constexpr JsonBounds kBounds{.body = std::size_t{64} << 20, .rows = 100'000};

std::vector<JsonField> fields_of(const std::vector<std::string>& paths) {
  std::vector<JsonField> fields;
  for (const std::string& path : paths) {
    auto steps = parse_path(path);
    CHECK(steps.has_value());
    fields.push_back({*std::move(steps)});
  }
  return fields;
}

}  // namespace

JsonFields::JsonFields(const std::vector<std::string>& paths, std::string rows)
    : of_rows_(!rows.empty()), projector_(fields_of(paths), std::move(rows), kBounds) {}

bool JsonFields::read(std::string_view json) {
  arena_.clear();
  rows_.clear();
  if (!projector_.read(json, arena_) || !projector_.top().is_object) return false;
  if (!of_rows_)
    rows_.push_back(projector_.top());
  else if (projector_.has_rows())
    rows_.assign(projector_.rows().begin(), projector_.rows().end());
  return true;
}

Value JsonFields::value(std::size_t field, std::size_t row) const {
  return row < rows_.size() && field < rows_[row].values.size() ? rows_[row].values[field]
                                                                : Value();
}

std::string_view JsonFields::text(std::size_t field, std::size_t row) const {
  const Value found = value(field, row);
  return found.is(ValueKind::kString) ? found.text() : std::string_view();
}

double JsonFields::number(std::size_t field, std::size_t row) const {
  const Value found = value(field, row);
  return found.is(ValueKind::kNumber) ? found.number() : 0;
}

}  // namespace millrace
