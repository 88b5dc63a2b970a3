// All protocols that are spoken over HTTP requests, in one list. Made once by the program; outlives
// the server.
#pragma once

#include "connectors/admission/collector.hpp"
#include "connectors/http/routes.hpp"
#include "connectors/protocols/workbench.hpp"

namespace millrace::protocols {

class Protocols {
 public:
  explicit Protocols(admission::Collector& collector);

  void add_routes(http::Routes& routes);

 private:
  admission::Collector& collector_;
  Workbenches benches_;
};

}  // namespace millrace::protocols
