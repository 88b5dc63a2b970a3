// How many connections there may be, in all and from one address, and how much memory the bodies
// may take that they bring. Any thread.
#pragma once

#include "connectors/http/address.hpp"
#include "engine/base/time.hpp"
#include "engine/metrics/metrics.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

namespace millrace::http {

class ConnectionLimits {
 public:
  struct Bounds {
    std::size_t connections = 0;
    std::size_t per_address = 0;
  };
  ConnectionLimits(Bounds bounds, Gauge open) : bounds_(bounds), open_gauge_(open) {}

  // One connection's place, given back when it is destroyed.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), network_(other.network_) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(limits_, other.limits_);
      std::swap(network_, other.network_);
      return *this;
    }
    ~Lease();

    // Whether three quarters of the places are taken that there are for it.
    bool crowded() const;

   private:
    friend class ConnectionLimits;
    using Network = std::pair<const IpAddress, std::atomic<std::size_t>>;
    ConnectionLimits* limits_ = nullptr;
    Network* network_ = nullptr;  // null: counts in the total only
  };

  // A place, or the bound that is reached: "connections_max" or "connections_per_address_max".
  // Trusted proxies speak for many and count in the total only.
  struct Taken {
    Lease lease;
    std::string_view refused;
  };
  Taken take(const IpAddress& peer, bool trusted);

  // Waits until there are no connections, or so long; true if there are none.
  bool wait_until_none(Duration deadline);

 private:
  void give_back(Lease::Network* network);

  const Bounds bounds_;
  Gauge open_gauge_;
  std::mutex mutex_;  // of whoever changes what is below
  std::condition_variable none_;
  std::atomic<std::size_t> open_{0};
  std::map<IpAddress, std::atomic<std::size_t>> by_network_;
};

// Shared by the server and the requests whose bodies it counts: a handler may hold on to one after
// the server is gone.
class BodyBudget {
 public:
  explicit BodyBudget(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  bool take(std::uint64_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) return true;
    give_back(bytes);
    return false;
  }
  void give_back(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> used_{0};
};

}  // namespace millrace::http
