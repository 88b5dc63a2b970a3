// Tasks that run one at a time, in the order in which they were posted, on whatever runs tasks.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace millrace {

using Task = std::function<void()>;
using Spawn = std::function<void(Task)>;  // runs a task later, on any thread

// Post from any thread. Outlives its tasks.
class Strand {
 public:
  explicit Strand(const Spawn& spawn) : spawn_(spawn) {}

  void post(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      if (running_) return;
      running_ = true;
    }
    spawn_([this] { run_one(); });
  }

 private:
  // One task a turn, so that a step-by-step executor may choose another strand between two.
  void run_one() {
    Task task;
    {
      const std::lock_guard lock(mutex_);
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
    {
      const std::lock_guard lock(mutex_);
      if (tasks_.empty()) {
        running_ = false;
        return;
      }
    }
    spawn_([this] { run_one(); });
  }

  const Spawn& spawn_;
  std::mutex mutex_;
  std::deque<Task> tasks_;
  bool running_ = false;
};

}  // namespace millrace
