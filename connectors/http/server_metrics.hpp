// What the server counts of itself. Made when it starts, from its routes; then any thread.
#pragma once

#include "connectors/http/routes.hpp"
#include "engine/metrics/metrics.hpp"

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace millrace::http {

class ServerMetrics {
 public:
  ServerMetrics(Metrics& metrics, const Routes& routes);

  // `route` is null where no route was found.
  void answered(const Route* route, int status, std::chrono::nanoseconds took);
  // Before or beside a route: by the word that the client got.
  void refused_request(std::string_view reason) { count(refused_requests_, reason); }
  void refused_connection(std::string_view reason) { count(refused_connections_, reason); }
  void cut_connection(std::string_view reason) { count(cut_connections_, reason); }
  void read(std::size_t bytes) { bytes_in_.add(bytes); }
  void wrote(std::size_t bytes) { bytes_out_.add(bytes); }
  Gauge connections() const { return connections_; }

 private:
  struct OfRoute {
    std::array<Counter, 5> by_class;  // 1xx to 5xx
    Histogram seconds;
  };
  // Reasons are words in the code, so there are few; refusals are rare enough for a lock.
  struct ByReason {
    std::string_view name;
    std::string_view help;
    std::map<std::string_view, Counter> counters{};
  };
  OfRoute make(std::string_view route, std::string_view method);
  void count(ByReason& reasons, std::string_view reason);

  Metrics& metrics_;
  const Route* first_;
  std::vector<OfRoute> routes_;  // in the order of Routes::all, then the one for none
  Gauge connections_;
  Counter bytes_in_;
  Counter bytes_out_;
  std::mutex mutex_;
  ByReason refused_requests_{"http_refused_requests", "Requests refused by the server itself."};
  ByReason refused_connections_{"http_refused_connections", "Connections not let in."};
  ByReason cut_connections_{"http_cut_connections", "Connections cut for a deadline."};
};

}  // namespace millrace::http
