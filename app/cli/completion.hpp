// Shell completion scripts, generated from the declared commands and options.
#pragma once

#include "app/cli/command.hpp"

#include <span>
#include <string>

namespace millrace {

std::string bash_completion(std::span<const Command> commands);
std::string zsh_completion(std::span<const Command> commands);
std::string fish_completion(std::span<const Command> commands);

}  // namespace millrace
