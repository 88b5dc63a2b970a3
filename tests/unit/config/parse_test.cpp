// Described structs read from YAML: every type, and every way to get one wrong, as its author sees
// it.
#include "engine/config/checker.hpp"
#include "engine/config/fields.hpp"
#include "engine/config/resolver.hpp"
#include "tests/unit/config/sample.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>

namespace millrace::config {
namespace {

using namespace std::chrono_literals;

TEST(Parse, ReadsEveryType) {
  const auto sample = read_ok<Sample>(R"(
flag: true
small: 200
big: -9000000000
ratio: 0.25
name: "a # b"
note: plain text
window: 1h30m
limit: 64MiB
pace: 5/m
password: hunter2
ack: memory
maybe: 3
tags: [a, b]
weights: {x: 1.5, y: 2}
steps:
  zeta: {id: 1}
  alpha: {id: 2, label: two}
inner:
  id: 9
list:
  - id: 1
  - {id: 2, label: two}
raw: {any: [1, "two"]}
)");
  EXPECT_TRUE(sample.flag);
  EXPECT_EQ(sample.small, 200);
  EXPECT_EQ(sample.big, -9'000'000'000);
  EXPECT_EQ(sample.ratio, 0.25);
  EXPECT_EQ(sample.name, "a # b");
  EXPECT_EQ(sample.note.value, "plain text");
  EXPECT_EQ(sample.window, 90min);
  EXPECT_EQ(sample.limit, mebibytes(64));
  EXPECT_EQ(sample.pace.per_second, 5.0 / 60);
  EXPECT_EQ(sample.password.reveal(), "hunter2");
  EXPECT_EQ(sample.ack, Ack::kMemory);
  EXPECT_EQ(sample.maybe, 3);
  EXPECT_EQ(sample.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(sample.weights, (std::map<std::string, double>{{"x", 1.5}, {"y", 2}}));
  ASSERT_EQ(sample.steps.size(), 2U);
  EXPECT_EQ(sample.steps[0].first, "zeta");
  EXPECT_EQ(sample.steps[1].second.label, "two");
  EXPECT_EQ(sample.inner.id, 9);
  EXPECT_EQ(sample.list[1].label, "two");
  EXPECT_EQ(sample.raw.child("any").item(1).text(), "two");
}

TEST(Parse, KeepsDefaultsOfWhatIsNotGiven) {
  EXPECT_EQ(read_ok<Sample>("{}"), Sample());
  EXPECT_EQ(read_ok<Sample>(""), Sample());
  EXPECT_EQ(read_ok<Pause>("every: 2s").at_most, 1min);
}

TEST(Parse, AnAbsentNodeHasNoEntries) {
  Problems problems;
  EXPECT_EQ(parse<Pause>(Node(), problems), Pause());
  EXPECT_TRUE(problems.empty());
  parse<Part>(Node(), problems, {.path = "nodes.part"});
  EXPECT_EQ(render_all(problems, ""),
            "configuration: error: required field 'id' is missing in nodes.part\n");
}

TEST(Parse, EmptyContainersAndSectionsMayBeLeftBlank) {
  const auto sample = read_ok<Sample>("tags:\nweights:\nsteps: ~\nlist: null\nmaybe:\npause:\n");
  EXPECT_TRUE(sample.tags.empty());
  EXPECT_EQ(sample.maybe, std::nullopt);
  EXPECT_EQ(sample.pause, std::nullopt);
}

TEST(Parse, TakesPlainNumbersAndBooleansAsText) {
  const auto sample =
      read_ok<Sample>("{name: 007, tags: [true, 1.50, 'null'], small: \"7\", flag: 'true'}");
  EXPECT_EQ(sample.name, "007");
  EXPECT_EQ(sample.tags, (std::vector<std::string>{"true", "1.50", "null"}));
  EXPECT_EQ(sample.small, 7);
  EXPECT_TRUE(sample.flag);
}

TEST(Parse, TakesTheShortForm) {
  EXPECT_EQ(read_ok<Sample>("pause: 10s").pause, (Pause{.every = 10s}));
  EXPECT_EQ(read_ok<Sample>("pause: {every: 10s}").pause, (Pause{.every = 10s}));
}

TEST(Parse, AGivenListReplacesTheDefault) {
  struct Words {
    std::vector<std::string> words = {"a", "b"};
    static constexpr auto fields() { return std::tuple{field("words", &Words::words, "Some.")}; }
  };
  EXPECT_EQ(read_ok<Words>("words: [c]").words, (std::vector<std::string>{"c"}));
  EXPECT_EQ(read_ok<Words>("words: []").words, (std::vector<std::string>{}));
}

struct Widths {
  std::int8_t i8 = 0;
  std::uint16_t u16 = 0;
  std::int16_t i16 = 0;
  std::uint32_t u32 = 0;
  std::uint64_t u64 = 0;
  static constexpr auto fields() {
    return std::tuple{field("i8", &Widths::i8, "."),
                      field("u16", &Widths::u16, "."),
                      field("i16", &Widths::i16, "."),
                      field("u32", &Widths::u32, "."),
                      field("u64", &Widths::u64, ".", {.max = 18'446'744'073'709'551'614ULL})};
  }
};

TEST(Parse, IntegersFitTheirWidth) {
  const auto widths = read_ok<Widths>(
      "{i8: -128, u16: 65535, i16: -32768, u32: 4294967295, u64: 18446744073709551614}");
  EXPECT_EQ(widths.i8, -128);
  EXPECT_EQ(widths.u16, 65535);
  EXPECT_EQ(widths.i16, -32768);
  EXPECT_EQ(widths.u32, 4294967295U);
  EXPECT_EQ(widths.u64, 18446744073709551614ULL);
  for (const char* text : {"i8: 128",
                           "i8: -129",
                           "u16: 65536",
                           "u16: -1",
                           "i16: 32768",
                           "u32: 4294967296",
                           "u64: 18446744073709551616"})
    EXPECT_NE(errors_of<Widths>(text).find("is out of range"), std::string::npos) << text;
  EXPECT_NE(errors_of<Widths>("u64: 18446744073709551615")
                .find("is above the maximum of 18446744073709551614"),
            std::string::npos);
}

TEST(Parse, NestedNumberRulesHoldTexts) {
  struct Ruled {
    std::string word = "abc";
    std::string mode = "fast";
    static constexpr auto fields() {
      return std::tuple{field("word", &Ruled::word, ".", {.max_length = 5, .pattern = "[a-z]+"}),
                        field("mode", &Ruled::mode, ".", {.one_of = {"fast", "safe"}})};
    }
  };
  EXPECT_EQ(read_ok<Ruled>("{word: abcde, mode: safe}").mode, "safe");
  EXPECT_NE(errors_of<Ruled>("word: abcdef").find("'abcdef' is longer than 5 characters in word"),
            std::string::npos);
  EXPECT_NE(errors_of<Ruled>("word: a1").find("'a1' does not match [a-z]+ in word"),
            std::string::npos);
  EXPECT_NE(
      errors_of<Ruled>("mode: fest").find("in mode (did you mean 'fast'? allowed: fast, safe)"),
      std::string::npos);
}

TEST(Parse, LeavesKeysToSomebodyElse) {
  Problems problems;
  const auto document = Document::load("{id: 7, every: 3s, at_mst: 1m, labl: x}", "f", problems);
  const std::string_view also[] = {"id", "label"};
  EXPECT_EQ(parse<Pause>(document.root(), problems, {.path = "nodes.x", .also = also}).every, 3s);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].what + " " + problems[0].hint,
            "unknown field 'at_mst' did you mean 'at_most'?");
  EXPECT_EQ(problems[1].what + " " + problems[1].hint,
            "unknown field 'labl' did you mean 'label'?");
}

TEST(Parse, LeavesKeysOfTheOutermostStructOnly) {
  Problems problems;
  const auto document = Document::load("{pause: {id: 1}, id: 2}", "f", problems);
  const std::string_view also[] = {"id"};
  parse<Sample>(document.root(), problems, {.also = also});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].path, "pause");
}

struct Rules {
  Text when{};
  std::vector<Part> parts{};
  static constexpr auto fields() {
    return std::tuple{field("when", &Rules::when, "An expression."),
                      field("parts", &Rules::parts, "Parts.")};
  }
  void check(Checker& checker) const {
    if (const auto at = when.value.find("prodct"); at != std::string::npos)
      checker.problem("when", Span{at, 6}, "unknown event 'prodct'", "did you mean 'product'?");
    if (parts.size() == 2 && parts[0].id == parts[1].id)
      checker.problem("parts[1].id", "the same id twice");
    if (!checker.given("when")) checker.problem("", "nothing to do");
  }
};

TEST(Checker, PointsAtFieldsAndIntoTheirText) {
  EXPECT_EQ(errors_of<Rules>("when: \"count(\\x70rodct) > 3\"\nparts:\n  - id: 1\n  - id: 1\n"),
            "test.yaml:1:14: error: unknown event 'prodct' in when (did you mean 'product'?)\n"
            "    1 | when: \"count(\\x70rodct) > 3\"\n"
            "      |              ^^^^^^^^^\n"
            "test.yaml:4:9: error: the same id twice in parts[1].id\n"
            "    4 |   - id: 1\n"
            "      |         ^\n");
  EXPECT_EQ(errors_of<Rules>("parts: []\n"),
            "test.yaml:1:1: error: nothing to do\n    1 | parts: []\n      | ^\n");
  EXPECT_EQ(errors_of<Rules>("when: x\n"), "");
}

TEST(Checker, IsNotAskedAboutFieldsThatAreWrong) {
  EXPECT_EQ(errors_of<Rules>("parts: [{id: 0}]\n"),
            "test.yaml:1:14: error: '0' is below the minimum of 1 in parts[0].id\n"
            "    1 | parts: [{id: 0}]\n"
            "      |              ^\n");
}

}  // namespace
}  // namespace millrace::config
