// The way back from a handler to the connection of its request, from any thread: Reply and Stream
// of exchange.hpp. Neither owns the connection, nor needs it.
#pragma once

#include "connectors/http/exchange.hpp"
#include "connectors/http/io_thread.hpp"
#include "connectors/http/message.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace millrace::http {

class Connection;
class ConnectionStream;

// Where an answer goes: the n-th request of a connection.
struct Return {
  std::shared_ptr<ThreadMailbox> mailbox;  // see IoThread
  // Weak, and only looked at on the I/O thread, so that a connection ends there.
  std::weak_ptr<Connection> connection;
  std::uint64_t number = 0;
};

class ConnectionReply final : public Reply {
 public:
  ConnectionReply(Return to, std::shared_ptr<Message> message, std::size_t stream_waiting_max)
      : return_(std::move(to)),
        message_(std::move(message)),
        stream_waiting_max_(stream_waiting_max) {}
  ~ConnectionReply() override;

  void send(Response response) override;
  std::shared_ptr<Stream> stream(Response head, std::function<void()> closed) override;

 private:
  Return return_;
  std::shared_ptr<Message> message_;  // see there
  const std::size_t stream_waiting_max_;
  std::atomic<bool> called_{false};
};

class ConnectionStream final : public Stream,
                               public std::enable_shared_from_this<ConnectionStream> {
 public:
  ConnectionStream(Return to, std::size_t waiting_max, std::function<void()> closed)
      : return_(std::move(to)), waiting_max_(waiting_max), closed_(std::move(closed)) {}
  // A writer that lets go without closing has nothing more to say.
  ~ConnectionStream() override = default;

  bool write(std::string bytes) override;
  void close(std::string last) override;

  // For the connection, on its thread. What waits, and whether it is the last.
  struct Waiting {
    std::string bytes;
    bool last = false;
  };
  Waiting take();
  void taken_by_reader(std::size_t bytes);
  void gone();

 private:
  void wake();  // under the lock

  Return return_;
  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::string waiting_;
  std::size_t held_ = 0;  // bytes that wait or are being written
  bool closing_ = false;
  bool gone_ = false;
  bool woken_ = false;
  std::function<void()> closed_;
};

}  // namespace millrace::http
