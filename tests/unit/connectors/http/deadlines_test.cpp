// Clients that are slow, many, or behind a proxy.
#include "tests/unit/connectors/http/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <future>
#include <thread>

namespace millrace::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kGet = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

TEST(Deadline, CutsOffASlowHead) {
  ServerConfig config;
  config.head_timeout = milliseconds(30);
  const TestServer server(config);
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\nHost:");
  const Answer answer = client.read();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.header("X-Millrace-Reason"), "slow_head");
  EXPECT_EQ(client.read_to_end(), "");
}

// However many bytes it sends meanwhile, within what a head may have.
TEST(Deadline, ForTheHeadIsForAllOfIt) {
  ServerConfig config;
  config.head_timeout = milliseconds(30);
  const TestServer server(config);
  RawClient client = server.client();
  client.send("GET / HTTP/1.1\r\nX: ");
  std::size_t sent = 0;
  while (sent < 30'000 && client.send("a") && !client.has_answer()) ++sent;
  EXPECT_EQ(client.read().header("X-Millrace-Reason"), "slow_head");
}

TEST(Deadline, CutsOffASlowBody) {
  ServerConfig config;
  config.transfer_grace = milliseconds(30);
  config.transfer_rate_min = config::kibibytes(1024);
  const TestServer server(config);
  for (const std::string head : {"Content-Length: 1000\r\n\r\nstart",
                                 "Content-Length: 1000\r\n\r\n",
                                 "Transfer-Encoding: chunked\r\n\r\n5\r\nstart"}) {
    RawClient client = server.client();
    client.send("POST /echo HTTP/1.1\r\nHost: shop\r\n" + head);
    EXPECT_EQ(client.read().header("X-Millrace-Reason"), "slow_body");
    EXPECT_EQ(client.read_to_end(), "");
  }
}

TEST(Deadline, ClosesAnIdleConnection) {
  ServerConfig config;
  config.idle_timeout = milliseconds(30);
  const TestServer server(config);
  RawClient fresh = server.client();
  EXPECT_EQ(fresh.read_to_end(), "");
  RawClient used = server.client();
  EXPECT_EQ(used.ask(kGet).body, "hello");
  EXPECT_EQ(used.read_to_end(), "");
}

TEST(Deadline, CutsOffASlowReader) {
  ServerConfig config;
  config.transfer_grace = milliseconds(50);
  config.transfer_rate_min = config::mebibytes(1024);
  TestServer server(config);
  Routes routes;
  routes.add({.pattern = "/", .handler = [](const Request&, const ReplyRef& reply) {
                reply->send({.body = std::string(32 << 20, 'x')});
              }});
  config.listen = {"127.0.0.1:0"};
  Server large(config, routes, server.gate, {server.metrics, server.log});
  ASSERT_TRUE(large.start());
  RawClient client(large.port());
  client.send(kGet);
  while (server.metric(R"(millrace_http_cut_connections_total{reason="slow_reader"})") == 0)
    std::this_thread::yield();
  EXPECT_LT(client.read_to_end().size(), std::size_t{32} << 20);
}

TEST(Deadline, CutsOffAnAnswerThatDoesNotCome) {
  std::promise<ReplyRef> asked;
  ServerConfig config;
  config.answer_timeout = milliseconds(30);
  TestServer server(config);
  Routes routes;
  routes.add({.pattern = "/", .handler = [&](const Request&, ReplyRef reply) {
                asked.set_value(std::move(reply));
              }});
  config.listen = {"127.0.0.1:0"};
  Server slow(config, routes, server.gate, {server.metrics, server.log});
  ASSERT_TRUE(slow.start());
  RawClient client(slow.port());
  client.send(kGet);
  const ReplyRef reply = asked.get_future().get();
  EXPECT_EQ(client.read_to_end(), "");
  reply->send({});  // to nobody
}

TEST(Limit, OfConnectionsIsAnswered503) {
  ServerConfig config;
  config.connections_max = 2;
  config.idle_timeout_crowded = std::chrono::minutes(1);
  const TestServer server(config);
  RawClient first = server.client();
  EXPECT_EQ(first.ask(kGet).status, 200);
  std::optional<RawClient> second(std::in_place, server.port());
  EXPECT_EQ(second->ask(kGet).status, 200);
  RawClient third = server.client();
  const Answer answer = third.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_EQ(third.read_to_end(), "");
  EXPECT_EQ(server.metric(R"(millrace_http_refused_connections_total{reason="connections_max"})"),
            1);
  // A place that is given back is taken again.
  second.reset();
  while (server.client().ask(kGet).status != 200) {
  }
}

TEST(Limit, OfOneAddressDoesNotConcernOthersOrTrustedProxies) {
  ServerConfig config;
  config.connections_per_address_max = 1;
  config.idle_timeout_crowded = std::chrono::minutes(1);
  {
    const TestServer server(config);
    RawClient first = server.client();
    EXPECT_EQ(first.ask(kGet).status, 200);
    EXPECT_EQ(server.client().read().status, 503);
    EXPECT_EQ(RawClient(server.port(), "127.0.0.1", "127.0.0.2").ask(kGet).status, 200);
  }
  config.trusted_proxies = {"127.0.0.1"};
  const TestServer server(config);
  RawClient first = server.client();
  EXPECT_EQ(first.ask(kGet).status, 200);
  EXPECT_EQ(server.client().ask(kGet).status, 200);
}

TEST(Limit, IsNotReachedByConnectionsThatNobodyUses) {
  ServerConfig config;
  config.io_threads = 1;
  config.connections_per_address_max = 4;
  config.idle_timeout_crowded = milliseconds(20);
  const TestServer server(config);
  std::deque<RawClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(server.port());
    EXPECT_EQ(clients.back().ask(kGet).status, 200);
  }
  // Three quarters may stay.
  const auto closed = [&] {
    return std::count_if(
        clients.begin(), clients.end(), [](RawClient& client) { return client.has_answer(); });
  };
  while (closed() == 0) std::this_thread::yield();
  EXPECT_EQ(server.client().ask(kGet).status, 200);
  EXPECT_EQ(closed(), 1);
}

TEST(Limit, OfAllBodiesIsAnswered503) {
  ServerConfig config;
  config.bodies_max = config::mebibytes(1);
  TestServer server(config);
  Routes routes;
  routes.add({.method = Method::kPost,
              .pattern = "/",
              .body_max = 4 << 20,
              .handler = [](const Request& request, const ReplyRef& reply) {
                reply->send({.body = std::to_string(request.body.size())});
              }});
  config.listen = {"127.0.0.1:0"};
  Server small(config, routes, server.gate, {server.metrics, server.log});
  ASSERT_TRUE(small.start());
  const auto post = [&](std::size_t size) {
    RawClient client(small.port());
    client.send("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: " + std::to_string(size) +
                "\r\n\r\n");
    client.send(std::string(size, 'x'));
    return client.read();
  };
  EXPECT_EQ(post(900 << 10).body, std::to_string(900 << 10));
  const Answer answer = post(2 << 20);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("X-Millrace-Reason"), "overloaded");
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_EQ(post(900 << 10).status, 200) << "what was taken is given back";
}

TEST(Proxy, IsBelievedOnlyIfItIsTrusted) {
  const std::string asked =
      "GET /facts HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 1.1.1.1, 203.0.113.9\r\n"
      "X-Forwarded-Proto: https\r\n\r\n";
  EXPECT_EQ(TestServer().client().ask(asked).body, "127.0.0.1 plain");
  ServerConfig config;
  config.trusted_proxies = {"127.0.0.0/8"};
  const TestServer server(config);
  RawClient client = server.client();
  EXPECT_EQ(client.ask(asked).body, "203.0.113.9 secure");
  // The next request on the same connection is another client's.
  EXPECT_EQ(client.ask("GET /facts HTTP/1.1\r\nHost: shop\r\n\r\n").body, "127.0.0.1 plain");
}

TEST(Proxy, SaysInItsHeaderWhoseConnectionItIs) {
  const std::string facts = "GET /facts HTTP/1.1\r\nHost: shop\r\n\r\n";
  const std::string header(
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xcb\x00\x71\x09\x7f\x00\x00\x01\x12\x67\x01\xbb", 28);
  ServerConfig config;
  config.proxy_protocol = true;
  config.trusted_proxies = {"127.0.0.1"};
  const TestServer server(config);
  RawClient client = server.client();
  client.send(header + facts);
  EXPECT_EQ(client.read().body, "203.0.113.9 plain");
  EXPECT_EQ(client.ask(facts).body, "203.0.113.9 plain");

  RawClient slow = server.client();
  for (const char c : header + facts) slow.send({&c, 1});
  EXPECT_EQ(slow.read().body, "203.0.113.9 plain");
  // Without the header, and from elsewhere.
  EXPECT_EQ(server.client().ask(facts).status, 0);
  EXPECT_EQ(RawClient(server.port(), "127.0.0.1", "127.0.0.2").ask(header + facts).status, 0);
}

// The header is no request: where it is not expected, it is refused as one.
TEST(Proxy, HeaderIsNotGuessed) {
  const TestServer server;
  RawClient client = server.client();
  EXPECT_EQ(client.ask(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x00", 16)).status, 400);
}

}  // namespace
}  // namespace millrace::http
