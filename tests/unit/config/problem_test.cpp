#include "engine/config/problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace::config {
namespace {

TEST(Problem, IsShownWithItsLineAndACaret) {
  const Problem problem{.file = "shop.yaml",
                        .line = 2,
                        .column = 5,
                        .length = 5,
                        .path = "nodes.dedupe",
                        .what = "unknown field 'windw'",
                        .hint = "did you mean 'window'?"};
  EXPECT_EQ(render(problem, "dedupe:\n    windw: 30d\n"),
            "shop.yaml:2:5: error: unknown field 'windw' in nodes.dedupe (did you mean 'window'?)\n"
            "    2 |     windw: 30d\n"
            "      |     ^^^^^\n");
}

TEST(Problem, WithoutAPlaceIsOneLine) {
  EXPECT_EQ(render({.file = "a.yaml", .what = "is empty"}, "x: 1"), "a.yaml: error: is empty\n");
  EXPECT_EQ(render({.file = "", .what = "is empty"}, ""), "configuration: error: is empty\n");
}

TEST(Problem, OfASecretDoesNotShowItsLine) {
  EXPECT_EQ(render({.file = "a", .line = 1, .column = 4, .length = 0, .what = "short"}, "k: pw"),
            "a:1:4: error: short\n");
}

TEST(Problem, CaretCountsCharactersAndKeepsTabs) {
  EXPECT_EQ(render({.file = "a", .line = 1, .column = 4, .length = 2, .what = "w"},
                   "\xC3\xA9\t\xE2\x82\xAC"
                   "bc"),
            "a:1:4: error: w\n    1 | \xC3\xA9\t\xE2\x82\xAC"
            "bc\n      |  \t ^^\n");
}

TEST(Problem, CaretStaysOnItsLine) {
  EXPECT_EQ(render({.file = "a", .line = 1, .column = 2, .length = 99, .what = "w"}, "abc\ndef"),
            "a:1:2: error: w\n    1 | abc\n      |  ^^\n");
  EXPECT_EQ(render({.file = "a", .line = 1, .column = 4, .length = 1, .what = "w"}, "abc"),
            "a:1:4: error: w\n    1 | abc\n      |    ^\n");
  EXPECT_EQ(render({.file = "a", .line = 7, .column = 1, .what = "w"}, "abc"), "a:7:1: error: w\n");
  EXPECT_EQ(render({.file = "a", .line = 1, .column = 9, .what = "w"}, "abc"), "a:1:9: error: w\n");
}

TEST(Problem, LongLinesAreCutAroundThePlace) {
  const auto text = std::string(500, 'a') + "X" + std::string(500, 'b');
  const auto shown = render({.file = "a", .line = 1, .column = 501, .what = "w"}, text);
  EXPECT_EQ(shown,
            "a:1:501: error: w\n    1 | ..." + std::string(60, 'a') + "X" + std::string(59, 'b') +
                "...\n      | " + std::string(63, ' ') + "^\n");
}

TEST(Problem, DoesNotPassControlCharactersToTheTerminal) {
  const auto shown = render({.file = "a\x1b",
                             .line = 1,
                             .column = 1,
                             .path = "p\x7f",
                             .what = "w\x1b[31m",
                             .hint = "h\n"},
                            "k\x1b[0m\xC2\x9B\xFF");
  for (const char c : shown)
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int(c);
  EXPECT_EQ(shown.find('\x7f'), std::string::npos);
  EXPECT_EQ(shown.find("\xC2\x9B"), std::string::npos);
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 3);
}

TEST(Problem, AllAreShownByLineAndColumn) {
  const Problems problems = {{.file = "a", .line = 2, .column = 1, .length = 0, .what = "third"},
                             {.file = "a", .line = 1, .column = 5, .length = 0, .what = "second"},
                             {.file = "a", .line = 1, .column = 2, .length = 0, .what = "first"},
                             {.file = "a", .what = "of the whole"}};
  EXPECT_EQ(
      render_all(problems, "x\ny"),
      "a: error: of the whole\na:1:2: error: first\na:1:5: error: second\na:2:1: error: third\n");
}

TEST(Closest, FindsTheWordThatWasMeant) {
  const std::string_view words[] = {"window", "key", "on_missing", "max_count"};
  const std::pair<std::string_view, std::string_view> cases[] = {{"windw", "window"},
                                                                 {"widnow", "window"},
                                                                 {"Window", "window"},
                                                                 {"kye", "key"},
                                                                 {"max_cuont", "max_count"},
                                                                 {"on_mising", "on_missing"},
                                                                 {"zzz", ""},
                                                                 {"", ""},
                                                                 {"k", ""},
                                                                 {"wndw", "window"}};
  for (const auto& [word, expected] : cases)
    EXPECT_EQ(closest(word, words), word == "wndw" ? "" : expected) << word;
  EXPECT_EQ(did_you_mean("windw", words), "did you mean 'window'?");
  EXPECT_EQ(did_you_mean("zzz", words), "");
  EXPECT_EQ(closest(std::string(100'000, 'w'), words), "");
}

TEST(Quote, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(quote("abc"), "'abc'");
  EXPECT_EQ(quote(std::string(61, 'a')), "'" + std::string(60, 'a') + "...'");
  std::string euros;
  for (int i = 0; i < 30; ++i) euros += "\xE2\x82\xAC";
  EXPECT_EQ(quote(euros), "'" + euros.substr(0, 60) + "...'");
  EXPECT_EQ(quote("a" + euros), "'a" + euros.substr(0, 60) + "...'");
}

}  // namespace
}  // namespace millrace::config
