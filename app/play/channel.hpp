// One of the player's ways to the server: takes a parcel of events, and says what the server made
// of it. A plain value around a client of connectors/client; used on the loop's thread.
#pragma once

#include "connectors/client/http_client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace millrace::play {

using Clock = client::Loop::Clock;

// Events that travel together.
struct Parcel {
  std::string body;  // {"batch":[…]}
  std::uint32_t events = 0;
  std::uint32_t tries = 0;
  bool damaged = false;   // made to be refused
  Clock::time_point due;  // when it was to be sent, whatever came between
};

// What became of a parcel. A status of 0: no answer, `trouble` says why.
struct Outcome {
  int status = 0;
  std::uint32_t refused = 0;  // of the events of a 200: these will never be taken
  Duration retry_after{};
  std::string trouble;
};

class Channel {
 public:
  virtual ~Channel() = default;
  // `done` is called once, later. Precondition: the last parcel's was; `parcel` lives until then.
  virtual void send(const Parcel& parcel, std::function<void(Outcome)> done) = 0;
};

// POST /v1/batch over a connection of its own.
std::unique_ptr<Channel> make_http_channel(client::Loop& loop,
                                           const client::Address& to,
                                           const std::string& key);

// A WebSocket of its own, after docs/websocket.md.
std::unique_ptr<Channel> make_websocket_channel(client::Loop& loop,
                                                const client::Address& to,
                                                const std::string& key);

}  // namespace millrace::play
