// A problem with a configuration, for programs.
#pragma once

#include "engine/base/json_writer.hpp"
#include "engine/config/problem.hpp"

namespace millrace {

inline void write_problem(const config::Problem& problem, JsonWriter& json) {
  json.object();
  json.key("file").value(problem.file);
  json.key("line").value(problem.line);
  json.key("column").value(problem.column);
  json.key("length").value(problem.length);
  json.key("path").value(problem.path);
  json.key("what").value(problem.what);
  json.key("hint").value(problem.hint);
  json.end();
}

}  // namespace millrace
