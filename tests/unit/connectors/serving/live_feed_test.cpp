#include "connectors/serving/live_feed.hpp"

#include "tests/unit/connectors/serving/fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace millrace::serving {
namespace {

using ::testing::HasSubstr;

LiveOutput enter(Position position, std::string segment, ProfileId profile = 7) {
  return {.position = position,
          .json = R"({"position":)" + std::to_string(position) + "}",
          .kind = "enter",
          .segment = std::move(segment),
          .profile = profile};
}
LiveOutput other(Position position, std::string_view kind, ProfileId profile = 7) {
  return {.position = position, .json = "{}", .kind = kind, .profile = profile};
}

// Until it holds; false if it does not within ten seconds.
bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// The ids of the events in what a reader got.
std::vector<std::string> ids(const std::string& got) {
  std::vector<std::string> found;
  for (std::size_t at = got.find("id: "); at != std::string::npos;
       at = got.find("\nid: ", at + 1)) {
    const auto from = got.find(' ', at) + 1;
    found.push_back(got.substr(from, got.find('\n', from) - from));
  }
  return found;
}

class LiveFeedTest : public ::testing::Test {
 protected:
  void make(LiveFeedOptions options = {}) {
    feed_ = std::make_unique<LiveFeed>(queries_, options);
    feed_->add_routes(routes_);
  }

  FakeQueries queries_;
  http::Routes routes_;
  std::unique_ptr<LiveFeed> feed_;
};

TEST_F(LiveFeedTest, TellsWhatHappensFromNowOn) {
  make();
  queries_.happen(enter(99, "loyal"));
  const auto answer = ask(routes_, "/v1/live");
  EXPECT_EQ(answer.response.content_type, "text/event-stream");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  queries_.happen(enter(100, "loyal"));
  queries_.happen(other(100, "effect"));
  queries_.happen(other(101, "reject"));
  EXPECT_EQ(answer.stream->got(),
            "retry: 1000\n\n"
            "id: 100.1\nevent: enter\ndata: {\"position\":100}\n\n"
            "id: 100.2\nevent: effect\ndata: {}\n\n"
            "id: 101.1\nevent: reject\ndata: {}\n\n");
}

TEST_F(LiveFeedTest, GoesOnAfterTheLastEventThatWasSeen) {
  make();
  for (int i = 0; i < 3; ++i) queries_.happen(enter(50, "loyal"));
  queries_.happen(enter(51, "loyal"));
  EXPECT_THAT(ids(ask(routes_, "/v1/live?from=50.2").stream->got()),
              ::testing::ElementsAre("50.3", "51.1"));
  EXPECT_THAT(ids(ask(routes_, "/v1/live?from=50").stream->got()), ::testing::SizeIs(4));
  // A browser asks for the same URL again; how far it came is in the header.
  EXPECT_THAT(ids(ask(routes_, "/v1/live?from=50", {{"Last-Event-ID", "50.3"}}).stream->got()),
              ::testing::ElementsAre("51.1"));
}

TEST_F(LiveFeedTest, AFilterDoesNotChangeTheIds) {
  make();
  queries_.happen(enter(50, "loyal"));
  queries_.happen(enter(50, "lapsed"));
  queries_.happen(other(50, "effect"));
  queries_.happen(enter(50, "lapsed", 8));
  queries_.happen(other(51, "exit"));
  const auto got = [&](const char* query) {
    return ids(ask(routes_, std::string("/v1/live?from=0&") + query).stream->got());
  };
  EXPECT_THAT(got("segment=lapsed"), ::testing::ElementsAre("50.2", "50.4"));
  EXPECT_THAT(got("segment=lapsed,loyal&kind=enter"), ::testing::SizeIs(3));
  EXPECT_THAT(got("kind=effect,exit"), ::testing::ElementsAre("50.3", "51.1"));
  ProfileView view;
  view.profile = 8;
  queries_.known["user_id:42"] = view;
  EXPECT_THAT(got("profile=42"), ::testing::ElementsAre("50.4"));
}

TEST_F(LiveFeedTest, WhatThereIsNotIsRefused) {
  make();
  for (const char* const query :
       {"segment=none", "kind=what", "from=x", "from=1.x", "from=1.99999999999", "from=-1"})
    EXPECT_EQ(ask(routes_, std::string("/v1/live?") + query).response.status, 400) << query;
  EXPECT_EQ(ask(routes_, "/v1/live?profile=nobody").response.status, 404);
  EXPECT_EQ(feed_->readers(), 0u);
}

TEST_F(LiveFeedTest, WhatIsForgottenIsToldFirst) {
  make();
  queries_.oldest = 60;
  queries_.happen(enter(61, "loyal"));
  EXPECT_THAT(ask(routes_, "/v1/live?from=50").stream->got(),
              HasSubstr("\n\nevent: missed\ndata: {\"from\":50,\"first\":60}\n\nid: 61.1\n"));
}

TEST_F(LiveFeedTest, ALineBreakInTheDataEndsNoEvent) {
  make();
  const auto answer = ask(routes_, "/v1/live");
  auto output = other(100, "effect");
  output.json = "{\"a\":\r\n\n1}";
  queries_.happen(output);
  EXPECT_THAT(answer.stream->got(), HasSubstr("data: {\"a\":   1}\n\n"));
}

TEST_F(LiveFeedTest, AReaderWhoIsTooSlowIsToldSoAndWhereToGoOn) {
  make();
  const auto answer = ask(routes_, "/v1/live");
  queries_.happen(enter(100, "loyal"));
  answer.stream->room = answer.stream->got().size() + 5;
  queries_.happen(enter(101, "loyal"));
  EXPECT_TRUE(answer.stream->ended());
  EXPECT_THAT(answer.stream->got(),
              ::testing::EndsWith(
                  "event: dropped\ndata: {\"reason\":\"too_slow\",\"resume\":\"100.1\"}\n\n"));
  EXPECT_TRUE(eventually([&] { return queries_.listeners() == 0; }));
  EXPECT_THAT(ids(ask(routes_, "/v1/live?from=100.1").stream->got()),
              ::testing::ElementsAre("101.1"));
}

TEST_F(LiveFeedTest, AReaderWhoIsGoneIsForgotten) {
  make();
  const auto answer = ask(routes_, "/v1/live");
  ASSERT_EQ(feed_->readers(), 1u);
  answer.stream->closed();
  EXPECT_TRUE(eventually([&] { return feed_->readers() == 0 && queries_.listeners() == 0; }));
  const auto before = answer.stream->got();
  queries_.happen(enter(100, "loyal"));
  EXPECT_EQ(answer.stream->got(), before);
}

TEST_F(LiveFeedTest, MoreReadersThanAllowedAreToldToComeAgain) {
  make({.readers_max = 1});
  const auto first = ask(routes_, "/v1/live");
  EXPECT_EQ(ask(routes_, "/v1/live").response.status, 503);
  first.stream->closed();
  EXPECT_TRUE(eventually([&] { return feed_->readers() == 0; }));
  EXPECT_EQ(ask(routes_, "/v1/live").response.status, 200);
}

TEST_F(LiveFeedTest, BeatsWhenNothingHappens) {
  make({.beat = std::chrono::milliseconds(1)});
  const auto answer = ask(routes_, "/v1/live");
  EXPECT_TRUE(
      eventually([&] { return answer.stream->got().find(": beat\n\n") != std::string::npos; }));
}

TEST_F(LiveFeedTest, ItsEndIsTold) {
  make();
  const auto answer = ask(routes_, "/v1/live");
  feed_.reset();
  EXPECT_TRUE(answer.stream->ended());
  EXPECT_THAT(answer.stream->got(), HasSubstr("stopping"));
  EXPECT_EQ(queries_.listeners(), 0u);
  answer.stream->closed();  // later than the feed
}

TEST_F(LiveFeedTest, AMessageIsOneJsonObject) {
  make();
  const auto stream = std::make_shared<FakeStream>();
  LiveReader::Wish wish;
  wish.from = {100, 0};
  wish.form = LiveForm::kMessages;
  EXPECT_TRUE(feed_->add(wish, [&](auto) { return stream; }));
  queries_.happen(enter(100, "loyal"));
  EXPECT_EQ(stream->got(), R"({"type":"enter","id":"100.1","data":{"position":100}})");
}

// Readers come and go on one thread while the engine tells on another: whoever resumes where it was
// has seen every output once.
TEST_F(LiveFeedTest, NoOutputIsLostOrDoubledAcrossConnections) {
  make();
  constexpr Position kLast = 3'000;
  std::thread engine([&] {
    for (Position at = 100; at <= kLast; ++at) queries_.happen(enter(at, "loyal"));
  });
  std::vector<std::string> seen;
  std::string last = "100";
  while (last != std::to_string(kLast) + ".1") {
    const auto answer = ask(routes_, "/v1/live?from=" + last);
    ASSERT_EQ(answer.response.status, 200);
    eventually([&] { return !ids(answer.stream->got()).empty(); });
    answer.stream->closed();
    for (auto& id : ids(answer.stream->got())) seen.push_back(last = std::move(id));
    ASSERT_TRUE(eventually([&] { return feed_->readers() < 100; }));
  }
  engine.join();
  ASSERT_EQ(seen.size(), kLast - 99);
  for (Position at = 100; at <= kLast; ++at) ASSERT_EQ(seen[at - 100], std::to_string(at) + ".1");
}

}  // namespace
}  // namespace millrace::serving
