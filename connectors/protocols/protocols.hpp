// All protocols that are spoken over HTTP requests, in one list. Made once by the program; outlives
// the server.
#pragma once

#include "connectors/admission/collector.hpp"
#include "connectors/http/routes.hpp"
#include "connectors/protocols/dialect.hpp"
#include "connectors/protocols/micro.hpp"
#include "connectors/protocols/workbench.hpp"

#include <string>
#include <vector>

namespace millrace::protocols {

// Where several have one path, whoever claims the request first has it. `micro` sees what
// Snowplow's trackers send, `keys` tell whom Matomo's believe: they outlive the dialects; null:
// nobody.
std::vector<Dialect> dialects(Micro* micro = nullptr, const admission::KeyRing* keys = nullptr);

class Protocols {
 public:
  explicit Protocols(admission::Collector& collector);

  // Keeps what knows visitors without cookie and id again for a day in that file. `files` outlives
  // this. Before the first request.
  Status keep_visitors_in(Files& files, std::string path);
  void add_routes(http::Routes& routes);

 private:
  admission::Collector& collector_;
  Workbenches benches_;
  Micro micro_;
};

// docs/protocols.md: of each protocol where its requests come in, and how its names become ours.
std::string protocols_reference();

}  // namespace millrace::protocols
