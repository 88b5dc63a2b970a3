// Lines of events put together to batches that a server takes, with an id for each message that has
// none: the same for the same line at the same place, so that a file that is sent again counts
// once. One thread.
#pragma once

#include "app/remote/json_fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

class EventBatch {
 public:
  explicit EventBatch(std::size_t events_max) : events_max_(events_max) {}

  enum class Took : std::uint8_t {
    kYes,
    kFull,     // hand it in after clear()
    kNoEvent,  // it is no JSON object, or larger than any server takes
  };
  // `number`: of the line in its file, from 1.
  Took add(std::string_view line, std::uint64_t number);

  bool empty() const { return events_ == 0; }
  std::size_t events() const { return events_; }
  std::uint64_t last_line() const { return last_line_; }
  // {"batch":[…]}
  std::string body() const { return events_text_ + "]}"; }
  void clear();

 private:
  const std::size_t events_max_;
  JsonFields fields_{{"messageId"}};
  std::string events_text_ = R"({"batch":[)";
  std::string event_;
  std::size_t events_ = 0;
  std::uint64_t last_line_ = 0;
};

}  // namespace millrace
