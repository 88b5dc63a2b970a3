#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const Surroundings kRead = {.reads = {"context.bot.kind"}};

EventBuilder from(const std::string& agent) { return page().with("context.userAgent", agent); }

std::string kind(const Outcome& outcome) {
  const auto at = outcome.wrote.find("context.bot.kind");
  return at == outcome.wrote.end() ? "" : at->second;
}

TEST(Bots, FlagsAndCounts) {
  OperatorUnderTest bots("bots", "", kRead);
  const Outcome declared = bots.push(from("Googlebot/2.1"));
  EXPECT_EQ(declared.verdict, "keep");
  EXPECT_EQ(kind(declared), "declared");
  EXPECT_EQ(kind(bots.push(from("HeadlessChrome/99.0"))), "headless");
  EXPECT_EQ(kind(bots.push(from("Mozilla/5.0"))), "");
  EXPECT_EQ(kind(bots.push(page())), "");
  EXPECT_EQ(bots.counter("declared"), 1u);
  EXPECT_EQ(bots.counter("headless"), 1u);
  EXPECT_EQ(bots.counter("rate"), 0u);
}

TEST(Bots, DropsWhereItIsTold) {
  OperatorUnderTest bots("bots", "{action: drop, rate: {events: 1, window: 1s}}", kRead);
  EXPECT_EQ(bots.push(from("Googlebot/2.1")).verdict, "drop(bot:declared)");
  EXPECT_EQ(bots.push(from("HeadlessChrome/99.0")).verdict, "drop(bot:headless)");
  EXPECT_EQ(bots.push(page()).verdict, "drop(bot:rate)");
  EXPECT_EQ(bots.push(page().profile(2)).verdict, "keep");
}

TEST(Bots, CountsTheEventsOfAWindowExactly) {
  OperatorUnderTest bots("bots", "rate: {events: 3, window: 10s}", kRead);
  const auto at = [&](Duration time) { return kind(bots.push(page().received(kStart + time))); };
  EXPECT_EQ(at(0s), "");
  EXPECT_EQ(at(1s), "");
  EXPECT_EQ(at(2s), "");
  EXPECT_EQ(at(10s - 1ms), "rate");
  EXPECT_EQ(at(10s), "rate") << "1s, 2s and 9.999s are within";
  EXPECT_EQ(at(12s), "") << "the window has its end, not its beginning: 9.999s and 10s";
  EXPECT_EQ(at(13s), "rate");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(at(13s), "rate");
  EXPECT_EQ(at(23s), "");
}

TEST(Bots, CountsTheEventsOfBothWhenProfilesMerge) {
  OperatorUnderTest bots("bots", "rate: {events: 3, window: 10s}", kRead);
  bots.push(page());
  bots.push(page().profile(2));
  bots.push(page().profile(2));
  bots.merge(1, 2);
  EXPECT_EQ(kind(bots.push(page())), "rate");
}

TEST(Bots, ForgetsWhatIsPastTheWindow) {
  OperatorUnderTest bots("bots", "rate: {events: 3, window: 10s}", kRead);
  bots.push(page());
  EXPECT_NE(bots.state(1), "");
  bots.advance(11s);
  EXPECT_EQ(bots.state(1), "");
  EXPECT_EQ(bots.next_timer(1), kNever);
}

TEST(Bots, CountsNothingWhereAnyRateIsAPersons) {
  OperatorUnderTest bots("bots", "rate: {events: 0}", kRead);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(kind(bots.push(page())), "");
  EXPECT_EQ(bots.state(1), "");
}

TEST(Bots, ReportsWhatIsWrongWithItsConfiguration) {
  EXPECT_THAT(OperatorUnderTest::problems("bots", "allow: [ok, '(']"),
              HasSubstr("is not a regular expression"));
  EXPECT_THAT(OperatorUnderTest::problems("bots", "allow: [ok, '(']"), HasSubstr(":1:"));
}

}  // namespace
}  // namespace millrace
