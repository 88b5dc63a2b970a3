// `Authorization: Basic` (RFC 7617), as tracking SDKs use it: the write key is the user, and there
// is no password. Pure; any thread.
#pragma once

#include "connectors/http/exchange.hpp"

#include <string>

namespace millrace::protocols {

// The user; empty if there is none or it cannot be read.
std::string basic_user(const http::Request& request);

}  // namespace millrace::protocols
