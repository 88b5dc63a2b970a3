#include "app/remote/json_text.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// The end of the string that begins at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at)
    if (json[at] == '\\') ++at;
  return std::min(at + 1, json.size());
}

}  // namespace

std::string indented_json(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  const auto line = [&] { out.append(1, '\n').append(2 * depth, ' '); };
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (kSpace.find(c) != std::string_view::npos) {
      ++at;
    } else if (c == '"') {
      const std::size_t end = end_of_string(json, at);
      out += json.substr(at, end - at);
      at = end;
    } else if (c == '{' || c == '[') {
      const std::size_t next = json.find_first_not_of(kSpace, at + 1);
      const bool empty = next != std::string_view::npos && (json[next] == '}' || json[next] == ']');
      out += c;
      if (empty) out += json[next];
      at = empty ? next + 1 : at + 1;
      if (empty) continue;
      ++depth;
      line();
    } else {
      if (c == '}' || c == ']') {
        depth -= depth > 0 ? 1 : 0;
        line();
      }
      out += c;
      if (c == ',') line();
      if (c == ':') out += ' ';
      ++at;
    }
  }
  return out + "\n";
}

}  // namespace millrace
