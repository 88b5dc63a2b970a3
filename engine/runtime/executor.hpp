// Decides when and on which thread a pipeline's stages run. All executors give the same results.
#pragma once

#include "engine/base/result.hpp"
#include "engine/runtime/feed.hpp"
#include "engine/runtime/pipeline.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace millrace {

struct ExecutorOptions {
  std::uint32_t batch = 128;     // records that travel together, at most
  std::uint32_t in_flight = 16;  // batches between feed and completion, at most: the credits
  std::uint32_t threads = 1;
  std::uint64_t seed = 0;     // of the step executor's interleaving
  bool vary_batches = false;  // step executor: batches of 1 to `batch` records, by the seed
  // Called after every completed batch, one call at a time; false stops feeding, and what is in
  // flight is finished.
  std::function<bool(const Totals&)> on_completed;
};

// What can be woken of a run, from outside of it.
class Wakeable {
 public:
  virtual ~Wakeable() = default;
  virtual void wake_feed() = 0;
  virtual void wake_lane(std::uint32_t lane) = 0;
};

// The run at hand, if there is one. Wakers and the run's end exclude each other, so that nothing is
// woken that is being taken down.
class CurrentRun {
 public:
  void set(Wakeable* run) {
    const std::lock_guard lock(mutex_);
    run_ = run;
  }
  void wake_feed() {
    const std::lock_guard lock(mutex_);
    if (run_ != nullptr) run_->wake_feed();
  }
  void wake_lane(std::uint32_t lane) {
    const std::lock_guard lock(mutex_);
    if (run_ != nullptr) run_->wake_lane(lane);
  }

 private:
  std::mutex mutex_;
  Wakeable* run_ = nullptr;
};

class Executor {
 public:
  virtual ~Executor() = default;
  // Runs until the feed ends and everything that it gave is complete, or something fails.
  virtual Status run(Pipeline& pipeline, Feed& feed) = 0;

  // Any thread, at any time; no-ops while nothing runs.
  // The feed has more, or ended.
  virtual void wake_feed() = 0;
  // Somebody asked the lane something.
  virtual void wake_lane(std::uint32_t lane) = 0;
};

// One thread, any interleaving that the seed chooses: the reference that the others must equal.
std::unique_ptr<Executor> make_step_executor(const ExecutorOptions& options);
// Plain threads and queues: what ThreadSanitizer can see through.
std::unique_ptr<Executor> make_thread_executor(const ExecutorOptions& options);
// A oneTBB flow graph, for production.
std::unique_ptr<Executor> make_tbb_executor(const ExecutorOptions& options);

}  // namespace millrace
