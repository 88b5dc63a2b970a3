// RudderStack's HTTP API (rudderstack.com/docs/api/http-api): the Segment spec with paths, answers
// and a browser SDK's settings of its own.
//
// | answer | when |
// |--------|------|
// | 200 ok, as text | it is in the journal |
// | 400 | no JSON, an empty batch, an event that does not say who it is about: SDKs drop it |
// | 401, 403 | nobody knows the key; the key is not for this page |
// | 503 Retry-After | no room: SDKs send again |
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect rudderstack();

}  // namespace millrace::protocols
