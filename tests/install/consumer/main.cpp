#include "connectors/builtin.hpp"
#include "engine/base/time.hpp"
#include "operators/builtin.hpp"

int main() {
  const auto duration = millrace::parse_duration("1h30m");
  return duration && millrace::format_duration(*duration) == "1h30m" ? 0 : 1;
}
