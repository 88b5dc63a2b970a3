#include "connectors/http/server_metrics.hpp"

#include "connectors/http/answer.hpp"

#include <algorithm>
#include <string>

namespace millrace::http {

ServerMetrics::ServerMetrics(Metrics& metrics, const Routes& routes)
    : metrics_(metrics),
      first_(routes.all().data()),
      connections_(metrics.gauge("http_connections", "Open connections.")),
      bytes_in_(metrics.counter("http_read_bytes", "Bytes read from clients.")),
      bytes_out_(metrics.counter("http_written_bytes", "Bytes written to clients.")) {
  for (const Route& route : routes.all())
    routes_.push_back(make(route.pattern, method_name(route.method)));
  routes_.push_back(make("none", "any"));
}

ServerMetrics::OfRoute ServerMetrics::make(std::string_view route, std::string_view method) {
  const Labels labels = {{"route", std::string(route)}, {"method", std::string(method)}};
  OfRoute made;
  for (std::size_t i = 0; i < made.by_class.size(); ++i) {
    Labels with_class = labels;
    with_class.emplace_back("status", std::to_string(i + 1) + "xx");
    made.by_class[i] =
        metrics_.counter("http_requests", "Requests answered.", std::move(with_class));
  }
  made.seconds = metrics_.histogram(
      "http_request", "From a request's head to its answer.", Unit::kSeconds, labels);
  return made;
}

void ServerMetrics::answered(const Route* route, int status, std::chrono::nanoseconds took) {
  OfRoute& of_route = route == nullptr ? routes_.back() : routes_[route - first_];
  of_route.by_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5)) - 1].add();
  of_route.seconds.record(took);
}

void ServerMetrics::count(ByReason& reasons, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  auto found = reasons.counters.find(reason);
  if (found == reasons.counters.end())
    found = reasons.counters
                .emplace(
                    reason,
                    metrics_.counter(reasons.name, reasons.help, {{"reason", std::string(reason)}}))
                .first;
  found->second.add();
}

}  // namespace millrace::http
