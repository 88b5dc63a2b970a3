// Mixpanel's ingestion API (developer.mixpanel.com/reference), as its SDKs for browsers and Node
// speak it: events, and what they say of people and groups.
//
// | answer | when |
// |--------|------|
// | 200 1, {"status":1} where the query says verbose=1 | it is in the journal |
// | 400 {"status":0,"error":...} | no JSON, no event that is well: SDKs drop it |
// | 401, 403 | nobody knows the token; the token is not for this page |
// | 503 Retry-After | no room: the browser's SDK sends again, Node's never does |
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect mixpanel();

}  // namespace millrace::protocols
