// The session that Umami's script is told of in an answer and brings back with its next request, as
// the header x-umami-cache, so that a visitor whose address changes stays the same. Called on I/O
// threads.
#pragma once

#include "connectors/protocols/visitor.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace millrace::protocols {

struct UmamiSession {
  std::string session;  // of a visitor, for a day: 32 hex digits
  std::string visit;    // until nothing came for half an hour: 32 hex digits
};

// By the token, or, if it was not made here, for that site, today, by what the request shows.
UmamiSession umami_session(std::string_view token,
                           const Visitor& visitor,
                           Time now,
                           Workbench& bench);

std::string umami_token(const UmamiSession& session,
                        std::string_view site,
                        Time now,
                        Workbench& bench);

}  // namespace millrace::protocols
