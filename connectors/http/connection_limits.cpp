#include "connectors/http/connection_limits.hpp"

namespace millrace::http {

ConnectionLimits::Lease::~Lease() {
  if (limits_ != nullptr) limits_->give_back(network_);
}

ConnectionLimits::Taken ConnectionLimits::take(const IpAddress& peer, bool trusted) {
  const std::lock_guard lock(mutex_);
  Taken taken;
  if (open_ >= bounds_.connections) {
    taken.refused = "connections_max";
    return taken;
  }
  if (!trusted) {
    std::size_t& count = by_network_[client_network(peer)];
    if (count >= bounds_.per_address) {
      taken.refused = "connections_per_address_max";
      return taken;
    }
    ++count;
    taken.lease.network_ = client_network(peer);
  }
  ++open_;
  open_gauge_.add(1);
  taken.lease.limits_ = this;
  return taken;
}

bool ConnectionLimits::wait_until_none(Duration deadline) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, deadline, [this] { return open_ == 0; });
}

void ConnectionLimits::give_back(const std::optional<IpAddress>& network) {
  const std::lock_guard lock(mutex_);
  if (--open_ == 0) none_.notify_all();
  open_gauge_.add(-1);
  if (!network) return;
  const auto found = by_network_.find(*network);
  if (--found->second == 0) by_network_.erase(found);
}

}  // namespace millrace::http
