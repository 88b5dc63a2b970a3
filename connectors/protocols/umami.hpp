// Umami: events of pages that set no cookie, and of its library for servers.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect umami();

}  // namespace millrace::protocols
