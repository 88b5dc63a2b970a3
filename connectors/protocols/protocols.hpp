// All protocols that are spoken over HTTP requests, in one list. Made once by the program; outlives
// the server.
#pragma once

#include "connectors/admission/collector.hpp"
#include "connectors/http/routes.hpp"
#include "connectors/protocols/micro.hpp"
#include "connectors/protocols/workbench.hpp"

#include <string>

namespace millrace::protocols {

class Protocols {
 public:
  explicit Protocols(admission::Collector& collector);

  void add_routes(http::Routes& routes);

 private:
  admission::Collector& collector_;
  Workbenches benches_;
  Micro micro_;
};

// docs/protocols.md: of each protocol where its requests come in, and how its names become ours.
std::string protocols_reference();

}  // namespace millrace::protocols
