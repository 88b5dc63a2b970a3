#include "connectors/http/url.hpp"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(PercentDecoded, DecodesWhatIsWellFormedAndKeepsTheRest) {
  EXPECT_EQ(percent_decoded("a%2Fb%2fc", Plus::kKept), "a/b/c");
  EXPECT_EQ(percent_decoded("a+b", Plus::kKept), "a+b");
  EXPECT_EQ(percent_decoded("a+b", Plus::kSpace), "a b");
  EXPECT_EQ(percent_decoded("%", Plus::kKept), "%");
  EXPECT_EQ(percent_decoded("%4", Plus::kKept), "%4");
  EXPECT_EQ(percent_decoded("%g1%1g", Plus::kKept), "%g1%1g");
  EXPECT_EQ(percent_decoded("%00", Plus::kKept), std::string(1, '\0'));
  EXPECT_EQ(percent_decoded("%25%32%30", Plus::kKept), "%20");
}

}  // namespace
}  // namespace millrace::http
