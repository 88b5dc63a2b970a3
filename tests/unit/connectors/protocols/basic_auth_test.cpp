#include "connectors/protocols/basic_auth.hpp"

#include "tests/support/collecting.hpp"

#include <gtest/gtest.h>

namespace millrace::protocols {
namespace {

std::string user(std::string value) {
  const Asked asked{.target = "/", .headers = {{"authorization", std::move(value)}}};
  return basic_user(request_of(asked));
}

TEST(BasicAuth, NamesTheUser) {
  EXPECT_EQ(user("Basic d2sxOg=="), "wk1");          // wk1:
  EXPECT_EQ(user("basic  d2sxOg"), "wk1");           // without padding
  EXPECT_EQ(user("Basic d2sx"), "wk1");              // no colon
  EXPECT_EQ(user("BASIC d2sxOnBhc3N3b3Jk"), "wk1");  // wk1:password
  EXPECT_EQ(user("Basic d3JpdGUta2V5Og=="), "write-key");
}

TEST(BasicAuth, IsNothingWhereItCannotBeRead) {
  for (const auto value :
       {"", "Basic", "Basic ", "Basic !!!!", "Bearer d2sxOg==", "d2sxOg==", "Basic Og=="})
    EXPECT_EQ(user(value), "") << value;
  EXPECT_EQ(user("Basic " + std::string(10'000, 'd')), "");
}

}  // namespace
}  // namespace millrace::protocols
