// A pipeline's stages as tasks: what the executors without a flow graph have in common. They differ
// only in how a task is run.
#pragma once

#include "engine/runtime/executor.hpp"
#include "engine/runtime/in_order.hpp"
#include "engine/runtime/strand.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace {

class Flow final : public Wakeable {
 public:
  // `batch_size` says how many records the next batch may have; called on the feeding strand.
  Flow(Pipeline& pipeline,
       Feed& feed,
       const ExecutorOptions& options,
       Spawn spawn,
       std::function<std::uint32_t()> batch_size);

  void start();
  // Any thread. What it posts once the run is done need not be run.
  void wake_feed() override;
  void wake_lane(std::uint32_t lane) override;
  // Every batch that the feed gave is complete, or something failed and nothing runs any more.
  bool done() const { return done_.load(std::memory_order_acquire); }
  // Once done.
  Status status();

 private:
  void feed_one();
  void route(const WorkRef& work);
  void run_lane(std::uint32_t lane);
  void complete(const WorkRef& work);
  void fail(const Error& error);
  void check_done();

  Pipeline& pipeline_;
  Feed& feed_;
  const ExecutorOptions options_;
  Spawn spawn_;
  std::function<std::uint32_t()> batch_size_;
  Strand feeder_;
  Strand router_;
  Strand completer_;
  std::vector<std::unique_ptr<Strand>> lanes_;
  InOrder<WorkRef> parsed_;    // on the router's strand
  InOrder<WorkRef> finished_;  // on the completer's strand
  std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<bool> feed_posted_{false};
  std::atomic<bool> feeding_{true};
  std::atomic<bool> failed_{false};
  std::atomic<bool> done_{false};
  std::mutex status_mutex_;
  Status status_;
};

}  // namespace millrace
