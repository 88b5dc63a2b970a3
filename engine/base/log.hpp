// What the server's parts say to those who run it: one line of JSON a message,
//   {"ts":"2026-11-21T20:54:37.695Z","level":"warn","msg":"…","component":"http",…}
//
// The program makes one Log and passes it to its parts; nothing logs for each event. Any thread.
// `msg` is a literal: what varies goes into fields, so that a message can be counted and limited.
// No field carries what tells who a customer is: no identifier, address, body or key.
#pragma once

#include "engine/base/time.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace millrace {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : LogField(field, std::string_view(text)) {}
  LogField(std::string_view field, bool truth) : name(field), value(truth) {}
  LogField(std::string_view field, double number) : name(field), value(number) {}
  template <std::integral T>
  LogField(std::string_view field, T number)
      : name(field), value(static_cast<std::int64_t>(number)) {}

  std::string_view name;
  Value value;
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;  // and above
  // So many lines of one message of one component in so long a time. How many were left out is told
  // with the first line after that: "suppressed":17.
  std::uint32_t burst = 10;
  Duration period = std::chrono::seconds(10);
};

class Log {
 public:
  // `write` gets a whole line with its line feed, one call at a time; `now` tells the time. Both
  // are called under the log's lock and must not log.
  using Write = std::function<void(std::string_view line)>;
  Log(Write write, std::function<Time()> now, LogOptions options = {});
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  using Fields = std::initializer_list<LogField>;
  void write(LogLevel level, std::string_view component, std::string_view msg, Fields fields = {});
  void debug(std::string_view component, std::string_view msg, Fields fields = {}) {
    write(LogLevel::kDebug, component, msg, fields);
  }
  void info(std::string_view component, std::string_view msg, Fields fields = {}) {
    write(LogLevel::kInfo, component, msg, fields);
  }
  void warn(std::string_view component, std::string_view msg, Fields fields = {}) {
    write(LogLevel::kWarn, component, msg, fields);
  }
  void error(std::string_view component, std::string_view msg, Fields fields = {}) {
    write(LogLevel::kError, component, msg, fields);
  }

 private:
  struct Said {
    Time since = kBeginning;  // when the period began
    std::uint32_t lines = 0;
    std::uint64_t suppressed = 0;
  };
  // Whether the message may be written now, and how many were not since the last one.
  bool admit(std::string_view component, std::string_view msg, Time now, std::uint64_t& suppressed);

  const Write write_;
  const std::function<Time()> now_;
  const LogOptions options_;
  std::mutex mutex_;
  std::map<std::string, Said, std::less<>> said_;  // by component and message
  std::string line_;
};

}  // namespace millrace
