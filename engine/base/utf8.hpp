// What a sound UTF-8 text is (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF).
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace millrace {

// The bytes of the character that `text` begins with, 1 to 4; 0 if it begins with none.
std::size_t utf8_length(std::string_view text);

// Where the first byte is that belongs to no character; npos if the text is sound.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace millrace
