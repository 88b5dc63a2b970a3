#include "connectors/websocket/connection.hpp"

#include "tests/unit/connectors/websocket/loopback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

namespace millrace::websocket {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Says back what it hears.
class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    limits_.message_max = 70'000;
    limits_.pings_max = 20;
  }
  ~ConnectionTest() override { server_.reset(); }

  unsigned short port() {
    if (!server_)
      server_.emplace([this](const http::Request&, http::Upgraded&& upgraded) {
        auto box = std::make_shared<std::weak_ptr<Connection>>();
        auto made = Connection::accept(std::move(upgraded),
                                       limits_,
                                       {[box](std::string_view text) {
                                          if (const auto at = box->lock())
                                            at->write(std::string(text));
                                        },
                                        [this] { count_closed(); }});
        *box = made;
        const std::scoped_lock lock(mutex_);
        last_ = made;
        opened_.notify_all();
      });
    return server_->port();
  }
  std::shared_ptr<Connection> last() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return last_ != nullptr; });
    return last_;
  }
  void count_closed() {
    const std::scoped_lock lock(mutex_);
    ++closed_;
    opened_.notify_all();
  }
  bool all_closed(int count) {
    std::unique_lock lock(mutex_);
    return opened_.wait_for(lock, std::chrono::seconds(10), [&] { return closed_ == count; });
  }

  ConnectionLimits limits_;
  std::mutex mutex_;
  std::condition_variable opened_;
  std::shared_ptr<Connection> last_;
  int closed_ = 0;
  std::optional<Loopback> server_;
};

TEST_F(ConnectionTest, MessagesComeWholeHoweverTheyAreSent) {
  RawClient client(port());
  EXPECT_THAT(client.head, StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(client.head, ::testing::Not(HasSubstr("Sec-WebSocket-Extensions")));
  client.say("one");
  EXPECT_EQ(client.hear(), "one");
  client.send(frame("two", {.opcode = 2}));
  EXPECT_EQ(client.hear(), "two");
  client.send(frame("th", {.last = false}));
  client.send(frame("", {.opcode = 0, .last = false}));
  client.send(frame("between", {.opcode = 9}));
  client.send(frame("ree", {.opcode = 0}));
  const auto pong = client.next();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, 10u);
  EXPECT_EQ(pong->payload, "between");
  EXPECT_EQ(client.hear(), "three");
  for (const char c : frame("f\xc3\xbcnf")) client.send({&c, 1});
  EXPECT_EQ(client.hear(), "f\xc3\xbcnf");
  const std::string large(70'000, 'x');
  client.say(large);
  EXPECT_EQ(client.hear(), large);
}

TEST_F(ConnectionTest, CompressionIsNotOffered) {
  RawClient client(port(), "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  EXPECT_THAT(client.head, ::testing::Not(HasSubstr("permessage-deflate")));
}

struct Attack {
  const char* name;
  std::string bytes;
  unsigned code;
};

// RFC 6455: what a server must close on, and with which code. After Autobahn's groups 1 to 7.
std::vector<Attack> attacks() {
  return {
      {"an unmasked frame", frame("x", {.masked = false}), 1002},
      {"reserved bit 1", frame("x", {.reserved = 0x40}), 1002},
      {"reserved bit 2", frame("x", {.reserved = 0x20}), 1002},
      {"reserved bit 3", frame("x", {.reserved = 0x10}), 1002},
      {"reserved opcode 3", frame("x", {.opcode = 3}), 1002},
      {"reserved opcode 7", frame("x", {.opcode = 7}), 1002},
      {"reserved control 11", frame("x", {.opcode = 11}), 1002},
      {"reserved control 15", frame("x", {.opcode = 15}), 1002},
      {"a ping in fragments", frame("x", {.opcode = 9, .last = false}), 1002},
      {"a ping of 126 bytes", frame(std::string(126, 'x'), {.opcode = 9}), 1002},
      {"a continuation of nothing", frame("x", {.opcode = 0}), 1002},
      {"a message within a message", frame("x", {.last = false}) + frame("y"), 1002},
      {"a length that is not the shortest",
       std::string("\x81\xfe\x00\x01\x12\x34\x56\x78x", 9),
       1002},
      {"a length of 2^63", std::string("\x81\xff\x80\0\0\0\0\0\0\0\x12\x34\x56\x78", 14), 1009},
      {"a closing frame of one byte", frame("x", {.opcode = 8}), 1002},
      {"closing with 1005", frame("\x03\xed", {.opcode = 8}), 1002},
      {"closing with 999", frame("\x03\xe7", {.opcode = 8}), 1002},
      // RFC 6455 would have 1007 here; Beast says 1002, which ends the connection as well.
      {"closing with bad UTF-8", frame("\x03\xe8\xff", {.opcode = 8}), 1002},
      {"text that is not UTF-8", frame("\xce\xba\xed\xa0\x80"), 1007},
      {"text that ends within a character", frame("\xce"), 1007},
      {"a bad character in fragments",
       frame("\xce", {.last = false}) + frame("\xff", {.opcode = 0}),
       1007},
      {"a message that is too large", frame(std::string(70'001, 'x')), 1009},
      {"fragments that are too large together",
       frame(std::string(40'000, 'x'), {.last = false}) +
           frame(std::string(40'000, 'x'), {.opcode = 0}),
       1009},
      {"a length that no memory has",
       std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x12\x34\x56\x78", 14),
       1009},
  };
}

TEST_F(ConnectionTest, WhatBreaksTheProtocolIsClosedWithItsCode) {
  int count = 0;
  for (const auto& attack : attacks()) {
    RawClient client(port());
    client.send(attack.bytes);
    const auto closing = client.closing();
    EXPECT_EQ(closing.code(), attack.code) << attack.name;
    EXPECT_FALSE(client.next()) << attack.name;  // and the connection with it
    client.disappear();
    EXPECT_TRUE(all_closed(++count)) << attack.name;
  }
  EXPECT_EQ(server_->seats(), 0);
}

TEST_F(ConnectionTest, AGoodbyeIsAnsweredWithTheSameCode) {
  RawClient client(port());
  client.send(
      frame("\x03\xe8"
            "bye",
            {.opcode = 8}));
  EXPECT_EQ(client.closing().code(), 1000u);
  client.disappear();
  EXPECT_TRUE(all_closed(1));
}

TEST_F(ConnectionTest, AClientThatSpeaksBeforeItWasAnsweredIsCut) {
  RawClient client(port(), "\r\nmore than a head");
  EXPECT_EQ(client.head, "");
  EXPECT_TRUE(all_closed(1));
}

TEST_F(ConnectionTest, AFloodOfPingsIsClosed) {
  RawClient client(port());
  std::string flood;
  for (int i = 0; i < 100; ++i) flood += frame("x", {.opcode = 9});
  client.send(flood);
  const auto closing = client.closing();
  EXPECT_EQ(closing.code(), 1008u);
  EXPECT_EQ(closing.reason(), "ping_flood");
}

TEST_F(ConnectionTest, SilenceIsPingedAndThenCut) {
  limits_.silence = std::chrono::milliseconds(100);
  RawClient client(port());
  const auto ping = client.next();
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->opcode, 9u);
  EXPECT_FALSE(client.next());
  EXPECT_TRUE(all_closed(1));
}

TEST_F(ConnectionTest, APongKeepsItOpen) {
  limits_.silence = std::chrono::milliseconds(100);
  RawClient client(port());
  for (int i = 0; i < 5; ++i) {
    const auto ping = client.next();
    ASSERT_TRUE(ping) << i;
    client.send(frame(ping->payload, {.opcode = 10}));
  }
  client.say("still here");
  EXPECT_EQ(client.hear(), "still here");
}

TEST_F(ConnectionTest, WhoeverSaysNothingAtFirstIsClosed) {
  limits_.first_message = std::chrono::milliseconds(20);
  RawClient client(port());
  EXPECT_EQ(client.closing().reason(), "silent");
}

TEST_F(ConnectionTest, ItsEndComesAfterWhatWaits) {
  RawClient client(port());
  const auto connection = last();
  EXPECT_TRUE(connection->write("one"));
  connection->close(CloseCode::kTryLater, "too_slow", "last words");
  EXPECT_FALSE(connection->write("never"));
  EXPECT_EQ(client.hear(), "one");
  EXPECT_EQ(client.hear(), "last words");
  const auto closing = client.closing();
  EXPECT_EQ(closing.code(), 1013u);
  EXPECT_EQ(closing.reason(), "too_slow");
}

TEST_F(ConnectionTest, WhoDoesNotReadGetsNoMoreThanItsRoom) {
  // More than the sockets' own buffers take.
  limits_.waiting_max = 40'000'000;
  limits_.silence = std::chrono::milliseconds(200);
  RawClient client(port());
  const auto connection = last();
  const std::string message(1'000'000, 'x');
  int written = 0;
  while (connection->write(message)) ASSERT_LT(++written, 1'000);
  connection->close(CloseCode::kTryLater, "too_slow");
  EXPECT_TRUE(all_closed(1));  // by silence: its end does not get through
}

TEST_F(ConnectionTest, WhoDoesNotReadItsAnswersIsNotReadEither) {
  limits_.waiting_max = 400'000;
  RawClient client(port());
  // More than the sockets and the room hold together, of which every byte is answered.
  constexpr int kMessages = 300;
  const std::string message(60'000, 'x');
  std::thread sender([&] {
    for (int i = 0; i < kMessages; ++i) client.say(message);
  });
  for (int i = 0; i < kMessages; ++i) EXPECT_EQ(client.hear().size(), message.size()) << i;
  sender.join();
}

TEST_F(ConnectionTest, AServerThatStopsSaysGoodbye) {
  RawClient client(port());
  client.say("x");
  client.hear();
  server_->stop(false);
  const auto closing = client.closing();
  EXPECT_EQ(closing.code(), 1001u);
  EXPECT_EQ(closing.reason(), "stopping");
}

TEST_F(ConnectionTest, AServerThatMustStopNowCuts) {
  RawClient client(port());
  client.say("x");
  client.hear();
  server_->stop(true);
  EXPECT_FALSE(client.next());
  EXPECT_TRUE(all_closed(1));
  EXPECT_EQ(server_->seats(), 0);
  EXPECT_FALSE(last()->write("late"));
}

TEST_F(ConnectionTest, AClientThatDisappearsFreesItsSeat) {
  {
    RawClient client(port());
    client.say("x");
    client.hear();
    client.disappear();
  }
  EXPECT_TRUE(all_closed(1));
}

}  // namespace
}  // namespace millrace::websocket
