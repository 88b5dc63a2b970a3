// The millrace program around its subcommands: finds the one that is meant, reads its options, runs
// it.
#pragma once

#include "app/cli/command.hpp"

#include <span>
#include <string>

namespace millrace {

// `arguments` without the program's own name. Writes to the process's standard streams.
ExitCode run_program(std::span<const Command> commands, std::span<const std::string> arguments);

}  // namespace millrace
