// The queries and forms of requests; what they are made of is engine/base/url.hpp's. Pure
// functions; any thread.
#pragma once

#include "engine/base/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

using millrace::percent_decoded;
using millrace::Plus;

// The first value of that name, decoded; nothing if there is none.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace millrace::http
