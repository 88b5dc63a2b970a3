// Whether an address can be listened on, found out by trying. Blocks for no longer than that takes.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <string>

namespace millrace::client {

Status may_listen(const std::string& address, std::uint16_t port);

}  // namespace millrace::client
