// Takes events in by WebSocket: GET /v1/ws. The protocol is docs/websocket.md; what is accepted
// goes the way of the HTTP collectors, through admission.
//
// Its connections are on the server's I/O threads. It outlives the server.
#pragma once

#include "connectors/admission/collector.hpp"
#include "connectors/http/routes.hpp"
#include "connectors/websocket/connection.hpp"
#include "connectors/websocket/message.hpp"
#include "connectors/websocket/sessions.hpp"
#include "engine/config/fields.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

namespace millrace::websocket {

struct CollectorConfig {
  config::Size message_max = config::kibibytes(64);
  config::Size event_max = config::kibibytes(32);
  std::uint32_t message_events_max = 500;
  std::uint32_t credit = 500;
  std::uint32_t window = 1'000;
  std::uint32_t sessions_max = 2'000;
  Duration resume_within = std::chrono::minutes(5);
  Duration hello_within = std::chrono::seconds(10);
  Duration silence_max = std::chrono::seconds(60);

  static constexpr auto fields();
};

class Collector {
 public:
  // `admission` outlives the collector; `now` tells the time of receipt.
  Collector(const CollectorConfig& config,
            admission::Collector& admission,
            std::function<Time()> now);

  void add_routes(http::Routes& routes);

  std::size_t sessions() const { return sessions_.size(); }

 private:
  class Client;
  // Lends a decoder for a message: there are as many as I/O threads, and not as connections.
  std::unique_ptr<MessageDecoder> borrow();
  void give_back(std::unique_ptr<MessageDecoder> decoder);

  const MessageLimits message_limits_;
  const ConnectionLimits connection_limits_;
  admission::Collector& admission_;
  const std::function<Time()> now_;
  Sessions sessions_;
  Gauge connections_;
  Counter unreadable_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<MessageDecoder>> decoders_;
};

constexpr auto CollectorConfig::fields() {
  using config::field;
  using C = CollectorConfig;
  return std::tuple{
      field("message_max",
            &C::message_max,
            "Largest message.",
            {.min = config::kibibytes(1), .max = config::mebibytes(8)}),
      field("event_max",
            &C::event_max,
            "Largest event.",
            {.min = config::kibibytes(1), .max = config::mebibytes(8)}),
      field("message_events_max",
            &C::message_events_max,
            "Most events of a message.",
            {.min = 1, .max = 100'000}),
      field("credit",
            &C::credit,
            "Events that a client may have sent that are not acknowledged yet.",
            {.min = 1, .max = 100'000}),
      field("window",
            &C::window,
            "Accepted message ids of a session that are remembered, to know what is sent again; at "
            "least the credit.",
            {.min = 1, .max = 1'000'000}),
      field("sessions_max",
            &C::sessions_max,
            "Sessions, with and without a connection; past it, those that lost theirs longest ago "
            "cannot be resumed.",
            {.min = 1}),
      field("resume_within",
            &C::resume_within,
            "How long a session without a connection can be resumed.",
            {.max = std::chrono::hours(24)}),
      field("hello_within",
            &C::hello_within,
            "How soon a client must say hello.",
            {.min = std::chrono::milliseconds(100), .max = std::chrono::minutes(5)}),
      field("silence_max",
            &C::silence_max,
            "How long a client may be silent; it is pinged at half of it.",
            {.min = std::chrono::seconds(1), .max = std::chrono::hours(1)}),
  };
}

}  // namespace millrace::websocket
