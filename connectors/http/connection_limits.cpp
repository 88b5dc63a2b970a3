#include "connectors/http/connection_limits.hpp"

namespace millrace::http {

ConnectionLimits::Lease::~Lease() {
  if (limits_ != nullptr) limits_->give_back(network_);
}

bool ConnectionLimits::Lease::crowded() const {
  const auto is_most = [](std::size_t taken, std::size_t places) { return 4 * taken > 3 * places; };
  if (limits_ == nullptr) return false;
  return is_most(limits_->open_, limits_->bounds_.connections) ||
         (network_ != nullptr && is_most(network_->second, limits_->bounds_.per_address));
}

ConnectionLimits::Taken ConnectionLimits::take(const IpAddress& peer, bool trusted) {
  const std::lock_guard lock(mutex_);
  Taken taken;
  if (open_ >= bounds_.connections) {
    taken.refused = "connections_max";
    return taken;
  }
  if (!trusted) {
    auto& network = *by_network_.try_emplace(client_network(peer)).first;
    if (network.second >= bounds_.per_address) {
      taken.refused = "connections_per_address_max";
      return taken;
    }
    ++network.second;
    taken.lease.network_ = &network;
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

void ConnectionLimits::give_back(Lease::Network* network) {
  const std::lock_guard lock(mutex_);
  if (--open_ == 0) none_.notify_all();
  open_gauge_.add(-1);
  if (network != nullptr && --network->second == 0)
    by_network_.erase(by_network_.find(network->first));
}

}  // namespace millrace::http
