// Everything that happens, as it happens: GET /v1/live as server-sent events, or by WebSocket with
// a JSON object a message. For each reader it listens at the engine, beats so that both sides see
// that the other lives, and parts with readers who are gone or too slow.
//
// A reader is told: enter, exit, effect, reject, each with an id to resume from (Last-Event-ID, or
// ?from=); missed, where the engine remembers less than was asked for; dropped, with the reason and
// where to resume. Any thread. It outlives the server and every answer of the engine.
#pragma once

#include "connectors/http/routes.hpp"
#include "connectors/http/upgrade.hpp"
#include "connectors/serving/live_reader.hpp"

#include <chrono>
#include <condition_variable>
#include <thread>
#include <variant>

namespace millrace::serving {

struct LiveFeedOptions {
  std::size_t readers_max = 256;
  std::chrono::milliseconds beat = std::chrono::seconds(15);
};

class LiveFeed {
 public:
  // `queries` outlives the feed.
  explicit LiveFeed(Queries& queries, LiveFeedOptions options = {});
  ~LiveFeed();  // tells the readers that the server stops
  LiveFeed(const LiveFeed&) = delete;
  LiveFeed& operator=(const LiveFeed&) = delete;

  void add_routes(http::Routes& routes);

  // What a request asks for; `done` may be called later, with the answer that refuses it instead.
  using WishDone = std::function<void(std::variant<LiveReader::Wish, http::Response>)>;
  void read_wish(const http::Request& request, LiveForm form, const WishDone& done) const;

  // Opens the reader's stream and tells it everything from then on. False if there are too many
  // readers. `open` gets what to call when the stream has ended.
  using Open = std::function<std::shared_ptr<http::Stream>(std::function<void()> closed)>;
  bool add(LiveReader::Wish wish, const Open& open);

  std::size_t readers() const;

 private:
  // Wakes the keeper; shared with the readers, whose streams may end after the feed.
  struct Bell {
    std::mutex mutex;
    std::condition_variable rung;
    bool stop = false;
    bool reader_gone = false;
    void ring(bool Bell::*why);
  };
  struct Seat {
    std::shared_ptr<LiveReader> reader;  // shared with the engine's listener and the stream's end
    std::unique_ptr<Subscription> subscription;
  };

  // A reader by WebSocket.
  void serve(const http::Request& request, http::Upgraded&& upgraded);
  void keep();
  void beat();
  void part_with_gone();
  std::vector<std::shared_ptr<LiveReader>> all() const;

  Queries& queries_;
  const LiveFeedOptions options_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  mutable std::mutex mutex_;
  std::vector<Seat> seats_;
  std::size_t opening_ = 0;  // readers that have no seat yet
  std::thread keeper_;
};

}  // namespace millrace::serving
