// Google Analytics 4's Measurement Protocol: what servers and apps send beside the page's own tags.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect ga4();

}  // namespace millrace::protocols
