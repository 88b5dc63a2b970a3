#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::IsEmpty;
using Wrote = std::map<std::string, std::string>;

const Surroundings kAll = {.reads = {"context.page.host",
                                     "context.page.path",
                                     "context.page.search",
                                     "context.page.canonical_path",
                                     "context.page.canonical_url"}};

Wrote wrote(const EventBuilder& event, const std::string& yaml = {}) {
  return OperatorUnderTest("page", yaml, kAll).push(event).wrote;
}

std::string canonical(const std::string& url, const std::string& yaml = {}) {
  return wrote(page().with("context.page.url", url), yaml)["context.page.canonical_url"];
}

TEST(Page, TakesAnAddressApart) {
  const Wrote expected = {{"context.page.host", "www.shop.example"},
                          {"context.page.path", "/shoes/index.html"},
                          {"context.page.search", "?size=42&gclid=x"},
                          {"context.page.canonical_path", "/shoes"},
                          {"context.page.canonical_url", "shop.example/shoes?size=42"}};
  EXPECT_EQ(wrote(page().with("context.page.url",
                              "https://www.shop.example/shoes/index.html?size=42&gclid=x#top")),
            expected);
}

TEST(Page, LeavesWhatTheEventSays) {
  const Wrote filled = wrote(page()
                                 .with("context.page.url", "https://shop.example/a?b")
                                 .with("context.page.path", "/virtual")
                                 .with("context.page.search", "?own"));
  EXPECT_EQ(filled.count("context.page.path"), 0u);
  EXPECT_EQ(filled.count("context.page.search"), 0u);
  EXPECT_EQ(filled.at("context.page.canonical_path"), "/a");
  EXPECT_THAT(wrote(page()), IsEmpty());
}

TEST(Page, MakesAddressesOfOnePageTheSame) {
  for (const char* url : {"https://shop.example/",
                          "http://WWW.Shop.Example",
                          "https://shop.example/index.php?utm_source=a&fbclid=b",
                          "https://shop.example:443//?&#top"})
    EXPECT_EQ(canonical(url), "shop.example/") << url;
  EXPECT_EQ(canonical("https://shop.example/a/?x=1&sid=2&y=3", "drop_parameters: [sid]"),
            "shop.example/a?x=1&y=3");
  EXPECT_EQ(canonical("https://shop.example/a/home.html", "index_files: [home.html]"),
            "shop.example/a");
}

}  // namespace
}  // namespace millrace
