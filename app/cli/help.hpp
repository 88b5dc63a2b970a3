// The help texts: examples first, then what the declarations say.
#pragma once

#include "app/cli/command.hpp"

#include <span>
#include <string>

namespace millrace {

// The options that every subcommand has.
struct CommonOptions {
  bool quiet = false;
  bool no_colour = false;
  bool help = false;

  void declare(Options& options);
};

std::string help_of_program(std::span<const Command> commands, bool colour);
std::string help_of_command(const Command& command, const Options& options, bool colour);

}  // namespace millrace
