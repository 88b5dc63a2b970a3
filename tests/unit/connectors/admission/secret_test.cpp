#include "connectors/admission/secret.hpp"

#include <gmock/gmock.h>

#include <set>

namespace millrace::admission {
namespace {

using testing::MatchesRegex;

TEST(Secret, IsHashedBySha256) {
  // FIPS 180-2, B.1.
  EXPECT_EQ(hash_text(hash_secret("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Secret, HashesAreReadBackAndCompared) {
  const auto hash = hash_secret("abc");
  const auto read = parse_hash(hash_text(hash));
  ASSERT_TRUE(read);
  EXPECT_TRUE(same_hash(hash, *read));
  EXPECT_FALSE(same_hash(hash, hash_secret("abd")));
  EXPECT_FALSE(parse_hash("ba78"));
  EXPECT_FALSE(parse_hash(std::string(64, 'G')));
}

TEST(Secret, KeysAreNeverTheSame) {
  std::set<std::string> made;
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_THAT(make_key("mr_read_"), MatchesRegex("mr_read_[a-z2-7]{32}"));
    EXPECT_TRUE(made.insert(make_key("")).second);
    EXPECT_TRUE(made.insert(make_visitor_id()).second);
  }
  EXPECT_THAT(make_visitor_id(), MatchesRegex("[0-9a-f]{32}"));
}

}  // namespace
}  // namespace millrace::admission
