// A server's I/O thread that hands every connection to an upgrade handler, and a client that can
// send any bytes: for tests of what speaks WebSocket.
#pragma once

#include "connectors/http/routes.hpp"
#include "connectors/http/upgrade.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace millrace::websocket {

namespace asio = boost::asio;

class Loopback {
 public:
  explicit Loopback(http::UpgradeHandler handler) : handler_(std::move(handler)) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Loopback() {
    stop(true);
    asio::post(io_, [this] {
      acceptor_.close();
      work_.reset();
    });
    thread_.join();
  }

  unsigned short port() const { return port_; }
  int seats() const { return seats_; }
  // What a server that stops tells its connections.
  void stop(bool now) {
    std::promise<void> told;
    asio::post(io_, [&] {
      for (auto* seat : std::vector(open_)) seat->stop(now);
      told.set_value();
    });
    told.get_future().wait();
  }

 private:
  class LoopbackSeat final : public http::Seat {
   public:
    explicit LoopbackSeat(Loopback& of) : of_(of) {
      of_.open_.push_back(this);
      ++of_.seats_;
    }
    ~LoopbackSeat() override {
      std::erase(of_.open_, this);
      --of_.seats_;
    }
    void on_stop(std::function<void(bool)> stop) override { stop_ = std::move(stop); }
    void stop(bool now) {
      if (stop_) stop_(now);
    }

   private:
    Loopback& of_;
    std::function<void(bool)> stop_;
  };
  class LoopbackMailbox final : public http::Mailbox {
   public:
    explicit LoopbackMailbox(asio::io_context& io) : io_(io) {}
    bool post(Task task) override {
      asio::post(io_, std::move(task));
      return true;
    }

   private:
    asio::io_context& io_;
  };

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code code, http::Socket socket) {
      if (code) return;
      auto transport = std::make_shared<http::Transport>(std::move(socket));
      auto bytes = std::make_shared<std::string>();
      asio::async_read_until(
          transport->socket(),
          asio::dynamic_buffer(*bytes),
          "\r\n\r\n",
          [this, transport, bytes](boost::system::error_code failed, std::size_t) {
            if (!failed) hand_over(std::move(*transport), std::move(*bytes));
          });
      accept();
    });
  }

  void hand_over(http::Transport transport, std::string bytes) {
    const std::string head = bytes;
    http::Request request{.target = "/v1/ws", .path = "/v1/ws"};
    const auto origin = head.find("Origin: ");
    if (origin != std::string::npos)
      request.headers.push_back(
          {"Origin",
           std::string_view(head).substr(origin + 8, head.find('\r', origin) - origin - 8)});
    handler_(
        request,
        {std::move(transport), std::move(bytes), std::make_unique<LoopbackSeat>(*this), mailbox_});
  }

  http::UpgradeHandler handler_;
  asio::io_context io_;
  std::shared_ptr<http::Mailbox> mailbox_ = std::make_shared<LoopbackMailbox>(io_);
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_{
      io_.get_executor()};
  asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type> acceptor_{
      io_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  unsigned short port_ = acceptor_.local_endpoint().port();
  std::vector<LoopbackSeat*> open_;
  std::atomic<int> seats_ = 0;
  std::thread thread_;
};

// Frames as a client may send them (RFC 6455, 5.2), and as it should not.
struct FrameForm {
  unsigned opcode = 1;
  bool last = true;
  bool masked = true;
  unsigned reserved = 0;  // bits 4 to 6 of the first byte
};
inline std::string frame(std::string_view payload, FrameForm form = {}) {
  std::string bytes;
  bytes += static_cast<char>((form.last ? 0x80 : 0) | form.reserved | form.opcode);
  const unsigned mask = form.masked ? 0x80 : 0;
  const auto size = payload.size();
  if (size < 126) {
    bytes += static_cast<char>(mask | size);
  } else if (size < 65536) {
    bytes += static_cast<char>(mask | 126);
    for (int shift = 8; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  } else {
    bytes += static_cast<char>(mask | 127);
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift);
  }
  constexpr std::string_view kMask = "\x12\x34\x56\x78";
  if (form.masked) bytes += kMask;
  for (std::size_t i = 0; i < size; ++i)
    bytes += static_cast<char>(form.masked ? payload[i] ^ kMask[i % 4] : payload[i]);
  return bytes;
}

struct Frame {
  unsigned opcode = 0;
  std::string payload;

  // Of a closing frame; 0: it has none.
  unsigned code() const {
    return payload.size() < 2 ? 0
                              : static_cast<unsigned char>(payload[0]) * 256u +
                                    static_cast<unsigned char>(payload[1]);
  }
  std::string reason() const { return payload.size() < 2 ? "" : payload.substr(2); }
};

class RawClient {
 public:
  explicit RawClient(unsigned short port,
                     const std::string& headers = {},
                     const std::string& target = "/v1/ws") {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    // A test that waits for what does not come fails instead of hanging.
    const timeval patience{10, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    send("GET " + target +
         " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         headers + "\r\n");
    const auto end = in_.find("\r\n\r\n");
    head = end == std::string::npos ? "" : in_.substr(0, end);
    while (head.empty() && fill()) {
      const auto found = in_.find("\r\n\r\n");
      if (found == std::string::npos) continue;
      head = in_.substr(0, found);
      in_.erase(0, found + 4);
    }
  }

  std::string head;  // of the server's answer; empty: there was none

  void send(std::string_view bytes) {
    boost::system::error_code ignored;  // it may be closed already, which is what is tested
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  void say(std::string_view message) { send(frame(message)); }
  // The next frame; nothing once the server has closed.
  std::optional<Frame> next() {
    while (true) {
      if (auto found = take()) return found;
      if (!fill()) return std::nullopt;
    }
  }
  // The next message's text, without pings; empty at the end.
  std::string hear() {
    auto found = next();
    while (found && found->opcode > 8) found = next();
    return found && found->opcode < 8 ? found->payload : "";
  }
  // Reads to the closing frame.
  Frame closing() {
    auto found = next();
    while (found && found->opcode != 8) found = next();
    return found.value_or(Frame{});
  }
  void disappear() { socket_.close(); }

 private:
  bool fill() {
    char bytes[65536];
    boost::system::error_code code;
    const auto size = socket_.read_some(asio::buffer(bytes), code);
    in_.append(bytes, size);
    return !code && size > 0;
  }
  std::optional<Frame> take() {
    if (in_.size() < 2) return std::nullopt;
    std::size_t size = in_[1] & 0x7f;
    std::size_t head_size = 2;
    if (size >= 126) {
      const std::size_t bytes = size == 126 ? 2 : 8;
      head_size += bytes;
      if (in_.size() < head_size) return std::nullopt;
      size = 0;
      for (std::size_t i = 0; i < bytes; ++i)
        size = size << 8 | static_cast<unsigned char>(in_[2 + i]);
    }
    if (in_.size() < head_size + size) return std::nullopt;
    Frame found{static_cast<unsigned>(in_[0] & 0x0f), in_.substr(head_size, size)};
    in_.erase(0, head_size + size);
    return found;
  }

  asio::io_context io_;
  asio::ip::tcp::socket socket_{io_};
  std::string in_;
};

}  // namespace millrace::websocket
