// Snowplow's collector: the tracker protocol (docs.snowplow.io, "Snowplow Tracker Protocol") by GET
// and POST, webhooks of Iglu, redirects, its cookie, and its way of taking no for an answer: a
// tracker repeats for ever what is answered 404 or 413, so that what can never be accepted is
// answered 200 and kept as a readable refusal.
#pragma once

#include "connectors/protocols/dialect.hpp"
#include "connectors/protocols/micro.hpp"

namespace millrace::protocols {

// `micro` learns what comes; null: nobody wants to know. It outlives the dialect.
Dialect snowplow(Micro* micro);

}  // namespace millrace::protocols
