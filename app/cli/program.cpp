#include "app/cli/program.hpp"

#include "app/cli/help.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/suggestion.hpp"
#include "app/version.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <vector>

namespace millrace {
namespace {

bool asks_for_help(std::span<const std::string> arguments) {
  for (const auto& argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--help" || argument == "-h") return true;
  }
  return false;
}

ExitCode print(Terminal& terminal, std::string_view text) {
  terminal.print(text);
  return terminal.finish(terminal.out()) ? ExitCode::kOk : ExitCode::kInputOutput;
}

ExitCode complain_of_usage(Terminal& terminal, std::string_view what, std::string_view help_for) {
  terminal.complain(what);
  terminal.complain(fmt::format("try `millrace {}--help`", help_for));
  return ExitCode::kUsage;
}

const Command* find(std::span<const Command> commands, std::string_view name) {
  const auto found = std::ranges::find(commands, name, &Command::name);
  return found == commands.end() ? nullptr : &*found;
}

ExitCode unknown_command(std::span<const Command> commands,
                         const std::string& name,
                         Terminal& terminal) {
  std::vector<std::string> known = {"help"};
  for (const Command& command : commands) known.emplace_back(command.name);
  const bool option = name.starts_with('-');
  if (option) known = {"--help", "--version"};
  return complain_of_usage(
      terminal,
      fmt::format(
          "unknown {} '{}'{}", option ? "option" : "command", name, did_you_mean(name, known)),
      "");
}

ExitCode run_command(const Command& command,
                     std::span<const std::string> arguments,
                     Terminal& terminal) {
  const auto action = command.make();
  CommonOptions common;
  Options options;
  action->declare(options);
  common.declare(options);
  if (asks_for_help(arguments))
    return print(terminal, help_of_command(command, options, terminal.out_looks().colour));
  if (const Status status = options.parse(arguments); !status)
    return complain_of_usage(terminal,
                             fmt::format("{}: {}", command.name, status.error().what),
                             fmt::format("{} ", command.name));
  terminal.set_quiet(common.quiet);
  if (common.no_colour) terminal.disable_colour();
  const ExitCode code = action->run(terminal);
  // A failure that was already reported is not reported twice.
  if (code != ExitCode::kOk) return code;
  return terminal.finish(terminal.out()) ? code : ExitCode::kInputOutput;
}

ExitCode dispatch(std::span<const Command> commands,
                  std::span<const std::string> arguments,
                  Terminal& terminal) {
  if (arguments.empty()) {
    terminal.say(help_of_program(commands, terminal.message_looks().colour));
    return ExitCode::kUsage;
  }
  const std::string& first = arguments.front();
  const auto rest = arguments.subspan(1);
  if (first == "--version") return print(terminal, fmt::format("millrace {}\n", kVersion));
  const bool helps = first == "help" || first == "--help" || first == "-h";
  if (helps && rest.empty())
    return print(terminal, help_of_program(commands, terminal.out_looks().colour));
  const std::string& name = helps ? rest.front() : first;
  const Command* command = find(commands, name);
  if (!command) return unknown_command(commands, name, terminal);
  const std::string only_help[] = {"--help"};
  return run_command(*command, helps ? std::span<const std::string>(only_help) : rest, terminal);
}

}  // namespace

ExitCode run_program(std::span<const Command> commands, std::span<const std::string> arguments) {
  install_signal_handlers();
  Terminal terminal(STDOUT_FILENO, STDERR_FILENO);
  try {
    return dispatch(commands, arguments, terminal);
  } catch (const std::exception& error) {
    terminal.complain(fmt::format("this is a bug in Millrace: {}", error.what()));
    return ExitCode::kBug;
  }
}

}  // namespace millrace
