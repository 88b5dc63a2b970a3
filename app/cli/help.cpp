#include "app/cli/help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace millrace {
namespace {

std::string heading(std::string_view text, bool colour) {
  return colour ? fmt::format("\n\x1b[1m{}\x1b[0m\n", text) : fmt::format("\n{}\n", text);
}

std::string indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size() - 1);
    text += fmt::format("  {}", lines.substr(0, end + 1));
    lines.remove_prefix(end + 1);
  }
  return text;
}

struct Row {
  std::string left;
  std::string right;
};

// Two columns; a left side that is too wide stands on a line of its own.
std::string table(const std::vector<Row>& rows) {
  constexpr std::size_t kWidest = 26;
  std::size_t width = 0;
  for (const Row& row : rows)
    if (row.left.size() <= kWidest) width = std::max(width, row.left.size());
  std::string text;
  for (const Row& row : rows) {
    if (row.left.size() > kWidest) text += fmt::format("  {}\n", row.left);
    text +=
        fmt::format("  {:{}}  {}\n", row.left.size() > kWidest ? "" : row.left, width, row.right);
  }
  return text;
}

Row row_of(const Option& option) {
  Row row;
  if (!option.is_argument())
    row.left =
        option.letter ? fmt::format("-{}, {}", option.letter, option.name) : "    " + option.name;
  if (!option.value_name.empty()) row.left += (row.left.empty() ? "" : " ") + option.value_name;
  row.right = option.help;
  if (!option.choices.empty())
    row.right += fmt::format(" One of: {}.", fmt::join(option.choices, ", "));
  if (option.required && !option.is_argument()) row.right += " Required.";
  if (!option.fallback.empty()) row.right += fmt::format(" [{}]", option.fallback);
  return row;
}

std::string usage(const Command& command, const Options& options) {
  std::string text = fmt::format("  millrace {} [options]", command.name);
  for (const Option& option : options.all()) {
    if (!option.is_argument()) continue;
    const std::string name = option.value_name + (option.repeatable ? "..." : "");
    text += option.required ? " " + name : " [" + name + "]";
  }
  return text + "\n";
}

}  // namespace

void CommonOptions::declare(Options& options) {
  options.flag("--quiet,-q", quiet, "Only errors on standard error.");
  options.flag("--no-color", no_colour, "No colours; NO_COLOR in the environment says the same.");
  options.flag("--help,-h", help, "Show this and exit.");
}

std::string help_of_program(std::span<const Command> commands, bool colour) {
  std::string text = "Millrace turns tracking events into live customer segments.\n";
  text += heading("Examples", colour);
  for (const Command& command : commands)
    text += indented(command.examples.substr(0, command.examples.find('\n') + 1));
  text += heading("Commands", colour);
  std::vector<Row> rows;
  for (const Command& command : commands)
    rows.push_back({std::string(command.name), std::string(command.summary)});
  rows.push_back({"help", "Show what a command does and which options it has."});
  text += table(rows);
  text += heading("Options", colour);
  text += table(
      {{"-h, --help", "Show this and exit."}, {"    --version", "Show the version and exit."}});
  return text + "\nRead more with `millrace help COMMAND`.\n";
}

std::string help_of_command(const Command& command, const Options& options, bool colour) {
  std::string text = fmt::format("{}\n", command.summary);
  text += heading("Examples", colour) + indented(command.examples);
  text += heading("Usage", colour) + usage(command, options);
  std::vector<Row> arguments;
  std::vector<Row> named;
  for (const Option& option : options.all())
    (option.is_argument() ? arguments : named).push_back(row_of(option));
  if (!arguments.empty()) text += heading("Arguments", colour) + table(arguments);
  return text + heading("Options", colour) + table(named);
}

}  // namespace millrace
