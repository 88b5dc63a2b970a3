#include "operators/profile/affinity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pair;

constexpr Time kStart = from_millis(1'767'225'600'000);
constexpr Duration kHalf = 24h;

std::map<std::string, double> weights(const Affinity& affinity) {
  std::map<std::string, double> all;
  affinity.each([&](const Affinity::Category& one) { all.emplace(one.name, one.weight); });
  return all;
}
auto about(double weight) { return DoubleNear(weight, 1e-6 * weight); }

std::string bytes(const Affinity& affinity) {
  std::string out;
  ByteWriter to(out);
  affinity.encode(to);
  return out;
}

TEST(Affinity, HalvesEveryHalfLife) {
  Affinity affinity;
  affinity.add("shoes", 4, kStart, kHalf, 16);
  affinity.add("hats", 1, kStart + 2 * kHalf, kHalf, 16);
  EXPECT_THAT(weights(affinity), ElementsAre(Pair("hats", about(1)), Pair("shoes", about(1))));
  EXPECT_EQ(affinity.top()->name, "hats");
  affinity.add("shoes", 1, kStart + 2 * kHalf, kHalf, 16);
  EXPECT_EQ(affinity.top()->name, "shoes");
}

TEST(Affinity, LetsLateEventsCountWhatIsLeftOfThem) {
  Affinity affinity;
  affinity.add("shoes", 1, kStart + kHalf, kHalf, 16);
  affinity.add("hats", 1, kStart, kHalf, 16);
  EXPECT_THAT(weights(affinity), ElementsAre(Pair("hats", about(0.5)), Pair("shoes", about(1))));
}

TEST(Affinity, LetsTheLeastLikedGo) {
  Affinity affinity;
  affinity.add("b", 2, kStart, kHalf, 2);
  affinity.add("c", 3, kStart, kHalf, 2);
  affinity.add("a", 2, kStart, kHalf, 2);
  EXPECT_THAT(weights(affinity), ElementsAre(Pair("a", about(2)), Pair("c", about(3))));
}

TEST(Affinity, CutsLongNamesBetweenCharacters) {
  Affinity affinity;
  affinity.add(std::string(63, 'x') + "\u00e9t\u00e9", 1, kStart, kHalf, 16);
  EXPECT_EQ(affinity.top()->name, std::string(63, 'x'));
}

TEST(Affinity, MergesAsOfTheLater) {
  Affinity ours, theirs;
  ours.add("shoes", 4, kStart, kHalf, 16);
  theirs.add("hats", 1, kStart + kHalf, kHalf, 16);
  theirs.add("shoes", 1, kStart + kHalf, kHalf, 16);
  Affinity other;
  other.merge(theirs, kHalf, 16);
  other.merge(ours, kHalf, 16);
  ours.merge(theirs, kHalf, 16);
  EXPECT_THAT(weights(ours), ElementsAre(Pair("hats", about(1)), Pair("shoes", about(3))));
  EXPECT_EQ(weights(other), weights(ours));
}

TEST(Affinity, IsReadBackAsItWasWritten) {
  Affinity affinity;
  affinity.add("shoes", 4, kStart, kHalf, 16);
  affinity.add("hats", 3, kStart + 5h, kHalf, 16);
  const std::string written = bytes(affinity);
  Affinity read;
  ByteReader from(written);
  ASSERT_TRUE(read.decode(from, Affinity::kVersion) && from.done());
  EXPECT_EQ(bytes(read), written);
  for (std::size_t cut = 0; cut < written.size(); ++cut) {
    Affinity damaged;
    ByteReader part(std::string_view(written).substr(0, cut));
    EXPECT_FALSE(damaged.decode(part, Affinity::kVersion)) << cut;
  }
}

TEST(Affinity, ForgetsWhatDecayedToNothing) {
  Affinity affinity;
  affinity.add("shoes", 4, kStart, kHalf, 16);
  affinity.add("hats", 1, kStart, kHalf, 16);
  EXPECT_FALSE(affinity.expire(kStart + 11 * kHalf, kHalf, 1e-3));
  EXPECT_THAT(weights(affinity), ElementsAre(Pair("shoes", about(4))));
  EXPECT_TRUE(affinity.expire(kStart + 13 * kHalf, kHalf, 1e-3));
  EXPECT_TRUE(affinity.empty());
  EXPECT_EQ(affinity.heap_bytes(), 0u);
}

}  // namespace
}  // namespace millrace
