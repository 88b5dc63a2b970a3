// Which output is delivered next.
#include "engine/runtime/outbox_window.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

const Time kNow = *parse_time("2026-11-01T12:00:00Z");

class OutboxWindowTest : public testing::Test {
 protected:
  void add(std::uint64_t sequence, ProfileId profile) {
    Pending item;
    item.delivery.sequence = sequence;
    item.profile = profile;
    window.add(std::move(item));
  }
  // The sequence that is next, or -1.
  int take(Time now = kNow) {
    const Pending* next = window.take(now);
    return next == nullptr ? -1 : static_cast<int>(next->delivery.sequence);
  }

  OutboxWindow window;
};

TEST_F(OutboxWindowTest, GivesProfilesBesideEachOtherAndEachInOrder) {
  add(0, 7);
  add(1, 7);
  add(2, 8);
  EXPECT_EQ(take(), 0);
  EXPECT_EQ(take(), 2);
  EXPECT_EQ(take(), -1);
  window.remove(0);
  EXPECT_EQ(take(), 1);
}

TEST_F(OutboxWindowTest, AFailureHoldsUpItsOwnProfileOnly) {
  add(0, 7);
  add(1, 7);
  add(2, 8);
  EXPECT_EQ(take(), 0);
  window.retry(0, 2, kNow + 5s);
  EXPECT_EQ(take(), 2);
  EXPECT_EQ(take(), -1);
  EXPECT_EQ(window.next_due(), kNow + 5s);
  EXPECT_EQ(take(kNow + 5s), 0);
}

TEST_F(OutboxWindowTest, ARetryThatIsDueGoesBeforeNewOnes) {
  add(0, 7);
  EXPECT_EQ(take(), 0);
  window.retry(0, 2, kNow + 5s);
  add(1, 8);
  add(2, 9);
  EXPECT_EQ(take(), 1);
  EXPECT_EQ(take(kNow + 6s), 0);
}

TEST_F(OutboxWindowTest, DroppingTheFirstOfAProfileFreesTheNext) {
  add(0, 7);
  add(1, 7);
  ASSERT_NE(window.oldest_idle(), nullptr);
  EXPECT_EQ(window.oldest_idle()->delivery.sequence, 0U);
  window.remove(0);
  EXPECT_EQ(take(), 1);
  EXPECT_EQ(window.oldest_idle(), nullptr);
  EXPECT_EQ(window.in_flight(), 1U);
  window.remove(1);
  EXPECT_EQ(window.in_flight(), 0U);
  EXPECT_EQ(window.bytes(), 0U);
  EXPECT_TRUE(window.empty());
}

TEST_F(OutboxWindowTest, DroppingOneThatIsNotTheFirstKeepsTheOrder) {
  add(0, 7);
  add(1, 7);
  add(2, 7);
  window.remove(1);
  EXPECT_EQ(take(), 0);
  EXPECT_EQ(take(), -1);
  window.remove(0);
  EXPECT_EQ(take(), 2);
}

}  // namespace
}  // namespace millrace
