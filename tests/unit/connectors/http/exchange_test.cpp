#include "connectors/http/exchange.hpp"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(Request, FindsAHeaderWhateverItsCase) {
  const Request request{.headers = {{"Host", "shop"}, {"X-One", "1"}, {"x-one", "2"}}};
  EXPECT_EQ(request.header("host"), "shop");
  EXPECT_EQ(request.header("X-ONE"), "1");
  EXPECT_EQ(request.header("x-on"), "");
}

TEST(Request, DecodesAParameter) {
  const Request request{.query = "a=1&b=x%20y+z&&c&a=2&d=%zz%4"};
  EXPECT_EQ(request.parameter("a"), "1");
  EXPECT_EQ(request.parameter("b"), "x y z");
  EXPECT_EQ(request.parameter("c"), "");
  EXPECT_EQ(request.parameter("d"), "%zz%4");
  EXPECT_EQ(request.parameter("e"), std::nullopt);
}

TEST(Request, FindsACookieAmongOthers) {
  const Request request{
      .headers = {{"Cookie", "id=1; uid=a=b ;x"}, {"Accept", "*"}, {"cookie", "late=2"}}};
  EXPECT_EQ(request.cookie("id"), "1");
  EXPECT_EQ(request.cookie("uid"), "a=b");
  EXPECT_EQ(request.cookie("late"), "2");
  EXPECT_EQ(request.cookie("x"), "");
  EXPECT_EQ(request.cookie("i"), "");
}

TEST(Refusal, SaysItsReasonInBodyAndHeader) {
  const Response response = refusal(413, "body_too_large", "more than \"32 KiB\"");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body,
            R"({"error":"body_too_large","detail":"more than \"32 KiB\"","code":413})");
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0],
            std::pair(std::string("X-Millrace-Reason"), std::string("body_too_large")));
}

}  // namespace
}  // namespace millrace::http
