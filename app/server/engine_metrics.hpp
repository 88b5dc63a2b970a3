// The engine's account as metrics: what became of events, how far behind processing is, how large
// segments are. Updated when somebody looks; any thread.
#pragma once

#include "engine/live.hpp"
#include "engine/metrics/metrics.hpp"
#include "engine/runtime/pipeline.hpp"

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace millrace::server {

class EngineMetrics {
 public:
  explicit EngineMetrics(Metrics& metrics);

  void update(const Account& account, const LiveStatus& status, const Queries& queries);

 private:
  struct Grown {
    Counter counter;
    std::uint64_t seen = 0;
    void to(std::uint64_t total) {
      // An account begins anew with another topology, and a counter only grows.
      if (total > seen) counter.add(total - seen);
      seen = total;
    }
  };

  Metrics& metrics_;
  std::mutex mutex_;
  Grown kept_;
  Grown dropped_;
  Grown rejected_;
  Gauge lag_seconds_;
  Gauge lag_records_;
  Gauge ready_;
  std::map<std::string, Gauge, std::less<>> segments_;
};

}  // namespace millrace::server
