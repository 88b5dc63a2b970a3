#include "tests/unit/connectors/http/raw_client.hpp"

#include "connectors/http/admission.hpp"
#include "engine/metrics/exposition.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <charconv>
#include <thread>

namespace millrace::http {
namespace {

// Longer than any deadline of a test; only what hangs takes as long.
constexpr int kPatienceSeconds = 20;

ServerConfig on_free_port(ServerConfig config) {
  config.listen = {"127.0.0.1:0"};
  return config;
}

Routes test_routes() {
  Routes routes;
  const auto add = [&](Method method, std::string pattern, std::size_t body_max, Handler handler) {
    routes.add({.method = method,
                .pattern = std::move(pattern),
                .body_max = body_max,
                .handler = std::move(handler)});
  };
  const auto text = [](std::string body) {
    return Response{.content_type = "text/plain", .body = std::move(body)};
  };
  add(Method::kGet, "/", 0, [text](const Request&, const ReplyRef& reply) {
    reply->send(text("hello"));
  });
  add(Method::kGet, "/say/{word}", 0, [text](const Request& request, const ReplyRef& reply) {
    reply->send(text(std::string(request.capture("word"))));
  });
  add(Method::kPost, "/echo", 64 << 10, [text](const Request& request, const ReplyRef& reply) {
    reply->send(text(std::string(request.body)));
  });
  add(Method::kGet, "/facts", 0, [text](const Request& request, const ReplyRef& reply) {
    reply->send(text(request.address + (request.secure ? " secure" : " plain")));
  });
  add(Method::kGet, "/later", 0, [text](const Request& request, ReplyRef reply) {
    std::thread([text, &request, reply = std::move(reply)] {
      reply->send(text("later " + std::string(request.query)));
    }).detach();
  });
  add(Method::kGet, "/never", 0, [](const Request&, const ReplyRef&) {});
  return routes;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos && same_word(line.substr(0, colon), name))
      return std::string(line.substr(colon + 2));
  }
  return {};
}

RawClient::RawClient(std::uint16_t port, const std::string& address, const std::string& from)
    : socket_(io_) {
  socket_.open(boost::asio::ip::tcp::v4());
  if (!from.empty()) socket_.bind({boost::asio::ip::make_address(from), 0});
  socket_.connect({boost::asio::ip::make_address(address), port});
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

bool RawClient::send(std::string_view bytes) {
  boost::system::error_code error;
  boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
  return !error;
}

bool RawClient::read_more() {
  char part[16 << 10];
  // Not Asio's read: that waits for ever where the socket has a timeout.
  const ssize_t got = ::recv(socket_.native_handle(), part, sizeof(part), 0);
  EXPECT_FALSE(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) << "the server says nothing";
  if (got <= 0) return false;
  buffer_.append(part, static_cast<std::size_t>(got));
  return true;
}

Answer RawClient::read(bool head_only) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more()) return {};
  Answer answer{.head = buffer_.substr(0, end + 2)};
  buffer_.erase(0, end + 4);
  std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
  std::size_t size = 0;
  const std::string length = answer.header("Content-Length");
  std::from_chars(length.data(), length.data() + length.size(), size);
  if (!head_only) answer.body = read_bytes(size);
  return answer;
}

std::string RawClient::read_bytes(std::size_t count) {
  while (buffer_.size() < count && read_more()) {
  }
  std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, bytes.size());
  return bytes;
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::has_answer() {
  char byte = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return !buffer_.empty() || got >= 0;
}

void RawClient::finish() { socket_.shutdown(boost::asio::socket_base::shutdown_send); }

TestServer::TestServer(ServerConfig config, Gate shared)
    : log([this](std::string_view line) { logged += line; }, [] { return Time(); }),
      routes(test_routes()),
      gate(std::move(shared)),
      server(on_free_port(std::move(config)), routes, gate, {metrics, log}) {
  const Status started = server.start();
  EXPECT_TRUE(started) << (started.ok() ? "" : started.error().what);
}

TestServer::~TestServer() { server.stop(std::chrono::seconds(5)); }

double TestServer::metric(std::string_view line) const {
  const std::string all = exposition(metrics);
  const std::size_t at = all.find("\n" + std::string(line) + " ");
  if (at == std::string::npos) return 0;
  double value = 0;
  std::from_chars(all.data() + at + line.size() + 2, all.data() + all.size(), value);
  return value;
}

}  // namespace millrace::http
