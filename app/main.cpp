// The millrace program.
#include "app/cli/program.hpp"
#include "app/commands.hpp"

#include <string>
#include <vector>

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
  return static_cast<int>(millrace::run_program(millrace::all_commands(), arguments));
}
