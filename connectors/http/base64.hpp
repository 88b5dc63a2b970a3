// Base64 as the world writes it: both alphabets of RFC 4648, with or without padding, and with a
// blank where a form made one of '+'. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

// Nothing if it is not base64; line breaks are left out.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace millrace::http
