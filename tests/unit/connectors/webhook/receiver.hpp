// Receivers of webhooks that misbehave below HTTP, and one with TLS. Each on a thread of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace millrace::testing {

// Has `talk` talk to every connection, until destroyed.
class Receiver {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Talk = std::function<void(Tcp::socket&)>;

  explicit Receiver(Talk talk) : talk_(std::move(talk)), thread_([this] { serve(); }) {}
  ~Receiver() {
    stopping_ = true;
    boost::system::error_code ignored;
    boost::asio::io_context io;
    Tcp::socket wake(io);
    wake.connect(acceptor_.local_endpoint(), ignored);  // out of accept()
    wake.close(ignored);
    thread_.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void serve() {
    while (true) {
      Tcp::socket socket(io_);
      boost::system::error_code failure;
      acceptor_.accept(socket, failure);
      if (failure || stopping_) return;
      talk_(socket);
    }
  }

  Talk talk_;
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // the last: it uses the others
};

// Reads until the other side has had enough.
template <class Stream>
void read_to_end(Stream& stream) {
  boost::system::error_code failure;
  std::string bytes(4096, '\0');
  while (!failure) stream.read_some(boost::asio::buffer(bytes), failure);
}

// A self-signed certificate for a name, and its key, as PEM.
struct Certificate {
  std::string certificate;
  std::string key;
};
Certificate make_certificate(const std::string& name);

// What Receiver is to be given: TLS with that certificate, and the answer to every request.
Receiver::Talk talk_tls(const Certificate& certificate, std::string answer);

}  // namespace millrace::testing
