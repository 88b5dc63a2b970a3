// Regular expressions on configuration texts, with RE2 out of sight: linear time whatever the text.
#pragma once

#include <string_view>

namespace millrace::config {

// Whether the whole text matches. An invalid pattern is a bug of the description and dies by CHECK.
bool matches(std::string_view text, std::string_view pattern);

}  // namespace millrace::config
