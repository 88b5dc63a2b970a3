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

TEST(Message, ABodyTakesLittleMoreThanItsLengthAndNeverMuchMoreThanCame) {
  for (const std::size_t length : {1U, 16'384U, 16'385U, 40'000U, 300'000U, 524'287U, 524'288U})
    for (const std::size_t with_head : {std::size_t{0}, length / 3}) {
      Message message(1 << 15, std::make_shared<BodyBudget>(1 << 20));
      message.admitted.content_length = length;
      message.body.assign(with_head, 'x');
      while (message.body.size() < length) {
        const std::size_t room = message.room();
        ASSERT_GT(room, 0U);
        ASSERT_LE(room, std::max<std::size_t>(16 << 10, message.body.size() + 1));
        message.body.resize(message.body.size() + room);
      }
      EXPECT_EQ(message.body.size(), length);
      EXPECT_LE(message.body.capacity(), std::max<std::size_t>(16, length * 4 / 3 + 8)) << length;
    }
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
