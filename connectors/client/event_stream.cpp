#include "connectors/client/event_stream.hpp"

#include <algorithm>
#include <utility>

namespace millrace::client {

bool EventStream::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    rest_.append(bytes.substr(0, end));
    if (rest_.size() + event_.data.size() > kLineMax) return false;
    if (end == bytes.size()) return true;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    line(rest_);
    rest_.clear();
  }
  return true;
}

void EventStream::line(std::string_view line) {
  if (line.empty()) {
    if (has_data_) take_(event_);
    event_.data.clear();
    event_.type = "message";
    has_data_ = false;
    return;
  }
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  } else if (name == "event") {
    event_.type = value;
  } else if (name == "id") {
    event_.id = value;
  }
}

}  // namespace millrace::client
