#include "engine/base/url.hpp"

#include "engine/base/random.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
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

TEST(IsPercentEncoded, SaysWhetherDecodingChangesAnything) {
  EXPECT_TRUE(is_percent_encoded("a%41", Plus::kKept));
  EXPECT_FALSE(is_percent_encoded("a+b", Plus::kKept));
  EXPECT_TRUE(is_percent_encoded("a+b", Plus::kSpace));
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs decoded(std::string_view query) {
  const auto memory = std::make_unique<char[]>(query.size());
  std::vector<UrlParameter> found;
  decode_query(query, memory.get(), found);
  return {found.begin(), found.end()};
}

TEST(DecodeQuery, DecodesNamesAndValues) {
  const Pairs expected = {{"a", "1"}, {"b ", "x y"}, {"c", ""}, {"d", "e=f"}};
  EXPECT_EQ(decoded("a=1&&b%20=x+y&c&d=e=f"), expected);
}

TEST(DecodeQuery, GivesWhatDecodingPairByPairGives) {
  constexpr std::string_view kLetters = "ab=&%+4f";
  Random random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string query(random.below(i % 2 == 0 ? 20 : 200), ' ');
    for (char& c : query) c = kLetters[random.below(kLetters.size())];
    Pairs expected;
    for (std::string_view rest = query; !rest.empty();)
      if (const UrlPair pair = take_pair(rest); !pair.whole.empty())
        expected.emplace_back(percent_decoded(pair.name, Plus::kSpace),
                              percent_decoded(pair.value, Plus::kSpace));
    ASSERT_EQ(decoded(query), expected) << query;
  }
}

}  // namespace
}  // namespace millrace
