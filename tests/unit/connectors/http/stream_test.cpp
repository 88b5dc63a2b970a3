// Answers without an end.
#include "tests/unit/connectors/http/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace millrace::http {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

class StreamTest : public testing::Test {
 protected:
  void start(ServerConfig config = {}) {
    routes_.add({.pattern = "/", .handler = [this](const Request&, const ReplyRef& reply) {
                   opened_.set_value(reply->stream({.content_type = "text/event-stream"},
                                                   [this] { gone_.set_value(); }));
                 }});
    config.listen = {"127.0.0.1:0"};
    server_.emplace(config, routes_, gate_, ServerEnvironment{other_.metrics, other_.log});
    EXPECT_TRUE(server_->start());
  }
  std::shared_ptr<Stream> opened() { return opened_.get_future().get(); }
  // Returns when the writer has been told that the reader is gone.
  void wait_until_gone() { gone_.get_future().get(); }

  TestServer other_;
  std::promise<std::shared_ptr<Stream>> opened_;
  std::promise<void> gone_;
  Routes routes_;
  Gate gate_;
  std::optional<Server> server_;
};

TEST_F(StreamTest, IsWrittenAsItComesFromAnyThread) {
  start();
  RawClient client(server_->port());
  client.send(kGet);
  const auto stream = opened();
  const Answer head = client.read();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(head.header("Connection"), "close");
  EXPECT_TRUE(stream->write("data: 1\n\n"));
  EXPECT_EQ(client.read_bytes(14), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(stream->write("data: 2\n\n"));
  EXPECT_EQ(client.read_bytes(14), "9\r\ndata: 2\n\n\r\n");
  stream->close("bye");
  EXPECT_EQ(client.read_to_end(), "3\r\nbye\r\n0\r\n\r\n");
  EXPECT_FALSE(stream->write("late"));
}

TEST_F(StreamTest, EndsWithTheConnectionForAnOldClient) {
  start();
  RawClient client(server_->port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  const auto stream = opened();
  EXPECT_EQ(client.read().header("Transfer-Encoding"), "");
  stream->close("all");
  EXPECT_EQ(client.read_to_end(), "all");
}

TEST_F(StreamTest, HasNothingForHead) {
  start();
  RawClient client(server_->port());
  client.send("HEAD / HTTP/1.1\r\nHost: shop\r\n\r\n");
  const auto stream = opened();
  EXPECT_EQ(client.read(true).status, 200);
  EXPECT_EQ(client.read_to_end(), "");
  wait_until_gone();
  EXPECT_FALSE(stream->write("data"));
}

TEST_F(StreamTest, SaysOnceThatTheReaderIsGone) {
  start();
  std::optional<RawClient> client(std::in_place, server_->port());
  client->send(kGet);
  const auto stream = opened();
  client->read();
  client.reset();
  wait_until_gone();  // a second time would throw
  EXPECT_FALSE(stream->write("data"));
  stream->close("");
}

TEST_F(StreamTest, HoldsNoMoreThanItsBoundForASlowReader) {
  ServerConfig config;
  config.stream_waiting_max = config::kibibytes(64);
  start(config);
  RawClient client(server_->port());
  client.send(kGet);
  const auto stream = opened();
  // The kernel takes some megabytes before anything waits here.
  std::size_t taken = 0;
  int refused = 0;
  while (refused < 1'000) {
    if (stream->write(std::string(10'000, 'x'))) {
      ++taken;
      refused = 0;
    } else {
      ++refused;
      std::this_thread::yield();
    }
  }
  stream->close("too slow");
  client.read();
  const std::string rest = client.read_to_end();
  EXPECT_EQ(static_cast<std::size_t>(std::count(rest.begin(), rest.end(), 'x')), taken * 10'000);
  EXPECT_THAT(rest, testing::HasSubstr("too slow\r\n0\r\n\r\n"));
}

TEST_F(StreamTest, CutsOffAReaderThatTakesNothing) {
  ServerConfig config;
  config.transfer_grace = std::chrono::milliseconds(50);
  config.transfer_rate_min = config::mebibytes(1024);
  config.stream_waiting_max = config::mebibytes(32);
  start(config);
  RawClient client(server_->port());
  client.send(kGet);
  const auto stream = opened();
  stream->write(std::string(30 << 20, 'x'));
  wait_until_gone();
  EXPECT_FALSE(stream->write("data"));
}

TEST_F(StreamTest, EndsWhenTheServerStops) {
  start();
  RawClient client(server_->port());
  client.send(kGet);
  const auto stream = opened();
  client.read();
  stream->write("data");
  EXPECT_EQ(client.read_bytes(9), "4\r\ndata\r\n");
  auto stopped =
      std::async(std::launch::async, [&] { server_->stop(std::chrono::milliseconds(1)); });
  EXPECT_THAT(client.read_to_end(), testing::AnyOf("0\r\n\r\n", ""));
  wait_until_gone();
  stopped.get();
  EXPECT_FALSE(stream->write("data"));
}

TEST(GateTest, RefusesByTheHeadAndFinishesEveryAnswer) {
  Gate gate;
  gate.admit = [](const Request& request, const Route& route) -> std::optional<Response> {
    if (route.pattern != "/echo" || request.header("authorization") == "key") return {};
    return refusal(401, "no_key", "a key is needed");
  };
  gate.finish = [](const Request& request, const Route&, Response& response) {
    response.headers.emplace_back("X-Origin", request.header("origin"));
  };
  const TestServer server({}, gate);
  RawClient client = server.client();
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: shop\r\nOrigin: a\r\n\r\n").header("X-Origin"),
            "a");
  const Answer let_in = client.ask(
      "POST /echo HTTP/1.1\r\nHost: shop\r\nAuthorization: key\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(let_in.body, "hi");
  // Too large is the server's own word, and its headers are there all the same.
  const Answer large = server.client().ask(
      "POST /echo HTTP/1.1\r\nHost: shop\r\nAuthorization: key\r\nOrigin: b\r\n"
      "Content-Length: 100000\r\n\r\n");
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.header("X-Origin"), "b");
  // Before the body was sent, which then is not waited for.
  const Answer refused =
      client.ask("POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("X-Millrace-Reason"), "no_key");
  EXPECT_EQ(refused.header("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace millrace::http
