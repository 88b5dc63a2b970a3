#include "operators/profile/blocked_values.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(BlockedValues, BlocksWhatProgramsSendForNobodyInAnyCase) {
  const BlockedValues blocked({});
  for (const char* value : {"null", "NULL", "Undefined", "[object Object]", "{}", "-1", "Guest"})
    EXPECT_TRUE(blocked.contains(value)) << value;
  for (const char* value : {"nulls", "ann", "42", "guest7"})
    EXPECT_FALSE(blocked.contains(value)) << value;
}

TEST(BlockedValues, BlocksWhatRepeatsOneCharacter) {
  const BlockedValues blocked({});
  for (const char* value : {"", "0", "xxx", "---", "00000000-0000-0000-0000-000000000000"})
    EXPECT_TRUE(blocked.contains(value)) << value;
  EXPECT_FALSE(blocked.contains("11")) << "a shop's eleventh customer";
  EXPECT_TRUE(blocked.contains("11111111"));
}

TEST(BlockedValues, BlocksWhatItIsToldAndWhatIsTooLong) {
  const BlockedValues blocked({" Test-User "});
  EXPECT_TRUE(blocked.contains("test-USER"));
  EXPECT_FALSE(BlockedValues({}).contains("test-user"));
  const std::string ab = "ab";
  std::string longest;
  while (longest.size() < 256) longest += ab;
  EXPECT_FALSE(blocked.contains(longest));
  EXPECT_TRUE(blocked.contains(longest + "a"));
}

TEST(BlockedValues, TrimsBlanksAndNothingElse) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

}  // namespace
}  // namespace millrace
