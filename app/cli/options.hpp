// The options of one subcommand, declared once: parsing, errors with suggestions, help and shell
// completion follow from the declaration. An option reads its text straight into a variable of the
// subcommand.
#pragma once

#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Read one value; the error says what was expected. Whole numbers may end in k, M or G (thousands).
Status read_value(std::string_view text, std::string& value);
Status read_value(std::string_view text, std::uint64_t& value);
Status read_value(std::string_view text, double& value);
Status read_value(std::string_view text, Duration& value);
Status read_value(std::string_view text, Time& value);

template <class T>
Status read_value(std::string_view text, std::optional<T>& value) {
  return read_value(text, value.emplace());
}

template <class T>
Status read_value(std::string_view text, std::vector<T>& values) {
  return read_value(text, values.emplace_back());
}

// The default as the help shows it; empty when there is none worth showing.
std::string show_value(const std::string& value);
std::string show_value(std::uint64_t value);
std::string show_value(double value);
std::string show_value(Duration value);
std::string show_value(Time value);

template <class T>
std::string show_value(const std::optional<T>&) {
  return {};
}

template <class T>
std::string show_value(const std::vector<T>&) {
  return {};
}

struct Option {
  std::string name;        // `--out`; an argument has none
  char letter = 0;         // `o` for -o
  std::string value_name;  // `FILE`; a flag has none
  std::string help;        // one sentence
  std::string fallback;    // the default, as text
  std::function<Status(std::string_view)> set;

  std::vector<std::string> choices;  // if not empty, the only values
  bool is_path = false;              // completed with file names
  bool required = false;
  bool repeatable = false;

  bool is_argument() const { return name.empty(); }
  bool is_flag() const { return value_name.empty(); }
  std::string label() const { return is_argument() ? value_name : name; }
};

// How data is written: for people; as JSON; or one record a line, tabs between fields, without
// decoration.
enum class DataFormat : std::uint8_t { kPretty, kJson, kPlain };

class Options {
 public:
  // `names` is "--out" or "--out,-o". The reference that is returned stays valid; set choices,
  // is_path, required there.
  Option& flag(std::string_view names, bool& target, std::string help);

  template <class T>
  Option& value(std::string_view names, std::string value_name, T& target, std::string help) {
    Option& option = add(names, std::move(help));
    bind(option, std::move(value_name), target);
    return option;
  }

  // Arguments are filled in the order in which they are declared; a vector takes all that are left.
  template <class T>
  Option& argument(std::string value_name, T& target, std::string help) {
    Option& option = add("", std::move(help));
    bind(option, std::move(value_name), target);
    return option;
  }

  // --json and --plain, of which only one may be given.
  void data_format(DataFormat& target);

  const std::deque<Option>& all() const { return options_; }

  // Reads `arguments` (without program and subcommand) into the targets. The error is one sentence,
  // with a suggestion where an unknown option looks like a known one.
  Status parse(std::span<const std::string> arguments);

 private:
  Option& add(std::string_view names, std::string help);

  template <class T>
  void bind(Option& option, std::string value_name, T& target) {
    option.value_name = std::move(value_name);
    option.fallback = show_value(target);
    option.set = [&target](std::string_view text) { return read_value(text, target); };
    option.repeatable = requires { target.emplace_back(); };
  }

  std::deque<Option> options_;  // a deque: adding one leaves the others where they are
};

}  // namespace millrace
