// Jitsu's ingest API (docs.jitsu.com): the Segment spec under paths of its own, and a pixel whose
// query holds an event as base64 of JSON.
//
// Its SDK never sends again, and reads the answer as JSON: {"ok":true}.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect jitsu();

}  // namespace millrace::protocols
