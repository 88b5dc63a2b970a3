#include "connectors/websocket/session.hpp"

#include "connectors/websocket/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace millrace::websocket {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A journal that answers when it is told to.
struct Journal {
  struct Write {
    std::string body;
    std::size_t events;
    Session::Done done;
  };
  std::vector<Write> writes;

  Session::Deliver deliver() {
    return [this](std::string body, std::size_t events, Session::Done done) {
      writes.push_back({std::move(body), events, std::move(done)});
    };
  }
  void answer(std::size_t write, Fate fate = {.position = 7}) { writes.at(write).done(fate); }
};

std::string page(const std::string& id) { return R"({"type":"page","messageId":")" + id + R"("})"; }
std::string batch(const std::vector<std::string>& ids) {
  std::string text = R"({"batch":[)";
  for (const auto& id : ids) text += (text.back() == '[' ? "" : ",") + page(id);
  return text + "]}";
}

class SessionTest : public ::testing::Test {
 protected:
  void send(const std::string& text) {
    Message message;
    ASSERT_TRUE(decoder_.decode(text, message));
    session_->take(message, journal_.deliver());
  }
  Session::Peer peer() {
    return {[this](std::string text) { told_.push_back(std::move(text)); },
            [this] { told_.emplace_back("taken over"); }};
  }
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  Journal journal_;
  MessageDecoder decoder_{{}};
  std::shared_ptr<Session> session_ =
      std::make_shared<Session>("token", "wk", SessionLimits{.credit = 4, .window = 4});
  std::vector<std::string> told_;
};

TEST_F(SessionTest, AnEventIsAcknowledgedOnceTheJournalHasIt) {
  session_->attach(peer(), false);
  EXPECT_THAT(told(),
              ElementsAre(R"({"type":"welcome","session":"token","resumed":false,"credit":4})"));
  send(page("a"));
  EXPECT_THAT(told(), IsEmpty());
  ASSERT_EQ(journal_.writes.size(), 1u);
  EXPECT_EQ(journal_.writes[0].body, page("a"));
  journal_.answer(0);
  EXPECT_THAT(
      told(),
      ElementsAre(R"({"type":"ack","acks":[{"id":"a","status":"ok","position":7}],"credit":1})"));
}

TEST_F(SessionTest, WhatCanBeAnsweredAtOnceIsAndTheRestGoesOn) {
  session_->attach(peer(), false);
  send(page("a"));
  journal_.answer(0);
  told();
  send(R"({"batch":[)" + page("a") + "," + page("b") + R"(,{"type":"page"}]})");
  EXPECT_THAT(told(),
              ElementsAre(R"({"type":"ack","acks":[{"id":"a","status":"duplicate"},{"index":2,)"
                          R"("status":"rejected","reason":"missing_message_id","detail":)"
                          R"("an event needs a \"messageId\"","offset":74}],"credit":2})"));
  ASSERT_EQ(journal_.writes.size(), 2u);
  EXPECT_EQ(journal_.writes[1].body, R"({"batch":[)" + page("b") + "]}");
}

TEST_F(SessionTest, WhatTheJournalDoesNotTakeMayBeSentAgain) {
  session_->attach(peer(), false);
  send(page("a"));
  journal_.answer(
      0, {.kind = Fate::Kind::kRetry, .reason = "overloaded", .after = std::chrono::seconds(3)});
  EXPECT_THAT(told().back(),
              HasSubstr(R"({"id":"a","status":"retry","reason":"overloaded","after":3})"));
  send(page("a"));
  journal_.answer(1);
  EXPECT_THAT(told().back(), HasSubstr(R"({"id":"a","status":"ok","position":7})"));
}

TEST_F(SessionTest, ACopyThatComesBeforeTheAnswerSharesIt) {
  session_->attach(peer(), false);
  send(batch({"a", "a"}));
  send(page("a"));
  EXPECT_EQ(journal_.writes.size(), 1u);
  EXPECT_EQ(journal_.writes[0].events, 1u);
  journal_.answer(0);
  EXPECT_THAT(told().back(),
              HasSubstr(R"([{"id":"a","status":"ok","position":7},{"id":"a","status":)"
                        R"("duplicate"},{"id":"a","status":"duplicate"}],"credit":3)"));
}

TEST_F(SessionTest, MoreThanTheCreditIsTurnedBackAndCostsNothing) {
  session_->attach(peer(), false);
  send(batch({"a", "b", "c"}));
  told();
  send(batch({"d", "e"}));
  EXPECT_THAT(told(),
              ElementsAre(HasSubstr(R"("acks":[{"id":"d","status":"retry","reason":"no_credit",)"
                                    R"("after":1},{"id":"e",)")));
  send(page("d"));
  EXPECT_EQ(journal_.writes.size(), 2u);
  journal_.answer(0);
  journal_.answer(1);
  send(batch({"e", "f", "g", "h"}));
  EXPECT_EQ(journal_.writes.size(), 3u);
}

TEST_F(SessionTest, AResumedSessionHearsWhatItsOldConnectionDidNot) {
  const auto first = session_->attach(peer(), false);
  send(batch({"a", "b"}));
  send(page("c"));
  EXPECT_TRUE(session_->detach(first));
  told();
  journal_.answer(1);  // c, while nobody listens
  EXPECT_THAT(told(), IsEmpty());
  session_->attach(peer(), true);
  EXPECT_THAT(told(),
              ElementsAre(R"({"type":"welcome","session":"token","resumed":true,"credit":2})"));
  // The client knows of none of the three.
  send(batch({"c", "a"}));
  EXPECT_THAT(told(), ElementsAre(HasSubstr(R"([{"id":"c","status":"duplicate"}],"credit":1)")));
  EXPECT_EQ(journal_.writes.size(), 2u);
  journal_.answer(0);
  EXPECT_THAT(told(),
              ElementsAre(HasSubstr(R"([{"id":"a","status":"ok","position":7},{"id":"a","status":)"
                                    R"("duplicate"},{"id":"b","status":"ok","position":7}])")));
  // All credit is back.
  send(batch({"d", "e", "f", "g"}));
  EXPECT_EQ(journal_.writes.size(), 3u);
}

TEST_F(SessionTest, ANewConnectionTakesOver) {
  const auto first = session_->attach(peer(), false);
  told();
  session_->attach(peer(), true);
  EXPECT_EQ(told().front(), "taken over");
  EXPECT_FALSE(session_->detach(first));
}

class SessionsTest : public ::testing::Test {
 protected:
  Sessions::Entered enter(std::string_view resume, std::string_view key = "wk") {
    return sessions_.enter(resume, key, {[](const std::string&) {}, [] {}}, now_);
  }

  Sessions::Clock::time_point now_{};
  Sessions sessions_{{.most = 2, .kept = std::chrono::seconds(10)}};
};

TEST_F(SessionsTest, ASessionIsFoundByItsTokenAndKey) {
  const auto one = enter("");
  EXPECT_EQ(enter(one.session->token()).session, one.session);
  EXPECT_NE(enter(one.session->token(), "other").session, one.session);
}

TEST_F(SessionsTest, ASessionIsForgottenAWhileAfterItsConnectionLeft) {
  const auto one = enter("");
  now_ += std::chrono::seconds(100);
  sessions_.leave(one, now_);
  now_ += std::chrono::seconds(9);
  const auto again = enter(one.session->token());
  EXPECT_EQ(again.session, one.session);
  sessions_.leave(again, now_);
  now_ += std::chrono::seconds(10);
  EXPECT_NE(enter(one.session->token()).session, one.session);
}

TEST_F(SessionsTest, WhereThereIsNoRoomTheLongestIdleGoes) {
  const auto one = enter("");
  const auto two = enter("");
  EXPECT_EQ(enter("").session, nullptr);
  sessions_.leave(two, now_);
  sessions_.leave(one, now_);
  EXPECT_NE(enter("").session, nullptr);
  EXPECT_EQ(enter(one.session->token()).session, one.session);
  EXPECT_EQ(sessions_.size(), 2u);
}

TEST_F(SessionsTest, AConnectionThatLeavesLateDoesNotMakeItIdle) {
  const auto old = enter("");
  const auto fresh = enter(old.session->token());
  sessions_.leave(old, now_);
  now_ += std::chrono::seconds(100);
  EXPECT_EQ(enter(old.session->token()).session, fresh.session);
}

}  // namespace
}  // namespace millrace::websocket
