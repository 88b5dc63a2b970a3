#include "connectors/http/server.hpp"

#include "tests/unit/connectors/http/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace millrace::http {
namespace {

using testing::HasSubstr;

std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: shop\r\n" + more + "\r\n";
}

std::string post(const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST(Server, AnswersOneRequestAfterTheOtherOnAConnection) {
  const TestServer server;
  RawClient client = server.client();
  for (const std::string word : {"a", "b", "c"}) {
    const Answer answer = client.ask(get("/say/" + word));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, word);
    EXPECT_EQ(answer.header("Content-Type"), "text/plain");
    EXPECT_THAT(answer.header("Date"), HasSubstr("GMT"));
    EXPECT_EQ(answer.header("Connection"), "");
  }
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  const TestServer server;
  RawClient client = server.client();
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += i % 10 == 3 ? get("/later?" + std::to_string(i)) : get("/say/" + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(client.read().body, (i % 10 == 3 ? "later " : "") + std::to_string(i));
}

TEST(Server, TakesBodiesHoweverTheyAreCut) {
  const TestServer server;
  RawClient client = server.client();
  std::string large;
  for (int i = 0; i < 10'000; ++i) large += std::to_string(i % 10);
  EXPECT_EQ(client.ask(post("")).body, "");
  EXPECT_EQ(client.ask(post("small")).body, "small");
  EXPECT_EQ(client.ask(post(large)).body, large);
  // Two in one piece, then one byte after the other.
  client.send(post("one") + post("two"));
  EXPECT_EQ(client.read().body, "one");
  EXPECT_EQ(client.read().body, "two");
  for (const char c : post("bytes")) client.send(std::string(1, c));
  EXPECT_EQ(client.read().body, "bytes");
}

TEST(Server, TakesChunkedBodies) {
  const TestServer server;
  RawClient client = server.client();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body =
      "5;name=value\r\nhello\r\n1\r\n,\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n";
  // With the next request right behind it.
  client.send(head + body + get("/say/next"));
  EXPECT_EQ(client.read().body, "hello,0123456789");
  EXPECT_EQ(client.read().body, "next");
  for (const char c : head + body) client.send(std::string(1, c));
  EXPECT_EQ(client.read().body, "hello,0123456789");
  client.send(head + "0\r\n\r\n");
  EXPECT_EQ(client.read().body, "");
}

TEST(Server, AnswersFromAnotherThread) {
  const TestServer server;
  RawClient client = server.client();
  EXPECT_EQ(client.ask(get("/later?1")).body, "later 1");
  EXPECT_EQ(client.ask(get("/later?2")).body, "later 2");
}

TEST(Server, AnswersWhereTheHandlerForgetsTo) {
  const TestServer server;
  RawClient client = server.client();
  const Answer answer = client.ask(get("/never"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("X-Millrace-Reason"), "no_answer");
  EXPECT_EQ(client.ask(get("/")).body, "hello");
}

TEST(Server, AnswersHeadWithTheHeadersOfGet) {
  const TestServer server;
  RawClient client = server.client();
  client.send("HEAD / HTTP/1.1\r\nHost: shop\r\n\r\n" + get("/say/next"));
  const Answer head = client.read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "5");
  EXPECT_EQ(client.read().body, "next");
}

TEST(Server, SaysWhatAPathKnows) {
  const TestServer server;
  RawClient client = server.client();
  const Answer wrong = client.ask("DELETE /echo HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "OPTIONS, POST");
  EXPECT_EQ(client.ask(get("/nothing")).status, 404);
  const Answer options = client.ask("OPTIONS /echo HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("Allow"), "OPTIONS, POST");
  EXPECT_EQ(options.header("Content-Length"), "");
  EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n").status, 204);
  EXPECT_EQ(client.ask(get("/")).body, "hello");
}

TEST(Server, LetsTheGateAnswerAPreflightForTheRouteThatIsMeant) {
  Gate gate;
  gate.finish = [](const Request&, const Route& route, Response& response) {
    response.headers.emplace_back("X-Route", route.pattern);
  };
  const TestServer server({}, gate);
  RawClient client = server.client();
  const Answer answer = client.ask(
      "OPTIONS /echo HTTP/1.1\r\nHost: shop\r\nAccess-Control-Request-Method: POST\r\n\r\n");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("X-Route"), "/echo");
  EXPECT_EQ(client.ask("OPTIONS /nowhere HTTP/1.1\r\nHost: shop\r\n\r\n").status, 404);
}

TEST(Server, InvitesTheBodyThatWasAskedFor) {
  const TestServer server;
  RawClient client = server.client();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  client.send(head);
  EXPECT_EQ(client.read().status, 100);
  EXPECT_EQ(client.ask("body").body, "body");
  // Who does not wait is not invited.
  client.send(head + "body");
  EXPECT_EQ(client.read().status, 200);
}

TEST(Server, RefusesAnUnwantedBodyBeforeItComes) {
  const TestServer server;
  RawClient client = server.client();
  const Answer answer = client.ask(
      "POST /echo HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: "
      "65537\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(answer.header("X-Millrace-Reason"), "body_too_large");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Server, LetsAClientReadItsRefusalWhileItStillSends) {
  const TestServer server;
  RawClient client = server.client();
  client.send("POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 2000000\r\n\r\n");
  client.send(std::string(1'000'000, 'x'));
  EXPECT_EQ(client.read().status, 413);
}

TEST(Server, ClosesWhenAskedTo) {
  const TestServer server;
  {
    RawClient client = server.client();
    const Answer answer = client.ask(get("/", "Connection: close\r\n"));
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(client.read_to_end(), "");
  }
  {
    RawClient client = server.client();
    EXPECT_EQ(client.ask("GET / HTTP/1.0\r\n\r\n").body, "hello");
    EXPECT_EQ(client.read_to_end(), "");
  }
  RawClient client = server.client();
  const Answer kept = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.header("Connection"), "keep-alive");
  EXPECT_EQ(client.ask(get("/")).body, "hello");
}

TEST(Server, AnswersAClientThatHasSaidItsLast) {
  const TestServer server;
  RawClient client = server.client();
  client.send(get("/say/one") + get("/later"));
  client.finish();
  EXPECT_EQ(client.read().body, "one");
  EXPECT_EQ(client.read().body, "later ");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Server, ServesOnSeveralThreads) {
  ServerConfig config;
  config.io_threads = 3;
  const TestServer server(config);
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 8; ++i)
    clients.push_back(std::async(std::launch::async, [&] {
      RawClient client = server.client();
      int right = 0;
      for (int n = 0; n < 50; ++n) {
        right += client.ask(get("/say/x")).body == "x";
        right += client.ask(get("/later?y")).body == "later y";
      }
      return right;
    }));
  for (auto& client : clients) EXPECT_EQ(client.get(), 100);
}

TEST(Server, FinishesWhatItHasBegunWhenItStops) {
  std::promise<ReplyRef> asked;
  TestServer server;
  Routes routes;
  routes.add({.pattern = "/", .handler = [&](const Request&, ReplyRef reply) {
                asked.set_value(std::move(reply));
              }});
  ServerConfig config;
  config.listen = {"127.0.0.1:0"};
  Server slow(config, routes, server.gate, {server.metrics, server.log});
  ASSERT_TRUE(slow.start());
  RawClient idle(slow.port());
  std::optional<RawClient> client(std::in_place, slow.port());
  client->send(get("/"));
  ReplyRef reply = asked.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { slow.stop(std::chrono::seconds(20)); });
  EXPECT_EQ(idle.read_to_end(), "");
  reply->send({.content_type = "text/plain", .body = "late"});
  const Answer answer = client->read();
  EXPECT_EQ(answer.body, "late");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(client->read_to_end(), "");
  client.reset();
  stopped.get();
}

TEST(Server, CutsWhatIsStillOpenAtTheDeadline) {
  std::promise<ReplyRef> asked;
  TestServer server;
  Routes routes;
  routes.add({.pattern = "/", .handler = [&](const Request&, ReplyRef reply) {
                asked.set_value(std::move(reply));
              }});
  ServerConfig config;
  config.listen = {"127.0.0.1:0"};
  Server slow(config, routes, server.gate, {server.metrics, server.log});
  ASSERT_TRUE(slow.start());
  RawClient client(slow.port());
  client.send(get("/"));
  const ReplyRef reply = asked.get_future().get();
  slow.stop(std::chrono::milliseconds(1));
  EXPECT_EQ(client.read_to_end(), "");
  reply->send({});  // to nobody
}

TEST(Server, DoesNotListenWhereOthersCanReachItUnlessToldTo) {
  TestServer server;
  ServerConfig config;
  config.listen = {"0.0.0.0:0"};
  Server refused(config, server.routes, server.gate, {server.metrics, server.log});
  const Status started = refused.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().what, HasSubstr("expose"));
  config.expose = true;
  Server allowed(config, server.routes, server.gate, {server.metrics, server.log});
  EXPECT_TRUE(allowed.start());
}

TEST(Server, SaysWhichAddressIsTaken) {
  TestServer server;
  ServerConfig config;
  config.listen = {"127.0.0.1:" + std::to_string(server.port())};
  Server second(config, server.routes, server.gate, {server.metrics, server.log});
  const Status started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fault, Fault::kBusy);
  EXPECT_THAT(started.error().what, HasSubstr(config.listen[0]));
}

TEST(Server, CountsByRouteAndStatus) {
  const TestServer server;
  RawClient client = server.client();
  client.ask(get("/say/a"));
  client.ask(get("/say/b"));
  client.ask(get("/nothing"));
  EXPECT_EQ(server.metric(
                R"(millrace_http_requests_total{method="GET",route="/say/{word}",status="2xx"})"),
            2);
  EXPECT_EQ(
      server.metric(R"(millrace_http_requests_total{method="any",route="none",status="4xx"})"), 1);
  EXPECT_EQ(server.metric("millrace_http_connections"), 1);
}

}  // namespace
}  // namespace millrace::http
