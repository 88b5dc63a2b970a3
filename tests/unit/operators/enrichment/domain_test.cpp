#include "operators/enrichment/domain.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(RegistrableDomain, IsTheSuffixAndOneLabel) {
  const std::pair<const char*, const char*> cases[] = {
      {"shop.example.com", "example.com"},
      {"example.com", "example.com"},
      {"a.b.example.co.uk", "example.co.uk"},
      {"example.co.uk", "example.co.uk"},
      {"co.uk", "co.uk"},
      {"shop.example.de", "example.de"},
      {"t.co", "t.co"},
      {"localhost", "localhost"},
      {"192.168.0.1", "192.168.0.1"},
      {"[::1]", "[::1]"},
      {"", ""},
      {".", "."},
      {".de", ".de"},
      {"com.", "com."},
  };
  for (const auto& [host, domain] : cases) EXPECT_EQ(registrable_domain(host), domain) << host;
}

TEST(PlainHost, IsLowerCaseWithoutWww) {
  EXPECT_EQ(plain_host("WWW.Example.COM"), "example.com");
  EXPECT_EQ(plain_host("example.com."), "example.com");
  EXPECT_EQ(plain_host("wwwexample.com"), "wwwexample.com");
}

}  // namespace
}  // namespace millrace
