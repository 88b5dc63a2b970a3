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

#include <functional>
#include <memory>
#include <string>

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

}  // namespace millrace::http
