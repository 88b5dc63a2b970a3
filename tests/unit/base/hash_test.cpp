#include "engine/base/hash.hpp"

#include "engine/base/random.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// State on disk depends on these values: a change here makes every old checkpoint unreadable.
TEST(Hash, NeverChanges) {
  EXPECT_EQ(hash64("millrace"), hash64("millrace", 0));
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2ULL);
  EXPECT_EQ(to_hex(hash128("")), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(hash64("a"), hash64("a", 1));
}

TEST(Hash, SumsDoNotDependOnOrder) {
  const Hash128 a{~0ULL, 1};
  const Hash128 b{2, 3};
  Hash128 ab = a;
  ab += b;
  Hash128 ba = b;
  ba += a;
  EXPECT_EQ(ab, ba);
  EXPECT_EQ(ab, (Hash128{1, 5}));
}

TEST(Random, IsTheSameForTheSameSeed) {
  Random one(7);
  Random two(7);
  Random other(8);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(), two.next());
  EXPECT_NE(one.next(), other.next());
}

TEST(Random, StaysBelowItsBoundAndNearItsMean) {
  Random random(1);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_LT(random.below(6), 6u);
    sum += random.exponential(2.0);
  }
  EXPECT_NEAR(sum / 100'000, 2.0, 0.05);
}

}  // namespace
}  // namespace millrace
