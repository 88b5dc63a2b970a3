#include "operators/enrichment/pattern_list.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(PatternList, FindsTheFirstThatMatches) {
  const UserAgentPattern patterns[] = {
      {"^x", false, {}}, {"(b)(?:c(d)|)", false, {}}, {"B", true, {}}, {"a(?!b)", false, {}}};
  const PatternList list(patterns);
  PatternList::Matcher matcher;
  const auto found = list.find("abcd", matcher);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->index, 1u);
  EXPECT_EQ(found->groups[0], "bcd");
  EXPECT_EQ(found->groups[2], "d");
  EXPECT_EQ(list.find("abc", matcher)->groups[2], "");
  EXPECT_EQ(list.find("B", matcher)->index, 2u);
  EXPECT_EQ(list.find("ac", matcher)->index, 3u);
  EXPECT_FALSE(list.find("c", matcher));
}

// As an attacker has it who knows the expressions.
TEST(PatternList, GivesUpOnATextThatIsMadeToTakeForever) {
  const UserAgentPattern patterns[] = {{"^(a+)+$", false, {}}, {"b", false, {}}};
  const PatternList list(patterns);
  PatternList::Matcher matcher;
  const auto found = list.find(std::string(500, 'a') + "b", matcher);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->index, 1u);
}

}  // namespace
}  // namespace millrace
