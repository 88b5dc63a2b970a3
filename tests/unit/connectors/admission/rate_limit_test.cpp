#include "connectors/admission/rate_limit.hpp"

#include <gtest/gtest.h>

namespace millrace::admission {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const auto kStart = RateLimit::Clock::time_point(seconds(1'000));

TEST(RateLimit, LetsTheBurstInAndThenTheRate) {
  RateLimit limit(10, 5);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limit.take(1, kStart)) << i;
  EXPECT_FALSE(limit.take(1, kStart));
  // A part of one is room too; what it lacked is waited for afterwards.
  EXPECT_TRUE(limit.take(1, kStart + milliseconds(1)));
  EXPECT_FALSE(limit.take(1, kStart + milliseconds(100)));
  EXPECT_TRUE(limit.take(1, kStart + milliseconds(101)));
}

TEST(RateLimit, LetsABatchInThatIsLargerThanTheBurstAndMakesTheNextWait) {
  RateLimit limit(100, 10);
  EXPECT_TRUE(limit.take(510, kStart));
  EXPECT_FALSE(limit.take(1, kStart + milliseconds(4'900)));
  EXPECT_GE(limit.wait(kStart), seconds(5));
  EXPECT_TRUE(limit.take(1, kStart + milliseconds(5'100)));
}

TEST(RateLimit, SavesNoMoreThanTheBurst) {
  RateLimit limit(10, 2);
  EXPECT_TRUE(limit.take(1, kStart));
  const auto later = kStart + seconds(3'600);
  EXPECT_TRUE(limit.take(1, later));
  EXPECT_TRUE(limit.take(1, later));
  EXPECT_FALSE(limit.take(1, later));
}

TEST(RateLimit, IsNoneWithoutARate) {
  RateLimit unlimited;
  RateLimit zero(0, 1);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(unlimited.take(1'000'000, kStart));
    EXPECT_TRUE(zero.take(1'000'000, kStart));
  }
}

}  // namespace
}  // namespace millrace::admission
