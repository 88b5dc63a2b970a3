// The small language of test files: lines of words with spaces between, `key=value` among them.
// Values may be quoted, or JSON lists and objects, and then hold spaces.
#pragma once

#include "engine/base/time.hpp"
#include "engine/config/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// One word of a line.
struct Word {
  std::string_view text;  // all of it
  std::string_view key;   // before the `=`; empty if there is none
  std::string_view value;
  config::Span span;  // of the whole word in its line
};

// The words of `line`, which outlives them. Nothing, and a problem, where a quote or bracket is
// left open.
std::optional<std::vector<Word>> words_of(const config::Text& line,
                                          std::string_view path,
                                          config::Problems& problems);

// The JSON that a value stands for: JSON as it is, and any other text as a string. Nothing if it
// begins like JSON and is none.
std::optional<std::string> json_of(std::string_view value);
// The text that a value stands for: without its quotes.
std::string text_of(std::string_view value);

// The time that begins every line, since the case's start: `0d`, `1h30m`.
std::optional<Duration> time_of(const config::Text& line,
                                const std::vector<Word>& words,
                                std::string_view path,
                                config::Problems& problems);

}  // namespace millrace
