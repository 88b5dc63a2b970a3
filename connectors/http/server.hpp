// The HTTP/1.1 server: listens, reads requests within bounds, and hands them to the handlers of its
// routes. Transport only: it knows no keys, events or profiles. HTTP/2 is a proxy's matter.
//
//   Server server(config, routes, gate, {metrics, log});
//   if (auto started = server.start(); !started) return started.error();
//   ...
//   server.stop(10s);
//
// One thread makes, starts and stops it. Handlers run on its I/O threads; routes and gate must
// outlive it.
#pragma once

#include "connectors/http/routes.hpp"
#include "connectors/http/server_config.hpp"
#include "engine/base/log.hpp"
#include "engine/base/result.hpp"
#include "engine/metrics/metrics.hpp"

#include <cstdint>
#include <memory>

namespace millrace::http {

struct ServerEnvironment {
  Metrics& metrics;
  Log& log;
};

class Server {
 public:
  Server(ServerConfig config,
         const Routes& routes,
         const Gate& gate,
         ServerEnvironment environment);
  // Cuts what is still open.
  ~Server();  // NOLINT(bugprone-exception-escape): as in the .cpp

  // Binds, and serves from then on. An error says which address or certificate is at fault.
  Status start();

  // Of the first address, once started: which one it was given if it asked for 0.
  std::uint16_t port() const;

  // Stops listening, lets requests that came in be answered, with `Connection: close`, and cuts
  // what is left after `deadline`. Replies that are still held may be called later, to no effect.
  void stop(Duration deadline);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace millrace::http
