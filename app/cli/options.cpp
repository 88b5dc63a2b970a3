// The only file that includes CLI11: it takes the command line apart, we say what the parts mean.
#include "app/cli/options.hpp"

#include "app/cli/suggestion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace millrace {
namespace {

Status set_option(const Option& option, const std::string& text) {
  if (!option.choices.empty() && std::ranges::find(option.choices, text) == option.choices.end())
    return Error{fmt::format("{}: '{}' is not one of {}{}",
                             option.label(),
                             text,
                             fmt::join(option.choices, ", "),
                             did_you_mean(text, option.choices))};
  Status status = option.set(text);
  if (status) return status;
  return Error{fmt::format("{}: '{}': {}", option.label(), text, status.error().what)};
}

// CLI11 says "true" for a flag that is there, and passes on what follows a `=`.
Status set_all(const Option& option, const std::vector<std::string>& texts) {
  if (option.is_flag() && !texts.empty() && texts.front() != "true")
    return Error{fmt::format("{} takes no value", option.label())};
  if (texts.empty() && option.required) return Error{fmt::format("{} is missing", option.label())};
  if (texts.size() > 1 && !option.repeatable)
    return Error{option.is_argument() ? fmt::format("unexpected argument '{}'", texts[1])
                                      : fmt::format("{} is given twice", option.label())};
  for (const auto& text : texts)
    if (Status status = set_option(option, text); !status) return status;
  return {};
}

CLI::Option* add_to(CLI::App& parser, const Option& option, std::vector<std::string>& texts) {
  if (option.is_flag()) {
    const std::string names =
        option.letter ? fmt::format("-{},{}", option.letter, option.name) : option.name;
    return parser.add_flag_callback(names, [] {});
  }
  const std::string names = option.is_argument() ? option.value_name
                            : option.letter      ? fmt::format("-{},{}", option.letter, option.name)
                                                 : option.name;
  CLI::Option* added = parser.add_option(names, texts);
  added->type_size(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  // An option takes one value each time it is named: what follows it is an argument.
  added->expected(1)->allow_extra_args(option.is_argument() && option.repeatable);
  return added;
}

Error unknown(const std::string& text, const std::deque<Option>& options) {
  if (text.size() < 2 || text.front() != '-')
    return {fmt::format("unexpected argument '{}'", text)};
  std::vector<std::string> known;
  for (const Option& option : options)
    if (!option.is_argument()) known.push_back(option.name);
  const std::string name = text.substr(0, text.find('='));
  return {fmt::format("unknown option '{}'{}", name, did_you_mean(name, known))};
}

}  // namespace

Option& Options::add(std::string_view names, std::string help) {
  Option& option = options_.emplace_back();
  const auto comma = names.find(',');
  option.name = names.substr(0, comma);
  if (comma != std::string_view::npos) option.letter = names.back();
  option.help = std::move(help);
  return option;
}

Option& Options::flag(std::string_view names, bool& target, std::string help) {
  Option& option = add(names, std::move(help));
  option.set = [&target](std::string_view) -> Status {
    target = true;
    return {};
  };
  return option;
}

void Options::data_format(DataFormat& target) {
  const auto choose = [&target](DataFormat format) {
    return [&target, format](std::string_view) -> Status {
      if (target != DataFormat::kPretty && target != format)
        return Error{"only one of --json and --plain may be given"};
      target = format;
      return {};
    };
  };
  add("--json", "Write JSON.").set = choose(DataFormat::kJson);
  add("--plain", "Write one record a line, tabs between fields, without decoration.").set =
      choose(DataFormat::kPlain);
}

Status Options::parse(std::span<const std::string> arguments) {
  CLI::App parser;
  parser.set_help_flag();
  parser.allow_extras();
  std::deque<std::vector<std::string>> texts(options_.size());
  std::vector<CLI::Option*> added;
  for (std::size_t i = 0; i < options_.size(); ++i)
    added.push_back(add_to(parser, options_[i], texts[i]));
  try {
    // CLI11 takes the arguments from the back.
    parser.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return Error{error.what()};
  }
  for (const auto& extra : parser.remaining())
    if (extra != "--") return unknown(extra, options_);
  for (std::size_t i = 0; i < options_.size(); ++i) {
    const Option& option = options_[i];
    if (option.is_flag() && added[i]->count() > 0) texts[i] = {added[i]->as<std::string>()};
    if (Status status = set_all(option, texts[i]); !status) return status;
  }
  return {};
}

}  // namespace millrace
