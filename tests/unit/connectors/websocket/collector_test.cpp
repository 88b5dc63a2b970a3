#include "connectors/websocket/collector.hpp"

#include "engine/metrics/exposition.hpp"
#include "tests/support/collecting.hpp"
#include "tests/unit/connectors/websocket/loopback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <set>

namespace millrace::websocket {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A journal that answers when the test lets it.
class SlowIntake final : public Intake {
 public:
  bool offer(std::string payload, Time received, Answer answer) override {
    const std::scoped_lock lock(mutex_);
    Hit hit;
    if (!room || !decode_hit(payload, received, hit)) return false;
    if (hit.kind == HitKind::kRefused) {
      refused.emplace_back(hit.reason);
      return true;
    }
    bodies.emplace_back(hit.body);
    agents.emplace_back(hit.user_agent);
    if (at_once)
      answer(Position{bodies.size() - 1});
    else
      answers_.push_back(std::move(answer));
    changed_.notify_all();
    return true;
  }
  // Answers what waits, once that is so many.
  void answer(std::size_t count) {
    std::deque<Answer> answers;
    {
      std::unique_lock lock(mutex_);
      ASSERT_TRUE(changed_.wait_for(
          lock, std::chrono::seconds(10), [&] { return answers_.size() >= count; }));
      answers.swap(answers_);
    }
    for (const auto& answer : answers) answer(Position{7});
  }
  std::size_t count() {
    const std::scoped_lock lock(mutex_);
    return bodies.size();
  }

  bool room = true;
  bool at_once = true;
  std::vector<std::string> bodies;
  std::vector<std::string> agents;
  std::vector<std::string> refused;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Answer> answers_;
};

admission::Keys some_keys() {
  admission::KeysConfig config;
  config.write = {
      {.key = "wk1", .source = "web", .origins = {}, .rate = {}},
      {.key = "bound", .source = "shop", .origins = {"https://shop.example"}, .rate = {}}};
  return admission::Keys(config);
}

class WebSocketCollectorTest : public ::testing::Test {
 protected:
  ~WebSocketCollectorTest() override { server_.reset(); }

  RawClient connect(const std::string& headers = {}) {
    if (!server_) {
      collector_.emplace(config_, admission_, [] { return from_millis(1'795'294'800'000); });
      collector_->add_routes(routes_);
      server_.emplace(routes_.all().front().upgrade);
    }
    return RawClient(server_->port(), headers);
  }
  // Says hello; the session's token.
  std::string greet(RawClient& client, const std::string& resume = {}) {
    client.say(R"({"type":"hello","key":"wk1","resume":")" + resume + R"("})");
    const auto welcome = client.hear();
    EXPECT_THAT(welcome, HasSubstr(R"("type":"welcome")"));
    const auto at = welcome.find(R"("session":")") + 11;
    return welcome.substr(at, 32);
  }
  static std::string page(const std::string& id) {
    return R"({"type":"page","messageId":")" + id + R"(","anonymousId":"a"})";
  }

  SlowIntake intake_;
  Metrics metrics_;
  admission::KeyRing ring_{some_keys()};
  admission::Collector admission_{{}, intake_, ring_, metrics_};
  CollectorConfig config_;
  http::Routes routes_;
  std::optional<Collector> collector_;
  std::optional<Loopback> server_;
};

TEST_F(WebSocketCollectorTest, AnEventIsJournaledAsItWasSentAndThenAcknowledged) {
  intake_.at_once = false;
  auto client = connect();
  greet(client);
  client.say(page("m1"));
  intake_.answer(1);
  EXPECT_EQ(client.hear(),
            R"({"type":"ack","acks":[{"id":"m1","status":"ok","position":7}],"credit":1})");
  EXPECT_THAT(intake_.bodies, ::testing::ElementsAre(page("m1")));
}

TEST_F(WebSocketCollectorTest, BinaryFramesHoldTheSameMessages) {
  auto client = connect();
  greet(client);
  client.send(frame(page("m1"), {.opcode = 2}));
  EXPECT_THAT(client.hear(), HasSubstr(R"("status":"ok")"));
  client.send(frame("\xff", {.opcode = 2}));
  EXPECT_THAT(client.hear(), HasSubstr(R"("reason":"invalid_utf8")"));
}

TEST_F(WebSocketCollectorTest, WhatCannotBeReadIsRejectedWithItsPlaceAndKept) {
  auto client = connect();
  greet(client);
  client.say(R"({"type":"page",})");
  EXPECT_THAT(client.hear(),
              HasSubstr(R"({"type":"rejected","reason":"malformed_json","detail":)"));
  client.say(R"({"batch":[7,)" + page("m1") + "]}");
  EXPECT_THAT(client.hear(),
              HasSubstr(R"({"index":0,"status":"rejected","reason":"not_an_event")"));
  EXPECT_THAT(client.hear(), HasSubstr(R"({"id":"m1","status":"ok")"));
  EXPECT_THAT(intake_.refused, ::testing::ElementsAre("malformed_json", "not_an_event"));
}

TEST_F(WebSocketCollectorTest, WhereThereIsNoRoomTheSenderMayTryAgain) {
  auto client = connect();
  greet(client);
  intake_.room = false;
  client.say(page("m1"));
  EXPECT_THAT(client.hear(),
              HasSubstr(R"([{"id":"m1","status":"retry","reason":"overloaded","after":1}])"));
}

TEST_F(WebSocketCollectorTest, WhoMayNotSendIsToldWhyAndClosed) {
  const auto reason = [&](const std::string& message, const std::string& headers = {}) {
    auto client = connect(headers);
    client.say(message);
    const auto closing = client.closing();
    EXPECT_EQ(closing.code(), 1008u);
    return closing.reason();
  };
  EXPECT_EQ(reason(R"({"type":"hello","key":"nobody"})"), "unknown_key");
  EXPECT_EQ(reason(R"({"type":"hello"})"), "unknown_key");
  EXPECT_EQ(reason(R"({"type":"hello","key":"wk1","source":"shop"})"), "wrong_source");
  EXPECT_EQ(reason(page("m1")), "hello_expected");
  EXPECT_EQ(reason("{"), "hello_expected");
  EXPECT_EQ(reason(R"({"type":"hello","key":"bound"})", "Origin: https://evil.example\r\n"),
            "origin_not_allowed");
  EXPECT_THAT(intake_.bodies, IsEmpty());
  auto client = connect("Origin: https://shop.example\r\n");
  client.say(R"({"type":"hello","key":"bound","source":"shop"})");
  EXPECT_THAT(client.hear(), HasSubstr("welcome"));
  client.say(R"({"type":"hello","key":"bound"})");
  EXPECT_EQ(client.closing().reason(), "second_hello");
}

TEST_F(WebSocketCollectorTest, WhoeverSaysNoHelloIsClosed) {
  config_.hello_within = std::chrono::milliseconds(20);
  auto client = connect();
  EXPECT_EQ(client.closing().reason(), "silent");
}

TEST_F(WebSocketCollectorTest, APingIsAnswered) {
  auto client = connect();
  greet(client);
  client.say(R"({"type":"ping"})");
  EXPECT_EQ(client.hear(), R"({"type":"pong"})");
}

TEST_F(WebSocketCollectorTest, CreditThatIsUsedUpTurnsEventsBackUntilTheJournalAnswers) {
  intake_.at_once = false;
  config_.credit = 3;
  auto client = connect();
  greet(client);
  for (const char* const id : {"a", "b", "c", "d"}) client.say(page(id));
  EXPECT_THAT(client.hear(), HasSubstr(R"([{"id":"d","status":"retry","reason":"no_credit",)"));
  intake_.answer(3);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(client.hear(), HasSubstr(R"("status":"ok")"));
  client.say(page("d"));
  intake_.answer(1);
  EXPECT_THAT(client.hear(), HasSubstr(R"([{"id":"d","status":"ok")"));
}

TEST_F(WebSocketCollectorTest, ALaterConnectionResumesWithoutLossOrDoubles) {
  intake_.at_once = false;
  auto first = connect();
  const auto token = greet(first);
  first.say(page("a"));
  first.say(page("b"));
  intake_.answer(2);
  first.hear();  // of the two acknowledgements one is read
  first.say(page("c"));
  while (intake_.count() < 3) std::this_thread::yield();
  first.disappear();
  auto second = connect();
  EXPECT_EQ(greet(second, token), token);
  second.say(R"({"batch":[)" + page("b") + "," + page("c") + "," + page("d") + "]}");
  EXPECT_THAT(second.hear(), HasSubstr(R"([{"id":"b","status":"duplicate"}],"credit":1)"));
  intake_.answer(2);
  EXPECT_THAT(second.hear(), HasSubstr(R"({"id":"c","status":"ok")"));
  EXPECT_THAT(second.hear(), HasSubstr(R"({"id":"d","status":"ok")"));
  EXPECT_THAT(
      intake_.bodies,
      ::testing::ElementsAre(page("a"), page("b"), page("c"), R"({"batch":[)" + page("d") + "]}"));
}

TEST_F(WebSocketCollectorTest, ANewConnectionTakesItsSessionOver) {
  auto first = connect();
  const auto token = greet(first);
  auto second = connect();
  EXPECT_EQ(greet(second, token), token);
  EXPECT_EQ(first.closing().code(), 4000u);
  second.say(page("a"));
  EXPECT_THAT(second.hear(), HasSubstr(R"("status":"ok")"));
  EXPECT_EQ(collector_->sessions(), 1u);
}

// Connections are cut at any moment, and the client sends again what was not acknowledged: each
// event is journaled once, and each is acknowledged.
TEST_F(WebSocketCollectorTest, CutAtAnyMomentNothingIsLostOrDoubled) {
  constexpr int kEvents = 400;
  std::string token;
  std::set<std::string> open;
  for (int i = 0; i < kEvents; ++i) open.insert(std::to_string(i));
  std::uint64_t round = 0;
  while (!open.empty()) {
    ASSERT_LT(++round, 10'000u);
    auto client = connect();
    token = greet(client, token);
    std::string all;
    std::uint64_t sent = 0;
    for (auto i = open.begin(); i != open.end() && sent < 60; ++i, ++sent) all += frame(page(*i));
    const std::uint64_t chance = mix64(round);
    const std::uint64_t torn = chance % 2;  // the last frame
    client.send(std::string_view(all).substr(0, all.size() - torn * 7));
    // Some acknowledgements are heard, the others get lost with the connection.
    for (auto heard = chance / 2 % (sent - torn + 1); heard > 0; --heard) {
      const auto ack = client.hear();
      if (ack.empty()) break;
      for (auto at = ack.find(R"("id":")"); at != std::string::npos;
           at = ack.find(R"("id":")", at + 1))
        open.erase(ack.substr(at + 6, ack.find('"', at + 6) - at - 6));
    }
    client.disappear();
  }
  std::set<std::string> unique(intake_.bodies.begin(), intake_.bodies.end());
  EXPECT_THAT(intake_.bodies, SizeIs(kEvents));
  EXPECT_THAT(unique, SizeIs(kEvents));
}

TEST_F(WebSocketCollectorTest, ConnectionsAreCounted) {
  auto client = connect();
  greet(client);
  EXPECT_THAT(exposition(metrics_), HasSubstr("millrace_websocket_connections 1\n"));
  client.disappear();
  while (server_->seats() > 0) std::this_thread::yield();
  while (exposition(metrics_).find("websocket_connections 0\n") == std::string::npos)
    std::this_thread::yield();
}

}  // namespace
}  // namespace millrace::websocket
