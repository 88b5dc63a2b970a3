#include "connectors/http/message.hpp"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(Message, GivesALargeBodysMemoryBack) {
  const auto budget = std::make_shared<BodyBudget>(1 << 20);
  Message message(1 << 15, budget);
  ASSERT_TRUE(message.reserve(1 << 20));
  message.body.assign(1 << 20, 'x');
  ASSERT_FALSE(budget->take(1));
  message.next({});
  EXPECT_TRUE(message.body.empty());
  EXPECT_LE(message.body.capacity(), 16U << 10);
  EXPECT_TRUE(budget->take(1 << 20));
}

TEST(Message, KeepsASmallBodysMemory) {
  Message message(1 << 15, std::make_shared<BodyBudget>(1 << 20));
  message.body.assign(1'000, 'x');
  message.next({});
  EXPECT_TRUE(message.body.empty());
  EXPECT_GE(message.body.capacity(), 1'000U);
}

TEST(Message, BeginsTheNextRequestWithWhatCameAfter) {
  Message message(1 << 15, std::make_shared<BodyBudget>(1 << 20));
  message.input.commit(
      boost::asio::buffer_copy(message.input.prepare(8), boost::asio::buffer("firstGET", 8)));
  message.next(view_of(message.input).substr(5));
  EXPECT_EQ(view_of(message.input), "GET");
  message.next("HEAD");
  EXPECT_EQ(view_of(message.input), "HEAD");
}

}  // namespace
}  // namespace millrace::http
