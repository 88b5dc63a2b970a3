// Amplitude's HTTP API version 2 (amplitude.com/docs/apis/analytics/http-v2), as its SDKs for
// browsers and Node speak it.
//
// They read the `code` of an answer's body before its status, and take a 200 without one for a
// failure:
//
// | answer | when |
// |--------|------|
// | 200 {"code":200,"events_ingested":N,...} | in the journal; single bad events are refused |
// | 400 {"code":400,"error":...,"missing_field":...} | no JSON, no event that is well: final |
// | 401, 403 with code 400 | nobody knows the key; the key is not for this page: final |
// | 503 {"code":503,...} | no room: SDKs send again |
//
// An SDK stops at a 400 only if it names a missing field; else it asks again without the events
// that the answer points at.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect amplitude();

}  // namespace millrace::protocols
