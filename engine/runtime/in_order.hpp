// Puts what arrives in any order back into the order of sequence numbers.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

namespace millrace {

// One thread at a time.
template <class T>
class InOrder {
 public:
  explicit InOrder(std::uint64_t first = 0) : next_(first) {}

  // Adds one and calls `take` with every item that is now in turn.
  template <class Take>
  void add(std::uint64_t sequence, T item, Take&& take) {
    waiting_.emplace(sequence, std::move(item));
    for (auto at = waiting_.find(next_); at != waiting_.end(); at = waiting_.find(next_)) {
      T ready = std::move(at->second);
      waiting_.erase(at);
      ++next_;
      take(std::move(ready));
    }
  }

 private:
  std::uint64_t next_;
  std::map<std::uint64_t, T> waiting_;
};

}  // namespace millrace
