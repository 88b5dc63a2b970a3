// `Authorization` as tracking SDKs use it: Basic (RFC 7617), where the write key is the user and
// there is no password, and Bearer (RFC 6750), where it is all there is. Pure; any thread.
#pragma once

#include "connectors/http/exchange.hpp"

#include <string>

namespace millrace::protocols {

// The user; empty if there is none or it cannot be read.
std::string basic_user(const http::Request& request);

// What a bearer has; empty if it is none.
std::string bearer_token(const http::Request& request);

}  // namespace millrace::protocols
