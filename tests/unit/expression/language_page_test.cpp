// docs/expressions.md is the reference of the language: whatever it shows must compile.
#include "tests/unit/expression/world.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace millrace::expression {
namespace {

TEST(LanguagePage, ShowsOnlyWhatCompiles) {
  std::ifstream page(MILLRACE_SOURCE_DIR "/docs/expressions.md");
  ASSERT_TRUE(page.is_open());
  World world;
  world.environment.event = true;
  world.environment.key = Type::kAny;
  world.environment.segments = {"high_value", "at_risk"};
  world.environment.features = {{"spend_90d", "sum(purchase.value, 90d)"},
                                {"orders_365d", "count(purchase, 365d)"},
                                {"sessions_28d", "count(session_start, 28d)"}};
  int examples = 0;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = line == "```expression";
    } else if (inside) {
      EXPECT_EQ(world.complaint(line, Type::kBool), "");
      ++examples;
    }
  }
  EXPECT_GE(examples, 25);
}

}  // namespace
}  // namespace millrace::expression
