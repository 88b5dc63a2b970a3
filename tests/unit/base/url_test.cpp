#include "engine/base/url.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

struct UrlCase {
  const char* url;
  UrlParts parts;
};

TEST(SplitUrl, GivesTheParts) {
  const UrlCase cases[] = {
      {"https://shop.example/a/b?c=d#e", {"https", "shop.example", "/a/b", "c=d"}},
      {"http://me:secret@shop.example:8443/", {"http", "shop.example", "/", ""}},
      {"https://shop.example?c=d", {"https", "shop.example", "", "c=d"}},
      {"//shop.example/a", {"", "shop.example", "/a", ""}},
      {"/a?to=https://other.example/", {"", "", "/a", "to=https://other.example/"}},
      {"/a//b", {"", "", "/a//b", ""}},
      {"android-app://com.example.shop/", {"android-app", "com.example.shop", "/", ""}},
      {"http://[::1]:80/a", {"http", "[::1]", "/a", ""}},
      {"", {"", "", "", ""}},
      {"#e?c", {"", "", "", ""}},
  };
  for (const auto& [url, parts] : cases) {
    const UrlParts found = split_url(url);
    EXPECT_EQ(found.scheme, parts.scheme) << url;
    EXPECT_EQ(found.host, parts.host) << url;
    EXPECT_EQ(found.path, parts.path) << url;
    EXPECT_EQ(found.query, parts.query) << url;
  }
}

TEST(ForEachParameter, DecodesNamesAndValues) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for_each_parameter("a=1&&b%20=x+y&c&d=e=f", [&](std::string name, std::string value) {
    pairs.emplace_back(std::move(name), std::move(value));
  });
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"b ", "x y"}, {"c", ""}, {"d", "e=f"}};
  EXPECT_EQ(pairs, expected);
}

}  // namespace
}  // namespace millrace
