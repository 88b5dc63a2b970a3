// One WebSocket connection to a server (RFC 6455): opens, sends messages in order, hands over what
// comes. All use is on the loop's thread, callbacks included.
#pragma once

#include "connectors/client/address.hpp"
#include "connectors/client/loop.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::client {

class WebSocketClient {
 public:
  struct Calls {
    std::function<void()> opened;
    std::function<void(std::string_view message)> message;
    // The connection is gone, or never was: why. The last call; the client may be destroyed in it.
    std::function<void(std::string why)> closed;
  };

  // Begins to connect.
  WebSocketClient(Loop& loop, const Address& address, std::string path, Calls calls);
  ~WebSocketClient();  // hangs up; nothing is called any more
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  // As one binary message. Precondition: opened() was called.
  void send(std::string message);

 private:
  class Connection;
  // Shared with the operations on the socket, which end a little later than the client does.
  std::shared_ptr<Connection> connection_;
};

}  // namespace millrace::client
