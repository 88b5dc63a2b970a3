// What people write after --to.
#include "connectors/client/address.hpp"

#include <gtest/gtest.h>

namespace millrace::client {
namespace {

TEST(Address, IsReadFromAUrl) {
  const auto plain = parse_address("http://localhost:8080/");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->secure);
  EXPECT_EQ(plain->host, "localhost");
  EXPECT_EQ(plain->port, "8080");
  EXPECT_EQ(plain->base, "");
  EXPECT_EQ(plain->authority(), "localhost:8080");

  const auto secure = parse_address("https://events.example.com/collect");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->secure);
  EXPECT_EQ(secure->port, "443");
  EXPECT_EQ(secure->base, "/collect");
  EXPECT_EQ(secure->authority(), "events.example.com");
  EXPECT_EQ(secure->url(), "https://events.example.com/collect");
}

TEST(Address, MayLeaveOutTheSchemeAndThePort) {
  EXPECT_EQ(parse_address("127.0.0.1:9")->url(), "http://127.0.0.1:9");
  EXPECT_EQ(parse_address("http://shop")->port, "80");
}

TEST(Address, KnowsIpVersion6) {
  const auto address = parse_address("http://[::1]:8080");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "::1");
  EXPECT_EQ(address->port, "8080");
  EXPECT_EQ(address->authority(), "[::1]:8080");
  EXPECT_EQ(parse_address("http://[::1]")->port, "80");
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* wrong : {"",
                            "ftp://shop",
                            "http://",
                            "http://shop:eighty",
                            "http://shop:",
                            "http://key@shop",
                            "http://shop/?a=b",
                            "http://sh op",
                            "http://shop\r\nX: y",
                            "http://[::1",
                            "http://shop:123456"})
    EXPECT_FALSE(parse_address(wrong)) << wrong;
}

}  // namespace
}  // namespace millrace::client
