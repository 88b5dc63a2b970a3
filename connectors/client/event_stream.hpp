// Server-sent events out of the bytes of a response, as they come in
// (html.spec.whatwg.org/multipage/server-sent-events.html, "Parsing an event stream"). One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace millrace::client {

struct ServerEvent {
  std::string type = "message";
  std::string data;
  std::string id;  // the last one that was said
};

class EventStream {
 public:
  explicit EventStream(std::function<void(const ServerEvent&)> take) : take_(std::move(take)) {}

  // False if a line is longer than anybody would send: the stream is then of no use.
  bool feed(std::string_view bytes);

 private:
  static constexpr std::size_t kLineMax = std::size_t{4} << 20;

  void line(std::string_view line);

  std::function<void(const ServerEvent&)> take_;
  std::string rest_;  // a line that has not ended yet
  bool after_return_ = false;
  ServerEvent event_;
  bool has_data_ = false;
};

}  // namespace millrace::client
