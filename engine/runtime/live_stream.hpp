// What happens, told as it happens: remembers the newest outputs and rejects, and hands each to
// whoever listens, those first that came while the listener was away.
//
// The completing thread adds; any thread listens. A listener is called with the lock held that
// adding takes: it hands over what it gets, and does nothing else.
#pragma once

#include "engine/operator/queries.hpp"
#include "engine/runtime/pipeline.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>

namespace millrace {

class LiveStream {
 public:
  // Remembers about so much.
  struct Bounds {
    std::size_t outputs = 65'536;
    std::size_t bytes = 32 << 20;
  };

  LiveStream() : LiveStream(Bounds()) {}
  explicit LiveStream(Bounds bounds) : bounds_(bounds) {}

  // What is added next begins at `position`, and may repeat what was there before.
  void begin(Position position);
  void add(const Completed& completed, const Catalog& catalog);
  // Must outlive what it returns.
  Queries::Listening listen(Position from, Queries::Listen listen);

 private:
  // Shared by the memory of the stream and by listeners that catch up.
  using OutputRef = std::shared_ptr<const LiveOutput>;
  struct Listener {
    Position from = 0;
    Queries::Listen listen;
    bool caught_up = false;
    std::deque<OutputRef> behind;  // to be told before it has caught up
  };
  class Listens;

  void tell(OutputRef output);
  void forget_oldest();

  const Bounds bounds_;
  std::mutex mutex_;
  std::deque<OutputRef> recent_;
  std::size_t bytes_ = 0;
  Position first_ = 0;  // of what is remembered whole
  Position next_ = 0;   // what lies before was told already
  std::list<Listener> listeners_;
};

}  // namespace millrace
