#include "app/commands.hpp"

#include <vector>

namespace millrace {

// One file a subcommand, each with one function that makes its Command.
Command check_command();
Command describe_command();
Command doctor_command();
Command explain_command();
Command journal_command();
Command keys_command();
Command profile_command();
Command replay_command();
Command run_command();
Command send_command();
Command simulate_command();
Command tap_command();
Command test_command();
Command top_command();
Command completion_command();

// To add a subcommand `replay`:
//   1. app/replay_command.cpp with `Command replay_command()` and, hidden in it, a class derived
//      from Action that declares its options and runs (completion_command.cpp is the shortest);
//   2. its declaration above and its place in the list below;
//   3. its line in app/CMakeLists.txt.
// Help, suggestions, shell completion and the common options follow by themselves. Verbs of a
// subcommand, as in `journal inspect DIR`, are a first argument with choices.
std::span<const Command> all_commands() {
  static const std::vector<Command> kCommands = {
      run_command(),
      check_command(),
      explain_command(),
      describe_command(),
      test_command(),
      replay_command(),
      simulate_command(),
      send_command(),
      profile_command(),
      top_command(),
      tap_command(),
      keys_command(),
      doctor_command(),
      journal_command(),
      completion_command(),
  };
  return kCommands;
}

}  // namespace millrace
