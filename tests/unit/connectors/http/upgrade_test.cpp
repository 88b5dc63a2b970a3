#include "connectors/http/upgrade.hpp"

#include "tests/unit/connectors/http/raw_client.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace millrace::http {
namespace {

namespace websocket = boost::beast::websocket;
using ErrorCode = boost::system::error_code;

// Answers each message by itself, as a connector built on the seam would.
class Echo : public std::enable_shared_from_this<Echo> {
 public:
  explicit Echo(Upgraded&& upgraded)
      : socket_(std::move(upgraded.transport)),
        head_(std::move(upgraded.bytes)),
        seat_(std::move(upgraded.seat)) {}

  void start() {
    seat_->on_stop([this, self = shared_from_this()](bool now) {
      if (now) beast_close_socket(socket_.next_layer());
    });
    socket_.async_accept(boost::asio::buffer(head_), [self = shared_from_this()](ErrorCode error) {
      if (!error) self->read();
    });
  }

 private:
  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](ErrorCode error, std::size_t) {
      if (error) return self->seat_.reset();
      self->socket_.async_write(self->buffer_.data(), [self](ErrorCode failed, std::size_t) {
        self->buffer_.clear();
        if (!failed) self->read();
      });
    });
  }

  websocket::stream<Transport> socket_;
  std::string head_;
  std::unique_ptr<Seat> seat_;
  boost::beast::flat_buffer buffer_{64 << 10};
};

const std::string kHandshake =
    "GET /live/7?x=1 HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
// A masked text frame "hi" with a mask of zeros, and what comes back.
const std::string kHi("\x81\x82\0\0\0\0hi", 8);
const std::string kHiBack = "\x81\x02hi";
const std::string kClose("\x88\x82\0\0\0\0\x03\xe8", 8);

class UpgradeTest : public testing::Test {
 protected:
  UpgradeTest() {
    routes_.add(
        {.pattern = "/live/{id}", .upgrade = [this](const Request& request, Upgraded&& upgraded) {
           seen_ = std::string(request.capture("id")) + "?" + std::string(request.query);
           std::make_shared<Echo>(std::move(upgraded))->start();
         }});
    routes_.add({.pattern = "/", .handler = [](const Request&, const ReplyRef& reply) {
                   reply->send({.body = "hello"});
                 }});
    ServerConfig config;
    config.listen = {"127.0.0.1:0"};
    server_.emplace(config, routes_, gate_, ServerEnvironment{other_.metrics, other_.log});
    EXPECT_TRUE(server_->start());
  }

  TestServer other_;
  std::string seen_;
  Routes routes_;
  Gate gate_;
  std::optional<Server> server_;
};

TEST_F(UpgradeTest, HandsOverTheConnectionWithWhatWasRead) {
  RawClient client(server_->port());
  // A request before, and a frame behind, all in one piece.
  client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n" + kHandshake + kHi);
  EXPECT_EQ(client.read().body, "hello");
  const Answer answer = client.read();
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client.read_bytes(4), kHiBack);
  client.send(kHi);
  EXPECT_EQ(client.read_bytes(4), kHiBack);
  client.send(kClose);
  EXPECT_THAT(client.read_to_end(), testing::StartsWith("\x88"));
  EXPECT_EQ(seen_, "7?x=1");
}

TEST_F(UpgradeTest, IsAskedForInTheRightWay) {
  RawClient client(server_->port());
  const Answer answer = client.ask("GET /live/7 HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_EQ(answer.status, 426);
  EXPECT_EQ(answer.header("Upgrade"), "websocket");
  client.send("HEAD /live/7 HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_EQ(client.read(true).status, 405);
}

TEST_F(UpgradeTest, CountsAgainstTheLimitsAndEndsWithTheServer) {
  RawClient client(server_->port());
  EXPECT_EQ(client.ask(kHandshake).status, 101);
  EXPECT_EQ(other_.metric("millrace_http_connections"), 1);
  server_->stop(std::chrono::milliseconds(1));
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace millrace::http
