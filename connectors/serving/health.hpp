// How the server is: GET /livez, /readyz (and /healthz, the same) for whoever restarts it or sends
// it traffic, and GET /metrics for Prometheus.
//
// Ready means that events can be taken in. A sink that is dead does not hinder that: its check is
// shown, and not required.
#pragma once

#include "connectors/http/routes.hpp"
#include "engine/metrics/metrics.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace millrace::serving {

struct HealthCheck {
  std::string name;  // "journal", "recovery", "draining"
  bool required = true;
  // Why not, if it is not well: a sentence without secrets. Any thread; must not block.
  std::function<std::optional<std::string>()> fault;
};

// `metrics` outlives the server, and so does what the checks ask.
void add_health_routes(http::Routes& routes, const std::vector<HealthCheck>& checks);
void add_metrics_route(http::Routes& routes, const Metrics& metrics);

}  // namespace millrace::serving
