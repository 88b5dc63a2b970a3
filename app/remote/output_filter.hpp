// Chooses among outputs by an expression over their fields, in the language of segments and rules:
// `kind == "enter" and name in ["loyal", "high_value"]`. Names are the output's members, whatever
// they are: position, time, profile, ids, kind, name, body, reason, …. One thread.
#pragma once

#include "engine/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class OutputFilter {
 public:
  // The error shows the place. `text` empty: everything passes.
  static Result<OutputFilter> parse(const std::string& text);
  ~OutputFilter();
  OutputFilter(OutputFilter&&) noexcept;

  // A field that is not there is missing, as in all expressions; what is no JSON does not pass.
  bool passes(std::string_view json);

 private:
  struct State;
  explicit OutputFilter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;  // null: everything passes
};

}  // namespace millrace
