// YAML that is broken, refused, or meant to harm.
#include "engine/base/random.hpp"
#include "tests/unit/config/sample.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace millrace::config {
namespace {

std::string load_errors(const std::string& text, const DocumentLimits& limits = {}) {
  Problems problems;
  const auto document = Document::load(text, "f", problems, limits);
  return render_all(problems, document.source());
}

struct Refusal {
  std::string text;
  std::string errors;
};

TEST(Yaml, SaysWhatIsWrongAndWhere) {
  const Refusal cases[] = {
      {"a: b: c\n",
       "f:1:5: error: a ':' is not expected here (check the indentation; quote a text that "
       "contains ': ')\n"
       "    1 | a: b: c\n      |     ^\n"},
      {"a: \"x\nb: 1\n", "f:1:4: error: the quote is never closed\n    1 | a: \"x\n      |    ^\n"},
      {"a: 'it''s\n", "f:1:4: error: the quote is never closed\n    1 | a: 'it''s\n      |    ^\n"},
      {"a: [1, 2\n",
       "f:2:1: error: the list is not closed (']' is missing, or a text with {} in it is not "
       "quoted)\n"},
      {"[1, 2",
       "f:1:1: error: a key must be a text (or is this bracket not closed?)\n    1 | [1, 2\n      "
       "| ^\n"},
      {"a: {b: 1",
       "f:1:9: error: the map is not closed ('}' is missing, or a text with {} in it is not "
       "quoted)\n    1 | a: {b: 1\n      |         "
       "^\n"},
      {"a: 1\n'b'\n",
       "f:2:1: error: this does not belong to the map above (check the indentation and the "
       "quotes)\n"
       "    2 | 'b'\n      | ^\n"},
      {"'a' b\n",
       "f:1:5: error: this does not belong to the value above (check the indentation and the "
       "quotes)\n"
       "    1 | 'a' b\n      |     ^\n"},
      {"a: @x\n",
       "f:1:4: error: no value begins with this character (quote the text)\n    1 | a: @x\n      | "
       "   ^\n"},
      {"? [a]\n: 1\n",
       "f:1:3: error: a key must be a text (or is this bracket not closed?)\n    1 | ? [a]\n      "
       "|   ^\n"},
      {": 1\n", "f:1:1: error: a key is empty\n    1 | : 1\n      | ^\n"},
      {"a: \"\\q\"\n",
       "f:1:7: error: not valid YAML: unknown escape character: q\n    1 | a: \"\\q\"\n      |     "
       "  ^\n"},
      {"a: \"x\\N\"\n",
       "f:1:4: error: this text is not UTF-8 (write \\x85 for \\N and \\xa0 for \\_)\n    1 | a: "
       "\"x\\N\"\n      |    ^^^^^\n"},
  };
  for (const auto& [text, errors] : cases) EXPECT_EQ(load_errors(text), errors) << text;
}

TEST(Yaml, RefusesTabsInIndentation) {
  EXPECT_EQ(
      load_errors("a:\n\tb: 1\n"),
      "f:2:1: error: a tab is used for indentation (use spaces)\n    2 | \tb: 1\n      | ^\n");
  EXPECT_EQ(
      load_errors("a:\n  b: 1\n  \tc: 1\n"),
      "f:3:3: error: a tab is used for indentation (use spaces)\n    3 |   \tc: 1\n      |   ^\n");
  EXPECT_EQ(load_errors("a:\t1\nb: \"x\ty\"\n"), "");
}

TEST(Yaml, RefusesWhatCouldExpandOrConstruct) {
  const Refusal cases[] = {
      {"a: &x 1\n",
       "f:1:4: error: anchors and aliases (&, *) are not supported (write the value out)\n    1 | "
       "a: &x 1\n      |    ^\n"},
      {"a: *x\n",
       "f:1:4: error: anchors and aliases (&, *) are not supported (write the value out)\n    1 | "
       "a: *x\n      |    ^\n"},
      {"<<: {a: 1}\n",
       "f:1:1: error: merge keys (<<) are not supported (write the values out)\n    1 | <<: {a: "
       "1}\n      | ^^\n"},
      {"a: !!binary x\n",
       "f:1:4: error: tags (!) are not supported (quote a text that begins with '!')\n    1 | a: "
       "!!binary x\n      |    ^\n"},
      {"a: ! {b: 1}\n",
       "f:1:4: error: tags (!) are not supported (quote a text that begins with '!')\n    1 | a: ! "
       "{b: 1}\n      |    ^\n"},
      {"--- 1\n--- 2\n",
       "f:2:1: error: a second document begins (one file holds one document)\n    2 | --- 2\n      "
       "| ^^^\n"},
  };
  for (const auto& [text, errors] : cases) EXPECT_EQ(load_errors(text), errors) << text;
  std::string laughs = "a0: &a0 [ha]\n";
  for (int i = 1; i < 30; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
              "]\n";
  }
  EXPECT_NE(load_errors(laughs).find("anchors"), std::string::npos);
}

TEST(Yaml, ShowsBothPlacesOfADuplicateKey) {
  EXPECT_EQ(
      load_errors("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\nl:\n- x: 1\n- y: 1\n  \"y\": 2\n"),
      "f:2:17: error: duplicate key 'c' in b (also at 2:5)\n    2 | b: {c: 1, d: 2, c: 3}\n      | "
      "                ^\n"
      "f:3:1: error: duplicate key 'a' (also at 1:1)\n    3 | a: 2\n      | ^\n"
      "f:7:3: error: duplicate key 'y' in l[1] (also at 6:3)\n    7 |   \"y\": 2\n      |   ^^^\n");
}

TEST(Yaml, RefusesBytesThatAreNotText) {
  const std::pair<std::string, std::string> cases[] = {
      {"a: b\xFF\n", "f:1:5: error: byte 0xff is not UTF-8"},
      {"\xFF\xFE"
       "a",
       "f:1:1: error: byte 0xff is not UTF-8"},
      {"a: \xED\xA0\x80", "f:1:4: error: byte 0xed is not UTF-8"},
      {std::string("a: \0b", 5), "f:1:4: error: control character 0x00"},
      {"a: b\nc: \x04 d: 1", "f:2:4: error: control character 0x04"},
      {"a: 1\rb: 2", "f:1:5: error: control character 0x0d"},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(load_errors(text).rfind(error, 0), 0U) << load_errors(text);
}

TEST(Yaml, KeepsItsBounds) {
  EXPECT_EQ(load_errors("abc", {.bytes = 3}), "");
  EXPECT_EQ(load_errors("abcd", {.bytes = 3}), "f: error: the document is larger than 3 bytes\n");
  EXPECT_EQ(load_errors("[1, 2]", {.values = 3}), "");
  EXPECT_NE(load_errors("[1, 2, 3]", {.values = 3}).find("more than 3 values"), std::string::npos);
  EXPECT_EQ(load_errors("[[1]]", {.depth = 2}), "");
  EXPECT_NE(load_errors("[[[1]]]", {.depth = 2}).find("nested more than 2 deep"),
            std::string::npos);
  EXPECT_EQ(load_errors("abc: 1", {.key_bytes = 3}), "");
  EXPECT_NE(load_errors("abcd: 1", {.key_bytes = 3}).find("a key is longer than 3 bytes"),
            std::string::npos);
}

TEST(Yaml, LargeHostileTextIsReadOrRefusedSoon) {
  for (const std::string_view unit : {"[",
                                      "{",
                                      "- ",
                                      "? ",
                                      "-\n",
                                      "a: ",
                                      "\"",
                                      "'",
                                      "#\n",
                                      "&a ",
                                      "!",
                                      "%a\n",
                                      "[a,",
                                      "x\n ",
                                      "a: |\n",
                                      ":",
                                      "{{}: ",
                                      "a: {\n",
                                      "\"a\":",
                                      "[? ",
                                      "a: 1\n",
                                      ",",
                                      "\xF0\x9F\x99\x82",
                                      "${",
                                      "- - "}) {
    std::string text;
    while (text.size() + unit.size() <= (1 << 18)) text += unit;
    Problems problems;
    const auto document = Document::load(text, "f", problems);
    if (document.root()) parse<Sample>(document.root(), problems);
    EXPECT_LE(problems.size(), kProblemsMax) << unit;
    EXPECT_LT(render_all(problems, document.source()).size(), 100'000U) << unit;
  }
}

TEST(Yaml, CollectsABoundedNumberOfProblems) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "k" + std::to_string(i) + ": 1\nk" + std::to_string(i) + ": 1\n";
  Problems problems;
  const auto document = Document::load(text, "f", problems);
  parse<Sample>(document.root(), problems);
  EXPECT_EQ(problems.size(), kProblemsMax);
}

// Pieces that mean something to YAML or to the sample, in any order.
std::string random_text(Random& random) {
  static constexpr std::string_view kPieces[] = {"a",        "name",    "list",
                                                 "inner",    "steps",   "id",
                                                 "pause",    "tags",    "raw",
                                                 ": ",       ":",       "- ",
                                                 "\n",       "\n  ",    "\n    ",
                                                 "[",        "]",       "{",
                                                 "}",        ", ",      "'",
                                                 "\"",       "\\",      "\\n",
                                                 "\\x41",    "\\ud800", "|",
                                                 ">",        "|-\n  ",  "#",
                                                 " #",       "&x",      "*x",
                                                 "!t",       "<<",      "---",
                                                 "...",      "%Y",      "?",
                                                 "? ",       "~",       "null",
                                                 "true",     "1",       "-5",
                                                 "1e9",      "10m",     "${env:A}",
                                                 "${",       "$${",     "}",
                                                 "\t",       "\r\n",    "\r",
                                                 "\xC3\xA9", "\xFF",    "\xEF\xBB\xBF",
                                                 "@",        "`",       " "};
  std::string text;
  for (auto pieces = random.below(40); pieces > 0; --pieces)
    text += kPieces[random.below(std::size(kPieces))];
  return text;
}

void expect_sound(const std::string& text) {
  Problems problems;
  const auto document = Document::load(text, "f", problems);
  if (document.root()) {
    parse<Sample>(document.root(), problems);
    for (const auto& entry : document.root().entries())
      for (std::size_t i = 0; i <= entry.value.text().size(); ++i) {
        const auto at = entry.value.location_of({i, 1});
        problems.push_back(entry.value.problem_at(at, "", ""));
      }
  } else {
    EXPECT_FALSE(problems.empty()) << text;
  }
  const auto lines = std::count(document.source().begin(), document.source().end(), '\n') + 1;
  for (const auto& problem : problems) {
    EXPECT_LE(problem.line, lines) << text;
    EXPECT_GE(problem.line, 1) << text;
    EXPECT_GE(problem.column, 1) << text;
  }
  render_all(problems, document.source());
}

TEST(Yaml, AnyTextIsReadOrRefusedWithAPlace) {
  Random random(20);
  for (int i = 0; i < 20'000 && !testing::Test::HasFailure(); ++i)
    expect_sound(random_text(random));
}

TEST(Yaml, ADamagedFileIsReadOrRefusedWithAPlace) {
  const std::string whole =
      "name: \"a \\\"quoted\\\" text\"\nnote: 'it''s'\nlist:\n  - id: 1\n    label: |\n      two\n "
      "     lines\n  - {id: 2, label: x}\n"
      "steps: {a: {id: 3}, b: {id: 4}}\ntags: [a, 'b', \"c\"]\nraw:\n  k: [1, [2, [3]]]\npause: "
      "5s\n";
  Random random(21);
  for (int i = 0; i < 10'000 && !testing::Test::HasFailure(); ++i) {
    auto text = whole;
    for (auto edits = 1 + random.below(4); edits > 0; --edits) {
      const auto at = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.erase(at, 1 + random.below(8));
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(12)));
      }
      if (text.empty()) text = "x";
    }
    expect_sound(text);
  }
}

}  // namespace
}  // namespace millrace::config
