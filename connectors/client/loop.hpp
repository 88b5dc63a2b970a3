// The one thread on which a client's connections live: whoever calls run() is that thread, and all
// callbacks of the loop and of clients that stand on it are called there.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace millrace::client {

class Loop {
 public:
  using Clock = std::chrono::steady_clock;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Until stop(), until nothing is left to wait for, or until `enough`, which is asked a few times
  // a second. May be called again.
  void run(const std::function<bool()>& enough = {});
  // Any thread.
  void stop();
  // Calls `task` at that time, soon if it is over.
  void at(Clock::time_point time, std::function<void()> task);

  // For clients.
  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace millrace::client
