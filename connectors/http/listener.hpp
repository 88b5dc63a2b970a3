// Accepts connections on one address and gives them to the I/O threads in turn. Lives on the first.
#pragma once

#include "connectors/http/io_thread.hpp"
#include "connectors/http/server_state.hpp"
#include "connectors/http/transport.hpp"
#include "engine/base/result.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace millrace::http {

class Listener {
 public:
  using Threads = std::vector<std::unique_ptr<IoThread>>;

  Listener(Threads& threads, ServerState& server);

  // Before the threads run.
  Status open(const ListenAddress& address);
  std::uint16_t port() const { return port_; }

  // On the first thread.
  void accept();
  void close();
  bool closed() const { return !acceptor_.is_open(); }

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                      boost::asio::io_context::executor_type>;

  void admit(Socket socket);
  void accept_later();

  Threads& threads_;
  ServerState& server_;
  Acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::size_t next_ = 0;
  std::uint16_t port_ = 0;
};

}  // namespace millrace::http
