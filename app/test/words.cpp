#include "app/test/words.hpp"

#include "engine/base/json_writer.hpp"
#include "engine/event/json_check.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr unsigned kDepthMax = 32;
constexpr std::string_view kSpaces = " \t\r\n";

// One past the quoted text that begins at `at`; npos if it does not end.
std::size_t quoted_end(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return std::string_view::npos;
}

// One past the word that begins at `at`; npos if a quote or bracket in it is left open.
std::size_t word_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = quoted_end(text, at);
      if (at == std::string_view::npos) return at;
      continue;
    }
    if (depth == 0 && kSpaces.find(c) != std::string_view::npos) return at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    ++at;
  }
  return depth == 0 ? at : std::string_view::npos;
}

// Where the `=` after a word's key is; npos if it has no key.
std::size_t equals_in(std::string_view word) {
  const std::size_t at = word.find_first_of("={\"");
  return at == std::string_view::npos || at == 0 || word[at] != '=' ? std::string_view::npos : at;
}

// json.org: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_number(std::string_view text) {
  const auto digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  const auto take = [&](std::string_view any) {
    if (text.empty() || any.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  take("-");
  const bool zero = text.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (take(".") && digits() == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return text.empty();
}

}  // namespace

std::optional<std::vector<Word>> words_of(const config::Text& line,
                                          std::string_view path,
                                          config::Problems& problems) {
  const std::string_view text = line.value;
  std::vector<Word> words;
  std::size_t at = text.find_first_not_of(kSpaces);
  while (at != std::string_view::npos) {
    const std::size_t end = word_end(text, at);
    if (end == std::string_view::npos) {
      problems.push_back(
          line.problem({at, text.size() - at}, path, "a quote or bracket is left open"));
      return std::nullopt;
    }
    Word word{text.substr(at, end - at), {}, {}, {at, end - at}};
    if (const std::size_t equals = equals_in(word.text); equals != std::string_view::npos) {
      word.key = word.text.substr(0, equals);
      word.value = word.text.substr(equals + 1);
    }
    words.push_back(word);
    at = text.find_first_not_of(kSpaces, end);
  }
  return words;
}

std::optional<std::string> json_of(std::string_view value) {
  if (value == "true" || value == "false" || value == "null" || is_number(value))
    return std::string(value);
  if (value.starts_with('"') || value.starts_with('{') || value.starts_with('[')) {
    if (find_json_fault(value, kDepthMax)) return std::nullopt;
    return std::string(value);
  }
  std::string out;
  append_json_string(out, value);
  return out;
}

std::string text_of(std::string_view value) {
  if (!value.starts_with('"')) return std::string(value);
  config::Problems problems;
  const auto document = config::Document::load(std::string(value), "value", problems);
  return std::string(document.root().text());
}

std::optional<Duration> time_of(const config::Text& line,
                                const std::vector<Word>& words,
                                std::string_view path,
                                config::Problems& problems) {
  if (words.empty()) {
    problems.push_back(line.problem({0, 1}, path, "the line is empty", "such as 0d purchase"));
    return std::nullopt;
  }
  const auto time = parse_duration(words[0].text);
  if (!time)
    problems.push_back(
        line.problem(words[0].span,
                     path,
                     "expected the time since the start, found " + config::quote(words[0].text),
                     "such as 0d or 1h30m"));
  return time;
}

}  // namespace millrace
