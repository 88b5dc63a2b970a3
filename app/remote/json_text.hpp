// JSON for people: each member on a line of its own.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// `json` as it is, but for the space between its tokens; ends with a line feed. Text that is no
// JSON comes out as some text.
std::string indented_json(std::string_view json);

}  // namespace millrace
