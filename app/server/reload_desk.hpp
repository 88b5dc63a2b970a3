// Where requests to reload wait for the program's main thread, which alone changes the engine.
#pragma once

#include "engine/config/problem.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace millrace::server {

struct ReloadOutcome {
  std::string error;               // empty: the new topology runs
  config::Problems problems;       // with the topology or the keys
  std::string source;              // the text that they are in
  std::vector<std::string> later;  // sections whose changes take effect at a restart

  bool ok() const { return error.empty(); }
};

class ReloadDesk {
 public:
  using Done = std::function<void(const ReloadOutcome&)>;

  // Any thread. `done` is called once, on the main thread.
  void ask(Done done) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
    rung_.notify_one();
  }

  // The main thread: who has asked by now, after at most `patience`.
  std::vector<Done> wait(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    rung_.wait_for(lock, patience, [this] { return !waiting_.empty(); });
    return std::exchange(waiting_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable rung_;
  std::vector<Done> waiting_;
};

}  // namespace millrace::server
