// What a customer does in a test, from one line: `10d purchase value=20 user=ann`.
// docs/testing.md describes it.
#pragma once

#include "engine/base/time.hpp"
#include "engine/config/node.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

// Who does what no line says of somebody else.
inline constexpr std::string_view kDefaultUser = "ann";
// Events that a case may have.
inline constexpr std::uint64_t kEventsMax = 100'000;

// A body that arrives, in the Segment spec's JSON.
struct Arrival {
  Duration at{};  // since the case's start
  std::string body;
};

class EventLines {
 public:
  // `events` are the topology's: identifier and name.
  EventLines(const std::vector<std::pair<std::string, std::string>>& events, Time start)
      : events_(events), start_(start) {}

  // Appends what the line stands for; message ids are unique among all lines read.
  void read(const config::Text& line,
            std::string_view path,
            std::vector<Arrival>& into,
            config::Problems& problems);

 private:
  const std::vector<std::pair<std::string, std::string>>& events_;
  Time start_;
  std::uint64_t lines_ = 0;
};

}  // namespace millrace
