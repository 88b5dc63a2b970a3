// What /debug/mp/collect says of a request: the rules of Google's own server, which are stricter
// than what is taken here. Called on I/O threads.
// developers.google.com/analytics/devguides/collection/protocol/ga4/validating-events
#pragma once

#include "engine/base/time.hpp"
#include "engine/event/json_tree.hpp"

#include <string>
#include <string_view>

namespace millrace::protocols {

// {"validationMessages":[...]}, with a hundred messages at most.
std::string validate_ga4(JsonNode root, Time received);

// The same, of a body that is no JSON.
std::string unreadable_ga4(std::string_view why);

}  // namespace millrace::protocols
