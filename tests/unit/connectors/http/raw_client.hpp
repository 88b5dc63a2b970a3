// A client that sends exactly what it is told, and a server on a port of its own to send it to.
#pragma once

#include "connectors/http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

struct Answer {
  int status = 0;  // 0: the connection was closed without one
  std::string head;
  std::string body;

  std::string header(std::string_view name) const;
};

class RawClient {
 public:
  // `from` is the address that it comes from; "" leaves that open.
  explicit RawClient(std::uint16_t port,
                     const std::string& address = "127.0.0.1",
                     const std::string& from = "");

  // False: the server has closed the connection.
  bool send(std::string_view bytes);
  // The next answer; `head_only` if it is one to HEAD.
  Answer read(bool head_only = false);
  // All that comes until the server closes the connection; a test fails if it does not for long.
  std::string read_to_end();
  // Exactly so many bytes; less at the end.
  std::string read_bytes(std::size_t count);
  // Whether something can be read, if only the end.
  bool has_answer();
  // Nothing more will be sent.
  void finish();
  Answer ask(std::string_view bytes) {
    send(bytes);
    return read();
  }

 private:
  bool read_more();

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
};

// Routes that answer by what they were asked:
//   GET  /                     "hello"
//   GET  /say/{word}           the word
//   POST /echo                 the body, up to 64 KiB
//   GET  /facts                "address secure"
//   GET  /later                "later", from another thread
//   GET  /never                nothing: the Reply is dropped
class TestServer {
 public:
  explicit TestServer(ServerConfig config = {}, Gate gate = {});
  ~TestServer();

  std::uint16_t port() const { return server.port(); }
  RawClient client() const { return RawClient(port()); }
  // The metric's value by its name and labels as /metrics shows it; 0 if it is not there.
  double metric(std::string_view line) const;

  Metrics metrics;
  std::string logged;
  Log log;
  Routes routes;
  Gate gate;
  Server server;
};

}  // namespace millrace::http
