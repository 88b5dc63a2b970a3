// What is wrong in an expression, and where: the caller adds the file and the line of the text it
// read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::expression {

struct Fault {
  std::size_t offset = 0;  // bytes from the start of the expression's text
  std::size_t length = 0;
  std::string what;  // one sentence without a full stop: "expected number, got string"
  std::string hint;  // "did you mean 'purchase'?", or empty
};

// The fault below the line of `text` that it is in, for people:
//   unknown function 'cuont' (did you mean 'count'?)
//     cuont(purchase, 30d) >= 3
//     ^^^^^
std::string render(std::string_view text, const Fault& fault);

// "did you mean 'count'?" with the candidate closest to `name` (Damerau-Levenshtein distance at
// most a third of its length, and at least one), or empty. Ties go to the earlier candidate.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace millrace::expression
