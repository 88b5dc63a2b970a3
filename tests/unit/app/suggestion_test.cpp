#include "app/cli/suggestion.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

TEST(Suggestion, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("replay", "replay"), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("repaly", "replay"), 1u);
  EXPECT_EQ(edit_distance("relay", "replay"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("sitting", "kitten"), 3u);
}

TEST(Suggestion, FindsWhatIsMeant) {
  const std::vector<std::string> known = {"replay", "check", "explain", "simulate"};
  EXPECT_EQ(closest("repaly", known), "replay");
  EXPECT_EQ(closest("sim", known), "simulate");
  EXPECT_EQ(closest("chek", known), "check");
  EXPECT_EQ(closest("frobnicate", known), std::nullopt);
  EXPECT_EQ(closest("x", known), std::nullopt);
  EXPECT_EQ(closest("replay", {}), std::nullopt);
}

}  // namespace
}  // namespace millrace
