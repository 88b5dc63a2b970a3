#include "engine/runtime/flow.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace {
namespace {

// Threads that take tasks from one queue. A task is the work of a batch, so the queue's lock is
// cheap beside it.
class Pool {
 public:
  void spawn(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    work_.notify_one();
  }

  // Runs tasks on this many threads until the flow is done, none is left and none is running.
  void run(std::uint32_t threads, const Flow& flow) {
    std::vector<std::jthread> all;
    for (std::uint32_t i = 0; i < threads; ++i) all.emplace_back([this, &flow] { work(flow); });
  }

 private:
  void work(const Flow& flow) {
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [&] { return !tasks_.empty() || (running_ == 0 && flow.done()); });
      if (tasks_.empty()) break;
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      ++running_;
      lock.unlock();
      task();
      lock.lock();
      --running_;
    }
    // The last task is done and spawned nothing: let the others see it.
    work_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Task> tasks_;
  std::uint32_t running_ = 0;
};

class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(const ExecutorOptions& options) : options_(options) {}

  Status run(Pipeline& pipeline, Feed& feed) override {
    Pool pool;
    Flow flow(
        pipeline,
        feed,
        options_,
        [&pool](Task task) { pool.spawn(std::move(task)); },
        [this] { return options_.batch; });
    current_.set(&flow);
    flow.start();
    pool.run(std::max<std::uint32_t>(1, options_.threads), flow);
    current_.set(nullptr);
    return flow.status();
  }

  void wake_feed() override { current_.wake_feed(); }
  void wake_lane(std::uint32_t lane) override { current_.wake_lane(lane); }

 private:
  const ExecutorOptions options_;
  CurrentRun current_;
};

}  // namespace

std::unique_ptr<Executor> make_thread_executor(const ExecutorOptions& options) {
  return std::make_unique<ThreadExecutor>(options);
}

}  // namespace millrace
