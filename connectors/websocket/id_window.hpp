// The newest message ids that were accepted, as hashes of 128 bits. One thread at a
// time.
#pragma once

#include "engine/base/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_set>

namespace millrace::websocket {

class IdWindow {
 public:
  explicit IdWindow(std::size_t most) : most_(most) {}

  bool contains(std::string_view id) const { return known_.contains(hash128(id)); }
  // Forgets the oldest where there are more than allowed.
  void add(std::string_view id) {
    const Hash128 hash = hash128(id);
    if (!known_.insert(hash).second) return;
    order_.push_back(hash);
    if (order_.size() <= most_) return;
    known_.erase(order_.front());
    order_.pop_front();
  }
  std::size_t size() const { return order_.size(); }

 private:
  std::size_t most_;
  std::unordered_set<Hash128, HashOf128> known_;
  std::deque<Hash128> order_;  // the oldest first
};

}  // namespace millrace::websocket
