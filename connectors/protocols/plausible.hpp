// Plausible Analytics: small events of pages that set no cookie.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect plausible();

}  // namespace millrace::protocols
