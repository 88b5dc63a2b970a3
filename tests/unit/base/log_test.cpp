#include "engine/base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class LogTest : public ::testing::Test {
 protected:
  Log make(LogOptions options = {}) {
    return Log([this](std::string_view line) { lines_.emplace_back(line); },
               [this] { return now_; },
               options);
  }

  Time now_ = *parse_time("2026-11-21T20:54:37.695Z");
  std::vector<std::string> lines_;
};

TEST_F(LogTest, AMessageIsOneLineOfJson) {
  Log log = make();
  log.warn("http", "no room", {{"waiting", 7}, {"part", 0.5}, {"why", "full"}, {"again", true}});
  EXPECT_THAT(lines_,
              ElementsAre("{\"ts\":\"2026-11-21T20:54:37.695Z\",\"level\":\"warn\",\"msg\":\"no "
                          "room\",\"component\":\"http\",\"waiting\":7,\"part\":0.5,\"why\":"
                          "\"full\",\"again\":true}\n"));
}

TEST_F(LogTest, WhatStrangersSendCannotForgeALineNorMoveACursor) {
  Log log = make();
  log.info("http",
           "refused",
           {{"detail",
             "a\r\nb\x1b[2J\x7f\xc2\x9b"
             "31m\xff"}});
  ASSERT_EQ(lines_.size(), 1u);
  for (const char* const bad : {"\r", "\x1b", "\x7f", "\xc2\x9b", "\xff"})
    EXPECT_THAT(lines_[0], Not(HasSubstr(bad)));
  EXPECT_EQ(lines_[0].find('\n'), lines_[0].size() - 1);
  EXPECT_THAT(lines_[0], HasSubstr("a\\r\\nb\\u001b[2J"));
}

TEST_F(LogTest, LevelsBelowTheOneThatIsAskedForAreSilent) {
  Log log = make({.level = LogLevel::kWarn});
  log.debug("a", "one");
  log.info("a", "two");
  log.warn("a", "three");
  log.error("a", "four");
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("three"), HasSubstr("four")));
}

TEST_F(LogTest, AMessageThatRepeatsIsWrittenNowAndThenAndTheRestIsCounted) {
  Log log = make({.burst = 2, .period = std::chrono::seconds(1)});
  for (int i = 0; i < 5; ++i) log.info("a", "again", {{"i", i}});
  log.info("a", "another");
  log.info("b", "again");
  now_ += std::chrono::seconds(1);
  log.info("a", "again");
  log.info("a", "again");
  EXPECT_THAT(lines_,
              ElementsAre(HasSubstr("\"i\":0"),
                          HasSubstr("\"i\":1"),
                          HasSubstr("another"),
                          HasSubstr("\"component\":\"b\""),
                          HasSubstr("\"suppressed\":3"),
                          Not(HasSubstr("suppressed"))));
}

TEST_F(LogTest, MessagesWithoutNumberAreLimitedTogether) {
  Log log = make({.burst = 1});
  for (int i = 0; i < 5'000; ++i) log.info("a", "made up " + std::to_string(i));
  EXPECT_LE(lines_.size(), 1'001u);
}

TEST_F(LogTest, ThreadsDoNotMixTheirLines) {
  Log log = make({.burst = 1'000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&log] {
      for (int i = 0; i < 100; ++i) log.info("a", "hello", {{"i", i}});
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lines_.size(), 400u);
  for (const auto& line : lines_) EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace millrace
