#include "engine/base/random.hpp"
#include "engine/runtime/flow.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace millrace {
namespace {

// Tasks that wait to be chosen. Those of the run itself come from its thread; only who wakes it
// comes from others.
class Tasks {
 public:
  void add(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    added_.notify_one();
  }
  // One of those that wait, or of the next to come.
  Task take(Random& random) {
    std::unique_lock lock(mutex_);
    added_.wait(lock, [this] { return !tasks_.empty(); });
    const std::size_t chosen = random.below(tasks_.size());
    std::swap(tasks_[chosen], tasks_.back());
    Task task = std::move(tasks_.back());
    tasks_.pop_back();
    return task;
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return tasks_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<Task> tasks_;
};

class StepExecutor final : public Executor {
 public:
  explicit StepExecutor(const ExecutorOptions& options)
      : options_(options), random_(options.seed) {}

  Status run(Pipeline& pipeline, Feed& feed) override {
    Tasks tasks;
    const auto spawn = [&tasks](Task task) { tasks.add(std::move(task)); };
    const auto batch_size = [this] {
      return options_.vary_batches ? static_cast<std::uint32_t>(1 + random_.below(options_.batch))
                                   : options_.batch;
    };
    Flow flow(pipeline, feed, options_, spawn, batch_size);
    current_.set(&flow);
    flow.start();
    while (!flow.done() || !tasks.empty()) {
      // Where nothing is left to run and nothing more to come, everything must have come through.
      CHECK(!tasks.empty() || feed.more_to_come());
      tasks.take(random_)();
    }
    current_.set(nullptr);
    return flow.status();
  }

  void wake_feed() override { current_.wake_feed(); }
  void wake_lane(std::uint32_t lane) override { current_.wake_lane(lane); }

 private:
  const ExecutorOptions options_;
  Random random_;
  CurrentRun current_;
};

}  // namespace

std::unique_ptr<Executor> make_step_executor(const ExecutorOptions& options) {
  return std::make_unique<StepExecutor>(options);
}

}  // namespace millrace
