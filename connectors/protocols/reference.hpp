// Writes docs/protocols.md from what the dialects declare. Pure; any thread.
#pragma once

#include "connectors/protocols/dialect.hpp"

#include <span>
#include <string>

namespace millrace::protocols {

std::string reference_of(std::span<const Dialect> dialects);

}  // namespace millrace::protocols
