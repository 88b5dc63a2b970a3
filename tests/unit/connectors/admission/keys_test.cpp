#include "connectors/admission/keys.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace millrace::admission {
namespace {

using testing::HasSubstr;

std::string file_with(std::string_view extra = "") {
  return fmt::format(R"(write:
  - key: wk_web
    source: shop-web
    origins: [https://shop.example]
    rate: 10/s
    burst: 20
  - {{key: wk_server, source: shop-server}}
read:
  - {{name: dashboard, sha256: {}, origins: [https://dash.example]}}
admin:
  - {{name: ops, sha256: {}}}
{})",
                     hash_text(hash_secret("reading")),
                     hash_text(hash_secret("ruling")),
                     extra);
}

Keys keys() {
  config::Problems problems;
  auto loaded = load_keys(file_with(), "keys.yaml", problems);
  EXPECT_TRUE(loaded) << (problems.empty() ? "" : problems[0].what);
  return *std::move(loaded);
}

// The problems of a file, as "line:column what".
std::vector<std::string> problems_of(std::string text) {
  config::Problems problems;
  EXPECT_FALSE(load_keys(std::move(text), "keys.yaml", problems));
  std::vector<std::string> shown;
  for (const auto& problem : problems)
    shown.push_back(fmt::format("{}:{} {}", problem.line, problem.column, problem.what));
  return shown;
}

TEST(Keys, NameTheSourceOfAWriteKey) {
  const Keys known = keys();
  ASSERT_NE(known.find_write("wk_web"), nullptr);
  EXPECT_EQ(known.find_write("wk_web")->source, "shop-web");
  EXPECT_EQ(known.find_write("wk_server")->source, "shop-server");
  EXPECT_EQ(known.find_write("wk_we"), nullptr);
  EXPECT_EQ(known.find_write(""), nullptr);
  EXPECT_EQ(known.find_write("reading"), nullptr);
}

TEST(Keys, BindAWriteKeyToOrigins) {
  const Keys known = keys();
  EXPECT_TRUE(known.find_write("wk_web")->allows("https://shop.example"));
  EXPECT_TRUE(known.find_write("wk_web")->allows("")) << "a server has no origin";
  EXPECT_FALSE(known.find_write("wk_web")->allows("https://shop.example.evil"));
  EXPECT_FALSE(known.find_write("wk_web")->allows("null"));
  EXPECT_TRUE(known.find_write("wk_server")->allows("https://any.example"));
}

TEST(Keys, GrantWhatASecretIsFor) {
  const Keys known = keys();
  EXPECT_EQ(known.find_reader("reading").grant, Grant::kRead);
  EXPECT_EQ(known.find_reader("ruling").grant, Grant::kAdmin);
  for (const auto none : {"", "wk_web", "readin", "reading "})
    EXPECT_EQ(known.find_reader(none).grant, Grant::kNone) << none;
  EXPECT_TRUE(known.lists_reader("https://dash.example"));
  EXPECT_FALSE(known.lists_reader("https://shop.example"));
}

TEST(Keys, SayWhereAFileIsWrong) {
  EXPECT_THAT(problems_of("write:\n  - key: a b\n    source: s\n"),
              testing::ElementsAre(HasSubstr("2:10 ")));
  EXPECT_THAT(problems_of("write:\n  - key: a\n"), testing::ElementsAre(HasSubstr("source")));
  EXPECT_THAT(problems_of("reads: []\n"), testing::ElementsAre(HasSubstr("1:1 unknown field")));
  EXPECT_THAT(problems_of("read:\n  - {name: n, sha256: abc}\n"),
              testing::ElementsAre(HasSubstr("does not match")));
  EXPECT_THAT(problems_of("write:\n  - {key: a, source: s}\n  - {key: a, source: t}\n"),
              testing::ElementsAre("3:11 the key is there already"));
}

TEST(Keys, RefuseAnOriginThatNoBrowserSends) {
  for (const auto origin : {"shop.example",
                            "https://Shop.example",
                            "https://shop.example/",
                            "https://shop.example:443",
                            "http://shop.example:80",
                            "https://*.example"})
    EXPECT_THAT(
        problems_of(fmt::format("write:\n  - {{key: a, source: s, origins: ['{}']}}\n", origin)),
        testing::ElementsAre(HasSubstr("is not an origin")));
}

TEST(Keys, OfDevelopmentAreAnyAndForThisMachineOnly) {
  const Keys open = Keys::development();
  ASSERT_NE(open.find_write("whatever"), nullptr);
  EXPECT_EQ(open.find_write("")->source, "development");
  EXPECT_EQ(open.find_reader("whatever").grant, Grant::kNone) << "the gate decides by open()";
  for (const auto host : {"127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"})
    EXPECT_EQ(why_not_at(open, host), "") << host;
  for (const auto host : {"0.0.0.0", "::", "192.168.1.2", "127.evil.example"})
    EXPECT_THAT(why_not_at(open, host), HasSubstr("without a keys file")) << host;
  EXPECT_EQ(why_not_at(keys(), "0.0.0.0"), "");
}

TEST(KeyRing, ServesOldRequestsByOldKeysAndNewOnesByNew) {
  KeyRing ring(keys());
  const auto before = ring.now();
  ring.replace(
      Keys(KeysConfig{.write = {{.key = "new", .source = "s", .origins = {}, .rate = {}}}}));
  EXPECT_NE(before->find_write("wk_web"), nullptr);
  EXPECT_EQ(ring.now()->find_write("wk_web"), nullptr);
  EXPECT_NE(ring.now()->find_write("new"), nullptr);
}

}  // namespace
}  // namespace millrace::admission
