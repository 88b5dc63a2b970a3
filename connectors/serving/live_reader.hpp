// One who listens to the live stream: chooses among what happens, numbers it so that it can be
// resumed without loss or doubles, and hands it to a stream as server-sent events or as messages.
//
// Made by LiveFeed. Any thread; nothing blocks.
#pragma once

#include "connectors/http/exchange.hpp"
#include "engine/operator/queries.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::serving {

// Empty sets let everything pass.
struct LiveFilter {
  std::set<std::string, std::less<>> segments;
  std::set<std::string, std::less<>> kinds;  // "enter", "exit", "effect", "reject"
  ProfileId profile = kNoProfile;

  bool passes(const LiveOutput& output) const;
};

// A place in the stream: everything before a position was seen, and so many outputs of it. As text
// "1234.2", an event's id; "1234" is the beginning of a position.
struct LivePlace {
  Position position = 0;
  std::uint32_t seen = 0;
  auto operator<=>(const LivePlace&) const = default;

  static std::optional<LivePlace> parse(std::string_view text);
  std::string text() const;
};

enum class LiveForm : std::uint8_t {
  kEvents,    // server-sent events (html.spec.whatwg.org, 9.2)
  kMessages,  // a JSON object each, for WebSocket
};

class LiveReader {
 public:
  struct Wish {
    LiveFilter filter;
    LivePlace from;
    LiveForm form = LiveForm::kEvents;
  };
  // `on_gone` is called, once or more, when there is nobody left to tell.
  LiveReader(Wish wish, std::function<void()> on_gone);

  const Wish& wish() const { return wish_; }

  // First, before anything is told. Shared with the server, on whose side the stream may end.
  void attach(std::shared_ptr<http::Stream> stream);
  // For Queries::listen: one call after the other. What comes before start() waits for it.
  void take(const LiveOutput& output);
  // Tells what was missed, then what waits.
  void start(std::optional<Position> missed);
  // Shows that the stream lives, when nothing else would for hours.
  void beat();
  // Says why the stream ends, and ends it.
  void end(std::string_view reason);
  // The stream has ended.
  void drop();
  bool gone() const { return gone_; }

 private:
  std::string frame(std::string_view kind, std::string_view id, std::string_view json) const;
  void tell(LivePlace place, std::string text);
  void finish(std::string_view reason);

  const Wish wish_;
  const std::function<void()> on_gone_;
  std::atomic<bool> gone_ = false;
  std::mutex mutex_;
  LivePlace place_;  // behind the newest output that was taken
  LivePlace told_;   // behind the newest that needs no telling any more
  std::shared_ptr<http::Stream> stream_;
  struct Waiting {
    LivePlace place;
    std::string text;  // empty: does not pass
  };
  std::optional<std::vector<Waiting>> waiting_{std::in_place};  // nothing: started
};

}  // namespace millrace::serving
