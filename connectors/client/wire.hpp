// A client's socket, plain or with TLS in front: an Asio AsyncStream. What a Loop consists of.
// Used on the loop's thread only.
#pragma once

#include "connectors/client/address.hpp"
#include "connectors/client/loop.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace millrace::client {

namespace asio = boost::asio;
using Failure = boost::system::error_code;

struct Loop::State {
  asio::io_context io{1};
  std::optional<asio::ssl::context> tls{};

  // Made at the first use: reading the system's list of authorities takes a tenth of a second.
  asio::ssl::context& trust() {
    if (tls) return *tls;
    tls.emplace(asio::ssl::context::tls_client);
    Failure ignored;  // without the list no certificate is good
    tls->set_default_verify_paths(ignored);
    return *tls;
  }
};

class Wire {
 public:
  using executor_type = asio::io_context::executor_type;
  using Socket = asio::basic_stream_socket<asio::ip::tcp, executor_type>;

  explicit Wire(asio::io_context& io) : stream_(std::in_place_type<Socket>, io.get_executor()) {}

  Socket& socket() {
    Tls* tls = std::get_if<Tls>(&stream_);
    return tls != nullptr ? tls->next_layer() : *std::get_if<Socket>(&stream_);
  }
  executor_type get_executor() { return socket().get_executor(); }

  // Puts TLS in front of a connected socket, and checks that the server is who it should be.
  template <class Done>
  void secure(asio::ssl::context& context, const std::string& host, Done done) {
    Socket plain = std::move(std::get<Socket>(stream_));
    Tls& tls = stream_.emplace<Tls>(std::move(plain), context);
    SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());
    tls.set_verify_mode(asio::ssl::verify_peer);
    tls.set_verify_callback(asio::ssl::host_name_verification(host));
    tls.async_handshake(asio::ssl::stream_base::client, std::move(done));
  }
  void close() {
    Failure ignored;
    socket().close(ignored);
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
  using Tls = asio::ssl::stream<Socket>;

  std::variant<Socket, Tls> stream_;
};

// Finds the server, connects, and shakes hands if the address says so, then calls done(Failure).
// `loop` and `address` live until then. The wire is shared: who wants it may give it up meanwhile.
template <class Done>
void open_wire(const std::shared_ptr<Wire>& wire,
               Loop::State& loop,
               const Address& address,
               Done done) {
  // Must live until it has answered.
  auto resolver = std::make_shared<asio::ip::basic_resolver<asio::ip::tcp, Wire::executor_type>>(
      loop.io.get_executor());
  resolver->async_resolve(
      address.host,
      address.port,
      [wire, &loop, &address, resolver, done](const Failure& failure, const auto& found) mutable {
        if (failure) return done(failure);
        asio::async_connect(
            wire->socket(),
            found,
            [wire, &loop, &address, done](const Failure& refused, const auto&) mutable {
              if (refused) return done(refused);
              Failure ignored;
              wire->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
              if (!address.secure) return done(refused);
              wire->secure(loop.trust(), address.host, std::move(done));
            });
      });
}

}  // namespace millrace::client
