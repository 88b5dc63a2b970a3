// One delivering sink at work: its outbox, and the threads that take outputs out of it.
#pragma once

#include "engine/runtime/clock.hpp"
#include "engine/runtime/outbox.hpp"
#include "engine/topology/plan.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace millrace {

// What sinks get from around them, and what outlives them.
struct SinkSurroundings {
  Store* store = nullptr;  // optional, as are metrics
  Metrics* metrics = nullptr;
  ReadClock clock = read_machine_clock;
};

class Courier {
 public:
  Courier(const PlanSink& plan, const SinkSurroundings& around);
  ~Courier();  // stops

  // The completing thread, in this order.
  Status open(const Catalog& catalog, std::string_view state);  // starts the threads
  Status add(const OutputRecord& output);
  std::string commit(WriteSet& changes) { return outbox_.commit(changes); }
  void committed() { outbox_.committed(); }

  // Any thread. Attempts under way end soon; what is not delivered waits for the next start.
  void stop();
  Outbox& outbox() { return outbox_; }

 private:
  void work(DeliveringSink& sink);

  Time now() const { return std::chrono::floor<Duration>(clock_().wall); }

  const ReadClock clock_;
  std::unique_ptr<DeliveringSink> encoder_;                // the completing thread's
  std::vector<std::unique_ptr<DeliveringSink>> carriers_;  // one for each thread
  Outbox outbox_;
  std::vector<std::thread> threads_;
};

}  // namespace millrace
