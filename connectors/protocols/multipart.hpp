// Bodies of multipart/form-data (RFC 7578). Pure; any thread.
#pragma once

#include "engine/base/url.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace millrace::protocols {

// Names and contents of the parts, in their order. The boundary is what the first line says,
// whatever the header does. Nothing: the body is broken.
std::optional<std::vector<UrlParameter>> multipart_parts(std::string_view body);

}  // namespace millrace::protocols
