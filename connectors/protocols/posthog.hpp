// PostHog's capture API (posthog.com/docs/api/capture), as posthog-js, posthog-node and the other
// SDKs speak it: events, and the settings and flags that a browser's asks for before it sends any.
//
// | answer | when |
// |--------|------|
// | 200 {"status":1}, 204 where the query says beacon=1 | it is in the journal |
// | 400 | no JSON, an empty batch, no event that is well: SDKs drop it |
// | 401, 403 | nobody knows the key; the key is not for this page |
// | 503 Retry-After | no room: SDKs send again |
//
// Nothing else counts as success: its browser SDK repeats what gets 202.
#pragma once

#include "connectors/protocols/dialect.hpp"

namespace millrace::protocols {

Dialect posthog();

// The newer version, which says of each event what became of it:
//
// | answer | when |
// |--------|------|
// | 200 {"results":{uuid:{"result":"ok"}}} | each is in the journal, or dropped for a reason |
// | 400, 415 {"error":...} | no JSON, no batch, an unknown encoding |
// | 401, 403 | nobody knows the key; the key is not for this page |
// | 503 Retry-After | no room: SDKs send the same again |
Dialect posthog_v1();

// What its browser SDK asks: no flags, no recordings of sessions, no surveys. Recordings that it
// sends all the same are answered, counted and not kept.
std::vector<Service> posthog_services();

}  // namespace millrace::protocols
