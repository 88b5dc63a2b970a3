// Every subcommand of the millrace program, in the order of the help.
#pragma once

#include "app/cli/command.hpp"

#include <span>

namespace millrace {

std::span<const Command> all_commands();

}  // namespace millrace
