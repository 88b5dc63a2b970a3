#include "connectors/http/listener.hpp"

#include "connectors/http/connection.hpp"
#include "engine/base/descriptor.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <string_view>
#include <utility>

namespace millrace::http {
namespace {

using ErrorCode = boost::system::error_code;
using Tcp = boost::asio::ip::tcp;

constexpr Duration kPause = std::chrono::milliseconds(50);

// To a client that there is no place for. It may not get to read it: waiting for that would take
// the place that is missing.
void turn_away(Socket& socket) {
  static constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nX-Millrace-Reason: "
      "too_many_connections\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(boost::asio::buffer(kAnswer.data(), kAnswer.size()), ignored);
  socket.shutdown(boost::asio::socket_base::shutdown_both, ignored);
  socket.close(ignored);
}

}  // namespace

Listener::Listener(Threads& threads, ServerState& server)
    : threads_(threads),
      server_(server),
      acceptor_(threads.front()->io()),
      pause_(threads.front()->io()) {}

Status Listener::open(const ListenAddress& address) {
  const Tcp::endpoint endpoint(boost::asio::ip::make_address(address.address), address.port);
  ErrorCode error;
  const auto then = [&](auto step) {
    if (!error) step();
  };
  acceptor_.open(endpoint.protocol(), error);
  then([&] { acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error); });
  if (endpoint.protocol() == Tcp::v6())
    then([&] { acceptor_.set_option(boost::asio::ip::v6_only(true), error); });
  then([&] { acceptor_.bind(endpoint, error); });
  then([&] { acceptor_.listen(boost::asio::socket_base::max_listen_connections, error); });
  if (error)
    return Error{"cannot listen on " + address.address + ":" + std::to_string(address.port) + ": " +
                     error.message(),
                 error == boost::asio::error::address_in_use ? Fault::kBusy : Fault::kOther};
  port_ = acceptor_.local_endpoint().port();
  return {};
}

void Listener::accept() {
  acceptor_.async_accept([this](const ErrorCode& error, Socket socket) {
    if (!acceptor_.is_open()) return;
    // Out of descriptors, mostly: it would fail again at once.
    if (error && error != boost::asio::error::connection_aborted) return accept_later();
    if (!error) admit(std::move(socket));
    accept();
  });
}

void Listener::admit(Socket socket) {
  ErrorCode error;
  const Tcp::endpoint endpoint = socket.remote_endpoint(error);
  if (error) return;
  const IpAddress peer = plain_address(endpoint.address());
  const bool trusted = server_.trusted.contains(peer);
  if (server_.config.proxy_protocol && !trusted)
    return server_.metrics.refused_connection("proxy_not_trusted");
  auto taken = server_.connections.take(peer, trusted);
  if (!taken.refused.empty()) {
    server_.metrics.refused_connection(taken.refused);
    if (!server_.certificates) turn_away(socket);
    return;
  }
  socket.set_option(Tcp::no_delay(true), error);
  IoThread& thread = *threads_[next_];
  next_ = (next_ + 1) % threads_.size();
  // Event loops do not lock their sockets: each is only ever touched on its own thread.
  Descriptor descriptor(socket.release(error));
  if (error) return;
  boost::asio::post(
      thread.io(),
      [&thread,
       &server = server_,
       protocol = endpoint.protocol(),
       descriptor = std::move(descriptor),
       peer,
       lease = std::move(taken.lease)]() mutable {
        Socket own(thread.io(), protocol, descriptor.release());
        // Shared by what it waits for: reads, writes, its answer.
        std::make_shared<Connection>(
            Connection::Accepted{std::move(own), peer, std::move(lease)}, thread, server)
            ->start();
      });
}

void Listener::accept_later() {
  server_.metrics.refused_connection("accept_failed");
  server_.log.warn("http", "cannot accept a connection");
  pause_.expires_after(kPause);
  pause_.async_wait([this](const ErrorCode& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

void Listener::close() {
  ErrorCode ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace millrace::http
