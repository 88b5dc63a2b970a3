// What is wrong with a configuration, and where: collected by whoever reads a part of it, shown by
// the program in one go. Values without behaviour; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

// One thing wrong. `what` is a phrase that reads on with "in <path>".
struct Problem {
  std::string file;
  int line = 0;    // 1-based; 0 when the place is unknown
  int column = 0;  // 1-based, in characters
  int length =
      1;  // characters to underline on that line; 0: don't show the line (it holds a secret)
  std::string path{};  // dotted: "nodes.dedupe", "rules[2].when"; "" for the whole document
  std::string what{};  // "unknown field 'windw'"
  std::string hint{};  // "did you mean 'window'?"; may be empty

  bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

// More are not collected from one document: a file that is not meant for us has no end of them.
inline constexpr std::size_t kProblemsMax = 100;

// One problem as people read it, each line ended:
//   shop.yaml:11:5: error: unknown field 'windw' in nodes.dedupe (did you mean 'window'?)
//      11 |     windw: 30d
//         |     ^^^^^
// `source` is the text of problem.file; "" leaves the excerpt out. Control characters are not
// passed on.
std::string render(const Problem& problem, std::string_view source);

// All problems of one file, by line and column.
std::string render_all(const Problems& problems, std::string_view source);

// The candidate most like `word`, or "" if none is near: at most one edit for every three
// characters (insert, delete, replace, swap neighbours). Words over 64 bytes have no neighbour.
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);

// "did you mean 'window'?", or "" if nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

// The text in single quotes for a message, cut after 60 bytes.
std::string quote(std::string_view text);

}  // namespace millrace::config
