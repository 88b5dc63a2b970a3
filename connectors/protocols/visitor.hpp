// Who sent a request of a protocol that gives its visitors neither cookie nor id: by what the
// request shows of them, for a day. Two people behind one address with one browser are one visitor,
// so that an id of the sender's own is never joined with it. Called on I/O threads.
#pragma once

#include "connectors/protocols/workbench.hpp"

#include <string>
#include <string_view>

namespace millrace::protocols {

struct Visitor {
  std::string_view site;
  std::string_view address;  // the whole of it: here is the last place that has it
  std::string_view agent;
};

// 32 hex digits.
inline std::string visitor_id(const Visitor& visitor, Time now, Workbench& bench) {
  return bench.settings.visitors.hash(now,
                                      {"visitor", visitor.site, visitor.address, visitor.agent});
}

}  // namespace millrace::protocols
