// What a subcommand of the millrace program is. The program's single thread makes one Action, lets
// it declare its options, reads the command line into them and runs it.
#pragma once

#include "app/cli/exit_code.hpp"
#include "app/cli/options.hpp"
#include "app/cli/terminal.hpp"

#include <memory>
#include <string_view>

namespace millrace {

// One use of a subcommand: the values of its options, and what to do with them.
class Action {
 public:
  virtual ~Action() = default;

  // Says which options and arguments there are. The targets must live as long as the action; what
  // they hold now is shown in the help as the default. Called without run() for help and
  // completion.
  virtual void declare(Options& options) = 0;

  // Data goes to terminal.out(), words for people to terminal.say() and terminal.complain().
  virtual ExitCode run(Terminal& terminal) = 0;
};

template <class T>
std::unique_ptr<Action> make_action() {
  return std::make_unique<T>();
}

struct Command {
  std::string_view name;
  std::string_view summary;   // one sentence
  std::string_view examples;  // shell lines, each with a newline; the help shows them first
  std::unique_ptr<Action> (*make)();
};

}  // namespace millrace
