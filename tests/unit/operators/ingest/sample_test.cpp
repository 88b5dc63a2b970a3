#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

TEST(Sample, KeepsAllEventsOfOneProfileInSoMany) {
  OperatorUnderTest sample("sample", "one_in: 4");
  int kept = 0;
  for (ProfileId profile = 1; profile <= 4000; ++profile) {
    const std::string verdict = sample.push(page().profile(profile)).verdict;
    EXPECT_THAT(verdict, AnyOf("keep", "drop(not_in_sample)"));
    EXPECT_EQ(sample.push(track("Order Completed").profile(profile)).verdict, verdict);
    kept += verdict == "keep" ? 1 : 0;
  }
  EXPECT_NEAR(kept, 1000, 100);
}

TEST(Sample, KeepsEverybodyWhenToldSo) {
  OperatorUnderTest sample("sample", "one_in: 1");
  for (ProfileId profile = 1; profile <= 100; ++profile)
    EXPECT_EQ(sample.push(page().profile(profile)).verdict, "keep");
}

TEST(Sample, ExplainsAWrongConfiguration) {
  EXPECT_THAT(OperatorUnderTest::problems("sample", "one_in: 0"), HasSubstr("one_in"));
}

}  // namespace
}  // namespace millrace
