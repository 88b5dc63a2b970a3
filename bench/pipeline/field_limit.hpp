// The limit that parsing is measured against: simdjson On-Demand reading a topology's fields out of
// a Segment event, looking at nothing else and keeping nothing.
#pragma once

#include "engine/event/projection.hpp"

#include <memory>
#include <string_view>

namespace millrace {

class FieldLimit {
 public:
  explicit FieldLimit(const Projection& projection);
  ~FieldLimit();
  // At least 64 bytes after the body are readable.
  void read(std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace
