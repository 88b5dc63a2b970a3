// What all connections of a server share. Constant after the start, but for what counts by itself.
#pragma once

#include "connectors/http/address.hpp"
#include "connectors/http/admission.hpp"
#include "connectors/http/connection_limits.hpp"
#include "connectors/http/routes.hpp"
#include "connectors/http/server_config.hpp"
#include "connectors/http/server_metrics.hpp"
#include "connectors/http/tls.hpp"
#include "engine/base/log.hpp"

#include <memory>
#include <optional>

namespace millrace::http {

struct ServerState {
  ServerState(ServerConfig given, const Routes& all, const Gate& shared, Metrics& registry, Log& to)
      : config(std::move(given)),
        routes(all),
        gate(shared),
        log(to),
        metrics(registry, all),
        connections({config.connections_max, config.connections_per_address_max},
                    metrics.connections()),
        bodies(std::make_shared<BodyBudget>(config.bodies_max.bytes)) {
    head_limits.headers_max = config.headers_max;
    head_limits.target_max = config.head_max.bytes / 2;
    for (const std::string& text : config.trusted_proxies)
      if (const auto network = parse_network(text)) trusted.add(*network);
    if (config.tls) certificates.emplace(*config.tls);
  }

  const ServerConfig config;
  const Routes& routes;
  const Gate& gate;
  Log& log;
  HeadLimits head_limits;
  Networks trusted;
  ServerMetrics metrics;
  ConnectionLimits connections;
  std::shared_ptr<BodyBudget> bodies;  // see there
  std::optional<Certificates> certificates;
};

}  // namespace millrace::http
