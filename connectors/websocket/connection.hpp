// A WebSocket of a client (RFC 6455), from the moment the HTTP server hands it over: reads whole
// messages within bounds, writes in order, pings, and closes with a code and a reason. What the
// messages mean is the owner's affair.
//
// No compression. Frames that break the protocol close it (1002), so do text that is not UTF-8
// (1007), messages that are too large (1009), too many pings (1008), and silence. While the client
// does not read what it is told, nothing more is read from it.
#pragma once

#include "connectors/http/exchange.hpp"
#include "connectors/http/upgrade.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace millrace::websocket {

// RFC 6455, 7.4; from 4000 on our own.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kPolicy = 1008,
  kTryLater = 1013,
  kTakenOver = 4000,
};

struct ConnectionLimits {
  std::size_t message_max = 64 * 1024;    // bytes of a message from the client
  std::size_t waiting_max = 1024 * 1024;  // bytes that wait for the client to read
  std::chrono::milliseconds handshake = std::chrono::seconds(10);  // and the closing handshake
  std::chrono::milliseconds silence = std::chrono::seconds(60);    // pinged at half of it
  std::uint32_t pings_max = 100;                                   // from the client, in `silence`
  // Within which the client must have said something; 0: it need not.
  std::chrono::milliseconds first_message{0};
};

class Connection final : public http::Stream, public std::enable_shared_from_this<Connection> {
 public:
  // Called on the I/O thread.
  struct Owner {
    std::function<void(std::string_view message)> message;
    std::function<void()> closed;  // once, also if it never opened; nothing comes after it
  };
  // On the I/O thread. Shared with whoever writes, and with what is under way.
  static std::shared_ptr<Connection> accept(http::Upgraded upgraded,
                                            const ConnectionLimits& limits,
                                            Owner owner);
  ~Connection() override;

  // Any thread: a text message. False: the client is gone, or has too much waiting.
  bool write(std::string message) override;
  // Any thread: the client cannot keep up, after which it is told nothing more.
  void close(std::string last) override {
    close(CloseCode::kTryLater, "too_slow", std::move(last));
  }
  // Any thread: after what waits, and `last` if it is not empty. `reason` is a literal.
  void close(CloseCode code, std::string_view reason, std::string last = {});

 private:
  class Channel;
  friend class Channel;

  Connection(std::shared_ptr<http::Mailbox> mailbox, const ConnectionLimits& limits);
  void wake();

  const ConnectionLimits limits_;
  const std::shared_ptr<http::Mailbox> mailbox_;
  std::unique_ptr<Channel> channel_;  // the I/O thread's side; null: closed

  std::mutex mutex_;
  std::deque<std::string> waiting_;  // the first may be under way
  std::size_t waiting_bytes_ = 0;
  bool awake_ = false;  // the I/O thread knows that there is something
  bool ending_ = false;
  CloseCode code_ = CloseCode::kNormal;
  std::string_view reason_;
};

}  // namespace millrace::websocket
