#include "app/server/run_log.hpp"

#include <unistd.h>

namespace millrace::server {

RunLog::RunLog(bool held)
    : log_(
          [this, held](std::string_view line) {
            if (held) {
              const std::lock_guard lock(mutex_);
              lines_.emplace_back(line.substr(0, line.find_last_not_of('\n') + 1));
              return;
            }
            // One write a line: lines of several processes do not mix. Nobody can be told that it
            // failed.
            [[maybe_unused]] const ssize_t written =
                ::write(STDERR_FILENO, line.data(), line.size());
          },
          [] { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); },
          {.level = held ? LogLevel::kWarn : LogLevel::kInfo}) {}

}  // namespace millrace::server
