// Segment's HTTP Tracking API (segment.com/docs/connections/sources/catalog/libraries/server/
// http-api), by which its SDKs send: /v1/track and the like, the browser's short forms, batches,
// and the settings without which analytics.js does not start.
//
// | answer | when |
// |--------|------|
// | 200 {"success": true} | it is in the journal |
// | 400 | it can never be accepted: no JSON, no object, too large, too many events |
// | 401, 403 | nobody knows the key; the key is not for this page |
// | 503 Retry-After | no room, over the key's rate, or the journal failed: all SDKs send again |
//
// The key is Basic authorization's user, or `writeKey` in the body, also beside a Bearer token.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect segment();

}  // namespace millrace::protocols
