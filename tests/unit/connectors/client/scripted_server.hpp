// A server that answers what the test says, for tests of clients. One connection at a time, on a
// thread of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <charconv>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millrace::testing {

class ScriptedServer {
 public:
  // What to write for a request; nothing closes the connection without an answer.
  using Answers = std::function<std::string(const std::string& request)>;
  explicit ScriptedServer(Answers answers, bool close_after_each = false)
      : answers_(std::move(answers)), close_(close_after_each), thread_([this] { serve(); }) {}

  ~ScriptedServer() {
    stopping_ = true;
    boost::system::error_code ignored;
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket wake(io);
    wake.connect(acceptor_.local_endpoint(), ignored);  // out of accept()
    wake.close(ignored);
    thread_.join();
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  int connections() const { return connections_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  using Tcp = boost::asio::ip::tcp;

  void serve() {
    while (!stopping_) {
      Tcp::socket socket(io_);
      boost::system::error_code failure;
      acceptor_.accept(socket, failure);
      if (failure || stopping_) return;
      ++connections_;
      talk(socket);
    }
  }

  void talk(Tcp::socket& socket) {
    std::string bytes;
    boost::system::error_code failure;
    while (!failure) {
      const std::size_t head =
          boost::asio::read_until(socket, boost::asio::dynamic_buffer(bytes), "\r\n\r\n", failure);
      if (failure) return;
      std::size_t length = 0;
      if (const auto at = bytes.find("Content-Length: "); at < head)
        std::from_chars(bytes.data() + at + 16, bytes.data() + head, length);
      if (bytes.size() < head + length)
        boost::asio::read(socket,
                          boost::asio::dynamic_buffer(bytes),
                          boost::asio::transfer_exactly(head + length - bytes.size()),
                          failure);
      const std::string request = bytes.substr(0, head + length);
      bytes.erase(0, head + length);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string answer = answers_(request);
      if (answer.empty()) return;
      boost::asio::write(socket, boost::asio::buffer(answer), failure);
      if (close_) return;
    }
  }

  Answers answers_;
  const bool close_;
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;  // the last: it uses the others
};

}  // namespace millrace::testing
