#include "operators/rules/membership.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

constexpr Time at(std::int64_t millis) { return from_millis(millis); }

std::string bytes(const MembershipCodec& codec, const Memberships& value) {
  std::string out;
  ByteWriter to(out);
  codec.encode(value, to);
  return out;
}

bool read(const MembershipCodec& codec, std::string_view from, Memberships& into) {
  ByteReader reader(from);
  return codec.decode(into, reader, MembershipCodec::kVersion) && reader.done();
}

Memberships some() {
  Memberships value;
  value.complete = true;
  value.add({at(50), kNever, 2, true});
  value.add({at(10), at(30), 0, true});
  return value;
}

TEST(Memberships, TakeSixteenBytesWhereThereAreNone) {
  EXPECT_EQ(sizeof(Memberships), 16u);
  EXPECT_EQ(Memberships().heap_bytes(), 0u);
}

TEST(Memberships, AreKeptBySegment) {
  Memberships value = some();
  value.add({at(20), kNever, 1, true});
  std::string order;
  for (const Membership& one : value.all()) order += std::to_string(one.segment);
  EXPECT_EQ(order, "012");
  EXPECT_EQ(value.find(1)->since, at(20));
  value.remove(1);
  EXPECT_EQ(value.find(1), nullptr);
  EXPECT_EQ(value.all().size(), 2u);
}

TEST(Memberships, SurviveAnotherOrderOfSegments) {
  const MembershipCodec before({"loyal", "new", "vip"}, 7), after({"vip", "loyal"}, 7);
  Memberships value = some(), moved;
  value.add({at(20), kNever, 1, true});
  ASSERT_TRUE(read(after, bytes(before, value), moved));
  EXPECT_TRUE(moved.complete);
  ASSERT_EQ(moved.all().size(), 2u);
  EXPECT_EQ(moved.find(0)->since, at(50));
  EXPECT_EQ(moved.find(1)->lapsed, at(30));
}

TEST(Memberships, AreIncompleteUnderOtherDefinitions) {
  Memberships value;
  ASSERT_TRUE(read(MembershipCodec({"loyal", "new", "vip"}, 8),
                   bytes(MembershipCodec({"loyal", "new", "vip"}, 7), some()),
                   value));
  EXPECT_FALSE(value.complete);
  EXPECT_EQ(value.all().size(), 2u);
}

TEST(Memberships, AreRefusedWhenDamaged) {
  const MembershipCodec codec({"loyal", "new", "vip"}, 7);
  const std::string good = bytes(codec, some());
  Memberships same;
  ASSERT_TRUE(read(codec, good, same));
  EXPECT_EQ(bytes(codec, same), good);
  const std::string twice = good + good.substr(9);
  Memberships damaged;
  EXPECT_FALSE(read(codec, twice, damaged));
  for (const std::size_t cut : {1u, 8u, 10u, 17u, 18u}) {
    Memberships part;
    EXPECT_FALSE(read(codec, std::string_view(good).substr(0, cut), part)) << cut;
  }
}

TEST(Memberships, OfAnotherAreAnnouncedAnewButWhereThereWasNoPast) {
  Memberships fresh;
  fresh.merge(some());
  EXPECT_TRUE(fresh.complete);
  EXPECT_TRUE(fresh.find(0)->announced);

  Memberships ours;
  ours.complete = true;
  ours.add({at(40), kNever, 0, true});
  ours.merge(some());
  EXPECT_FALSE(ours.complete);
  EXPECT_TRUE(ours.find(0)->announced);
  EXPECT_EQ(ours.find(0)->since, at(10));
  EXPECT_EQ(ours.find(0)->lapsed, kNever);
  EXPECT_FALSE(ours.find(2)->announced);

  Memberships unchanged = some();
  unchanged.merge(Memberships());
  EXPECT_TRUE(unchanged.complete);
  EXPECT_EQ(unchanged.all().size(), 2u);
}

}  // namespace
}  // namespace millrace
