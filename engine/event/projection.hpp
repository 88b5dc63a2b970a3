// Which properties of events a topology uses. The planner collects them from every operator; the
// parser reads these and no others; an event carries one Value for each, by FieldId.
#pragma once

#include "engine/event/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

using FieldId = std::uint16_t;
inline constexpr FieldId kNoField = 65'535;  // nobody reads it: every event's value is missing

// One step of a path: a key of an object, or an index of a list.
struct PathStep {
  std::string key;
  std::int32_t index = -1;  // >= 0: a list index, and `key` is empty
  bool operator==(const PathStep&) const = default;
};

// Reads `properties.items[0].price`; keys with other characters are quoted: `context."a.b"`.
// Nothing where the text is not a path, or has more than 16 steps.
std::optional<std::vector<PathStep>> parse_path(std::string_view text);

class Projection {
 public:
  struct Field {
    std::string path;  // as first asked for
    std::vector<PathStep> steps;
    bool as_time = false;  // a string is read as an ISO 8601 instant; kMissing if it is none
  };

  // The field of `path`, added if it is new. Precondition: parse_path accepts the path.
  FieldId add(std::string_view path, bool as_time = false);
  // The field of `path` as it is written, or kNoField. Precondition as for add.
  FieldId find(std::string_view path) const;
  const std::vector<Field>& fields() const { return fields_; }
  std::size_t size() const { return fields_.size(); }

 private:
  FieldId find(const std::vector<PathStep>& steps, bool as_time) const;

  std::vector<Field> fields_;
};

}  // namespace millrace
