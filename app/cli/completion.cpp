#include "app/cli/completion.hpp"

#include "app/cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <vector>

namespace millrace {
namespace {

// A command with all its options, as the program would read them.
struct Declared {
  const Command* command = nullptr;
  std::unique_ptr<Action> action;  // the options point into it
  std::unique_ptr<CommonOptions> common;
  Options options;
};

std::vector<Declared> declare_all(std::span<const Command> commands) {
  std::vector<Declared> all;
  for (const Command& command : commands) {
    Declared& declared = all.emplace_back();
    declared.command = &command;
    declared.action = command.make();
    declared.common = std::make_unique<CommonOptions>();
    declared.action->declare(declared.options);
    declared.common->declare(declared.options);
  }
  return all;
}

std::vector<std::string_view> names_of(std::span<const Command> commands) {
  std::vector<std::string_view> names;
  for (const Command& command : commands) names.push_back(command.name);
  return names;
}

// In single quotes, for any POSIX shell and fish.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash_values(const Option& option) {
  if (!option.choices.empty())
    return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\"))",
                       fmt::join(option.choices, " "));
  if (option.is_path) return "COMPREPLY=($(compgen -f -- \"$word\"))";
  return "COMPREPLY=()";
}

std::string bash_case(const Declared& declared) {
  std::string values;
  std::string names;
  std::string argument = "COMPREPLY=()";
  for (const Option& option : declared.options.all()) {
    if (option.is_argument()) {
      if (argument == "COMPREPLY=()") argument = bash_values(option);
      continue;
    }
    names += (names.empty() ? "" : " ") + option.name;
    if (option.is_flag()) continue;
    const std::string label =
        option.letter ? fmt::format("{}|-{}", option.name, option.letter) : option.name;
    values += fmt::format("        {}) {}; return ;;\n", label, bash_values(option));
  }
  return fmt::format(
      "    {})\n      case \"$before\" in\n{}      esac\n"
      "      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '{}' -- \"$word\")); else {}; fi "
      ";;\n",
      declared.command->name,
      values,
      names,
      argument);
}

// What zsh's _arguments has special: brackets end a description, colons separate.
std::string zsh_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_values(const Option& option) {
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  return option.is_path ? "_files" : " ";
}

std::string zsh_case(const Declared& declared) {
  std::string specs;
  for (const Option& option : declared.options.all()) {
    const std::string description = zsh_escaped(option.help);
    const std::string value =
        fmt::format(":{}:{}", zsh_escaped(option.value_name), zsh_values(option));
    std::string spec;
    if (option.is_argument()) {
      spec = quoted((option.repeatable ? "*" : "") + value);
    } else {
      spec = quoted(fmt::format("{}{}[{}]{}",
                                option.repeatable ? "*" : "",
                                option.name,
                                description,
                                option.is_flag() ? "" : value));
    }
    specs += fmt::format(" \\\n        {}", spec);
  }
  return fmt::format("    {})\n      _arguments{} ;;\n", declared.command->name, specs);
}

std::string fish_option(const Declared& declared, const Option& option) {
  std::string line = fmt::format("complete -c millrace -n '__fish_seen_subcommand_from {}'",
                                 declared.command->name);
  if (!option.is_argument()) line += " -l " + option.name.substr(2);
  if (option.letter) line += fmt::format(" -s {}", option.letter);
  if (!option.is_argument() && !option.is_flag()) line += " -r";
  if (option.is_path) line += " -F";
  if (!option.choices.empty()) line += fmt::format(" -a '{}'", fmt::join(option.choices, " "));
  // A backslash is special between fish's single quotes only before a quote or a backslash.
  return line + " -d " + quoted(option.help) + "\n";
}

}  // namespace

std::string bash_completion(std::span<const Command> commands) {
  std::string cases;
  for (const Declared& declared : declare_all(commands)) cases += bash_case(declared);
  return fmt::format(
      "# bash completion of millrace: source <(millrace completion bash)\n"
      "_millrace() {{\n"
      "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    COMPREPLY=($(compgen -W '{0} help --help --version' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"${{COMP_WORDS[1]}}\" in\n"
      "    help) COMPREPLY=($(compgen -W '{0}' -- \"$word\")) ;;\n"
      "{1}"
      "  esac\n"
      "}}\n"
      "complete -o filenames -F _millrace millrace\n",
      fmt::join(names_of(commands), " "),
      cases);
}

std::string zsh_completion(std::span<const Command> commands) {
  std::string cases;
  std::string described;
  for (const Declared& declared : declare_all(commands)) {
    cases += zsh_case(declared);
    described +=
        fmt::format("    {}\n",
                    quoted(fmt::format(
                        "{}:{}", declared.command->name, zsh_escaped(declared.command->summary))));
  }
  return fmt::format(
      "#compdef millrace\n"
      "# zsh completion of millrace: source <(millrace completion zsh)\n"
      "_millrace() {{\n"
      "  local -a commands\n"
      "  commands=(\n{0}"
      "    'help:Show what a command does and which options it has.'\n  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe 'command' commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n"
      "    help) _describe 'command' commands ;;\n"
      "{1}"
      "  esac\n"
      "}}\n"
      // Loaded from $fpath, the file is the function's first call.
      "if [[ $funcstack[1] == _millrace ]]; then _millrace \"$@\"; else compdef _millrace "
      "millrace; fi\n",
      described,
      cases);
}

std::string fish_completion(std::span<const Command> commands) {
  std::string text =
      "# fish completion of millrace: millrace completion fish | source\n"
      "complete -c millrace -f\n"
      "complete -c millrace -n __fish_use_subcommand -l help -s h -d 'Show help.'\n"
      "complete -c millrace -n __fish_use_subcommand -l version -d 'Show the version.'\n"
      "complete -c millrace -n __fish_use_subcommand -a help -d 'Show what a command does.'\n";
  text += fmt::format("complete -c millrace -n '__fish_seen_subcommand_from help' -a '{}'\n",
                      fmt::join(names_of(commands), " "));
  for (const Declared& declared : declare_all(commands)) {
    text += fmt::format("complete -c millrace -n __fish_use_subcommand -a {} -d {}\n",
                        declared.command->name,
                        quoted(declared.command->summary));
    for (const Option& option : declared.options.all()) text += fish_option(declared, option);
  }
  return text;
}

}  // namespace millrace
