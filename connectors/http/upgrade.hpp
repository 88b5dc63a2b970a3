// How a connection leaves the HTTP server for another protocol: a Route with `upgrade` is handed
// the open stream with everything that was read of it. For connectors that speak WebSocket.
//
// The server has checked the request as any other (admission, route, Gate), and that it asks to be
// upgraded to a WebSocket. It has answered nothing. From then on the new owner keeps its own
// deadlines and limits; all use of `transport` is on its I/O thread, on which the handler is
// called.
#pragma once

#include "connectors/http/mailbox.hpp"
#include "connectors/http/transport.hpp"

#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace millrace::http {

// The place of an upgraded connection among the server's. It counts against the limits until it is
// destroyed, which must be on its I/O thread, when the transport is closed.
class Seat {
 public:
  virtual ~Seat() = default;
  // `stop` is called on the I/O thread when the server stops: with false to come to an end, and
  // at the deadline with true to close the transport at once.
  virtual void on_stop(std::function<void(bool now)> stop) = 0;
};

struct Upgraded {
  Transport transport;
  // The request's head as it was sent, and what came after it: what Beast's async_accept takes.
  std::string bytes;
  std::unique_ptr<Seat> seat;
  // To the transport's I/O thread; shared by all that have work for it, and may outlive the server.
  std::shared_ptr<Mailbox> mailbox;
};

// Beast finds these by their names when a websocket::stream<Transport> ends. TLS is not shut down
// by itself: the close frames have said that this is the end.
inline void beast_close_socket(Transport& transport) {
  boost::system::error_code ignored;
  transport.socket().close(ignored);
}
inline void teardown(boost::beast::role_type role,
                     Transport& transport,
                     boost::system::error_code& error) {
  using boost::beast::websocket::teardown;
  teardown(role, transport.socket(), error);
}
template <class Handler>
void async_teardown(boost::beast::role_type role, Transport& transport, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, transport.socket(), std::forward<Handler>(handler));
}

}  // namespace millrace::http
