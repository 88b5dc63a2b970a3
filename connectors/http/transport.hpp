// A connected socket, plain or with TLS in front: an Asio AsyncStream, so that Beast's WebSocket
// can stand on it too. Used on the I/O thread of its executor only.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <utility>
#include <variant>

namespace millrace::http {

// With its real executor in the type: a type-erased one costs an allocation an operation.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class Transport {
 public:
  using executor_type = boost::asio::io_context::executor_type;

  explicit Transport(Socket socket) : stream_(std::in_place_type<Socket>, std::move(socket)) {}

  // Never assigned: Boost 1.81's ssl::stream forgets the session that it had.
  Transport(Transport&&) = default;
  Transport& operator=(Transport&&) = delete;

  // Puts TLS in front; async_handshake follows. Precondition: not secure().
  void make_secure(boost::asio::ssl::context& context) {
    Socket plain = std::move(std::get<Socket>(stream_));
    stream_.emplace<Tls>(std::move(plain), context);
  }
  bool secure() const { return std::holds_alternative<Tls>(stream_); }

  Socket& socket() {
    Tls* tls = std::get_if<Tls>(&stream_);
    return tls != nullptr ? tls->next_layer() : *std::get_if<Socket>(&stream_);
  }
  executor_type get_executor() { return socket().get_executor(); }

  // Precondition: secure().
  template <class Token>
  auto async_handshake(Token&& token) {
    return std::get<Tls>(stream_).async_handshake(boost::asio::ssl::stream_base::server,
                                                  std::forward<Token>(token));
  }
  // Precondition: secure().
  template <class Token>
  auto async_shutdown(Token&& token) {
    return std::get<Tls>(stream_).async_shutdown(std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (Tls* tls = std::get_if<Tls>(&stream_))
      return tls->async_read_some(buffers, std::forward<Token>(token));
    return std::get_if<Socket>(&stream_)->async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (Tls* tls = std::get_if<Tls>(&stream_))
      return tls->async_write_some(buffers, std::forward<Token>(token));
    return std::get_if<Socket>(&stream_)->async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  using Tls = boost::asio::ssl::stream<Socket>;

  std::variant<Socket, Tls> stream_;
};

}  // namespace millrace::http
