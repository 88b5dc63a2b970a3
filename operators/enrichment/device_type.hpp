// What kind of thing an event came from. Pure; any thread.
#pragma once

#include "operators/enrichment/user_agent_parser.hpp"

#include <string_view>

namespace millrace {

// "desktop", "mobile", "tablet", "tv", "console", "wearable" or "bot"; empty if nothing says so, as
// of a server's library. `found` is what the parser made of the agent.
std::string_view device_type(std::string_view agent, const UserAgent& found);

}  // namespace millrace
