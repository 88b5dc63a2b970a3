// Finds a byte of a scalar's text in the file. YAML changes three things between the two: escapes
// in quotes, line folding and block indentation. The last two touch only white space, so everything
// else can be followed step by step.
#include "engine/config/document_data.hpp"

#include <algorithm>

namespace millrace::config {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Step {
  std::size_t source;  // bytes in the file
  std::size_t value;   // bytes of the text that they stand for
};

std::size_t utf8_size(unsigned code) {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

// The escape that `source` begins with (YAML 1.2, 5.7).
Step escape(std::string_view source) {
  if (source.size() < 2) return {1, 1};
  const char kind = source[1];
  const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
  if (kind == '\n' || kind == '\r') {  // joins two lines without a space
    const auto next = std::min(source.find_first_not_of(" \t\r\n", 1), source.size());
    return {next, 0};
  }
  if (digits == 0) return {2, kind == 'L' || kind == 'P' ? 3U : 1U};
  unsigned code = 0;
  for (const char c : source.substr(2, digits)) {
    const auto letter = static_cast<unsigned char>(c | 0x20);
    code = code * 16 +
           (c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>(letter - 'a' + 10));
  }
  return {2 + digits, utf8_size(code)};
}

// Where the first character of the text can stand: after the quote, or below a block's header.
std::size_t skip_opening(std::string_view text, const NodeData& scalar) {
  if (!scalar.quoted) return scalar.offset;
  if (text[scalar.offset] == '"' || text[scalar.offset] == '\'') return scalar.offset + 1;
  const auto line_end = text.find('\n', scalar.offset);
  if (line_end == std::string_view::npos) return text.size();
  return std::min(text.find_first_not_of(" \t\r\n", line_end), text.size());
}

// A run of white space; broken over lines it stands for a run of another length.
Step white_space(std::string_view source, std::string_view value) {
  const auto end = std::min(source.find_first_not_of(" \t\r\n"), source.size());
  if (source.substr(0, end).find('\n') == std::string_view::npos) return {1, 1};
  return {end, std::min(value.find_first_not_of(" \t\r\n"), value.size())};
}

}  // namespace

std::size_t source_offset(const DocumentData& document,
                          const NodeData& scalar,
                          std::size_t offset) {
  const std::string_view text = document.text;
  const char opening = scalar.quoted ? text[scalar.offset] : ' ';
  const std::string_view value = scalar.text;
  std::size_t at = skip_opening(text, scalar);
  std::size_t done = 0;
  if (opening == '|' || opening == '>')  // leading blank lines were skipped in the source
    done = std::min(value.find_first_not_of(" \t\r\n"), value.size());
  while (done < offset && done < value.size() && at < text.size()) {
    Step step{1, 1};
    if (opening == '"' && text[at] == '\\')
      step = escape(text.substr(at));
    else if (opening == '\'' && text[at] == '\'')
      step = {2, 1};
    else if (is_space(text[at]))
      step = white_space(text.substr(at), value.substr(done));
    if (step.value > 0 && done + step.value > offset) break;  // `offset` is inside of this step
    at += step.source;
    done += step.value;
  }
  return std::min(at, text.size());
}

}  // namespace millrace::config
