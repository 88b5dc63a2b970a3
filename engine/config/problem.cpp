#include "engine/config/problem.hpp"

#include "engine/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace millrace::config {
namespace {

constexpr std::size_t kExcerptMax = 120;  // characters of a source line that are shown
constexpr std::size_t kWordMax = 64;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// One shown character for each character of the source: what could steer a terminal (C0, DEL, C1)
// or is no UTF-8 becomes U+FFFD. A tab stays, since the line below repeats it.
std::vector<std::string_view> shown_characters(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    auto character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    const auto lead = static_cast<unsigned char>(character[0]);
    const bool c1 = lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
    if (length == 0 || (lead < 0x20 && lead != '\t') || lead == 0x7F || c1)
      character = kReplacement;
    out.push_back(character);
  }
  return out;
}

std::string shown(std::string_view text) {
  std::string out;
  for (const auto character : shown_characters(text)) out += character == "\t" ? " " : character;
  return out;
}

// Line `number`, 1-based, without its line break.
std::string_view line_of(std::string_view source, int number) {
  for (int line = 1; line < number; ++line) {
    const auto end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  source = source.substr(0, source.find('\n'));
  if (source.ends_with('\r')) source.remove_suffix(1);
  if (number == 1 && source.starts_with("\xEF\xBB\xBF")) source.remove_prefix(3);
  return source;
}

std::string excerpt(const Problem& problem, std::string_view source) {
  const auto characters = shown_characters(line_of(source, problem.line));
  const auto column = static_cast<std::size_t>(std::max(problem.column, 1)) - 1;
  if (characters.empty() || column > characters.size()) return {};
  const std::size_t first =
      characters.size() <= kExcerptMax || column < kExcerptMax / 2 ? 0 : column - kExcerptMax / 2;
  const std::size_t last = std::min(characters.size(), first + kExcerptMax);
  std::string line = first > 0 ? "..." : "";
  std::string below(line.size(), ' ');
  for (std::size_t i = first; i < last; ++i) {
    line += characters[i];
    if (i < column) below += characters[i] == "\t" ? '\t' : ' ';
  }
  if (last < characters.size()) line += "...";
  const auto wanted = static_cast<std::size_t>(std::max(problem.length, 1));
  below.append(std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(last - column, 1)), '^');
  return fmt::format("{:>5} | {}\n      | {}\n", problem.line, line, below);
}

// Optimal string alignment distance (Damerau-Levenshtein without overlapping swaps).
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kWordMax + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i - 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], rows[(i - 2) % 3][j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string render(const Problem& problem, std::string_view source) {
  std::string out = problem.file.empty() ? "configuration" : shown(problem.file);
  if (problem.line > 0) out += fmt::format(":{}:{}", problem.line, problem.column);
  out += ": error: " + shown(problem.what);
  if (!problem.path.empty()) out += " in " + shown(problem.path);
  if (!problem.hint.empty()) out += " (" + shown(problem.hint) + ")";
  out += '\n';
  if (problem.line > 0 && problem.length > 0) out += excerpt(problem, source);
  return out;
}

std::string render_all(const Problems& problems, std::string_view source) {
  std::vector<const Problem*> sorted;
  for (const auto& problem : problems) sorted.push_back(&problem);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem* a, const Problem* b) {
    return std::tie(a->file, a->line, a->column) < std::tie(b->file, b->line, b->column);
  });
  std::string out;
  for (const auto* problem : sorted) out += render(*problem, source);
  return out;
}

std::string_view closest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  if (word.empty() || word.size() > kWordMax) return {};
  for (const auto candidate : candidates) {
    if (candidate.size() > kWordMax || candidate.empty()) continue;
    const auto edits = distance(word, candidate);
    if (edits >= best_distance || edits >= candidate.size()) continue;
    best = candidate;
    best_distance = edits;
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const auto best = closest(word, candidates);
  return best.empty() ? std::string() : fmt::format("did you mean '{}'?", best);
}

std::string quote(std::string_view text) {
  constexpr std::size_t kShown = 60;
  if (text.size() <= kShown) return fmt::format("'{}'", text);
  std::size_t end = 0;  // not in the middle of a character
  while (end < kShown) end += std::max<std::size_t>(utf8_length(text.substr(end)), 1);
  return fmt::format("'{}...'", text.substr(0, end));
}

}  // namespace millrace::config
