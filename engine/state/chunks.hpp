// A growing array that never moves what it holds, and takes no more room than that: made for a lane
// of a million profiles, where a vector would move all of them, and be half empty afterwards.
//
// One thread at a time.
#pragma once

#include "engine/event/event.hpp"

#include <memory>
#include <vector>

namespace millrace {

template <class T>
class Chunks {
 public:
  T& operator[](Slot slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const T& operator[](Slot slot) const { return chunks_[slot / kChunk][slot % kChunk]; }

  // Afterwards there are T for [0, size), new ones T{}.
  void grow(Slot size) {
    while (capacity() < size) chunks_.push_back(std::make_unique<T[]>(kChunk));
  }
  Slot capacity() const { return static_cast<Slot>(chunks_.size()) * kChunk; }

 private:
  static constexpr Slot kChunk = 1024;
  std::vector<std::unique_ptr<T[]>> chunks_;
};

}  // namespace millrace
