#include "app/remote/metrics_text.hpp"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

// Behind the labels, whose values may hold anything but a line feed.
std::string_view behind_labels(std::string_view line) {
  if (!line.starts_with('{')) return line;
  bool quoted = false;
  for (std::size_t at = 1; at < line.size(); ++at) {
    if (quoted && line[at] == '\\')
      ++at;
    else if (line[at] == '"')
      quoted = !quoted;
    else if (!quoted && line[at] == '}')
      return line.substr(at + 1);
  }
  return {};
}

}  // namespace

std::map<std::string, double, std::less<>> read_metrics(std::string_view text) {
  constexpr std::string_view kPrefix = "millrace_";
  std::map<std::string, double, std::less<>> sums;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t end = line.find_first_of("{ ");
    if (!line.starts_with(kPrefix) || end == std::string_view::npos) continue;
    const std::string_view name = line.substr(kPrefix.size(), end - kPrefix.size());
    std::string_view value = behind_labels(line.substr(end));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    double number = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), number).ec == std::errc())
      sums[std::string(name)] += number;
  }
  return sums;
}

}  // namespace millrace
