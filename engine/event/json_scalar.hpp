// Reads the numbers and escaped strings of a JSON text: for who has found their
// ends and knows that strings are UTF-8 without raw control characters. Pure; any thread.
#pragma once

#include <string_view>

namespace millrace {

// Reads the number that [at, end) begins with into `out`. Where it ends, or nullptr if there is
// none or it is too large for a finite double; one too small for any is 0.
const char* read_json_number(const char* at, const char* end, double& out);

// Whether that would read all of it.
bool is_json_number(std::string_view text);

// Writes the characters that `text`, the inside of a JSON string, stands for, to `out`, which has
// room for text.size() bytes. Behind the last one written, or nullptr at an escape that JSON does
// not have. A lone surrogate becomes U+FFFD. The two do not overlap.
char* unescape_json(std::string_view text, char* out);

}  // namespace millrace
