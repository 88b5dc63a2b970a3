// `millrace completion`: a completion script for the shell.
#include "app/cli/completion.hpp"
#include "app/commands.hpp"

namespace millrace {
namespace {

class Completion final : public Action {
 public:
  void declare(Options& options) override {
    Option& shell = options.argument("SHELL", shell_, "The shell to write for.");
    shell.choices = {"bash", "zsh", "fish"};
    shell.required = true;
  }

  ExitCode run(Terminal& terminal) override {
    const auto commands = all_commands();
    const std::string script = shell_ == "bash"  ? bash_completion(commands)
                               : shell_ == "zsh" ? zsh_completion(commands)
                                                 : fish_completion(commands);
    terminal.print(script);
    return ExitCode::kOk;
  }

 private:
  std::string shell_;
};

}  // namespace

Command completion_command() {
  return {
      .name = "completion",
      .summary = "Write a completion script for bash, zsh or fish.",
      .examples =
          "source <(millrace completion bash)\n"
          "millrace completion zsh > ~/.zfunc/_millrace\n"
          "millrace completion fish | source\n",
      .make = make_action<Completion>,
  };
}

}  // namespace millrace
