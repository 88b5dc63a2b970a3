// Where a server's log lines go: straight to standard error; or, while a table is drawn on a
// terminal, to whoever draws it.
#pragma once

#include "engine/base/log.hpp"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace millrace::server {

class RunLog {
 public:
  // `held`: lines wait for take(), and only what somebody should see is logged.
  explicit RunLog(bool held);

  Log& log() { return log_; }
  // The main thread: what was logged since the last call, without line feeds.
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  Log log_;
};

}  // namespace millrace::server
