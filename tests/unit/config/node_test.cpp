#include "engine/config/node.hpp"

#include <gtest/gtest.h>

namespace millrace::config {
namespace {

Document load(std::string text) {
  Problems problems;
  auto document = Document::load(std::move(text), "test.yaml", problems);
  EXPECT_EQ(render_all(problems, document.source()), "");
  return document;
}

TEST(Node, ShowsWhatTheDocumentHolds) {
  const auto root = load("b: 1\na: [x, \"y\", ~, {k: v}]\nc:\nd: null\n").root();
  ASSERT_TRUE(root.is_map());
  const auto entries = root.entries();
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].key, "b");
  EXPECT_EQ(entries[1].key, "a");
  const auto list = root.child("a");
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(list.item(0).text(), "x");
  EXPECT_FALSE(list.item(0).quoted());
  EXPECT_TRUE(list.item(1).quoted());
  EXPECT_TRUE(list.item(2).is_null());
  EXPECT_EQ(list.item(3).child("k").text(), "v");
  EXPECT_TRUE(root.child("c").is_null());
  EXPECT_TRUE(root.child("c"));
  EXPECT_TRUE(root.child("d").is_null());
  EXPECT_FALSE(root.child("e"));
  EXPECT_FALSE(list.child("x"));
}

TEST(Node, OutlivesItsDocument) {
  Node kept;
  {
    const auto document = load("a: {b: text}");
    kept = document.root().child("a");
  }
  EXPECT_EQ(kept.child("b").text(), "text");
  EXPECT_EQ(kept.file(), "test.yaml");
}

TEST(Node, AbsentIsNull) {
  const Node absent;
  EXPECT_FALSE(absent);
  EXPECT_TRUE(absent.is_null());
  EXPECT_EQ(absent.text(), "");
  EXPECT_TRUE(absent.entries().empty());
  EXPECT_FALSE(absent.child("a"));
  EXPECT_EQ(absent.location().line, 0);
}

TEST(Node, AnEmptyFileIsNull) {
  for (const char* text : {"", "# only a comment\n", "---\n", "\xEF\xBB\xBF", "\n\n"}) {
    const auto root = load(text).root();
    EXPECT_TRUE(root) << text;
    EXPECT_TRUE(root.is_null()) << text;
    EXPECT_GE(root.location().line, 1) << text;
  }
}

TEST(Node, EqualsWhatSaysTheSame) {
  const auto a = load("{a: [1, x], b: {c: ~}}").root();
  EXPECT_EQ(a, load("a:\n- 1\n- x\nb:\n  c:\n").root());
  EXPECT_FALSE(a == load("{a: [1, y], b: {c: ~}}").root());
  EXPECT_FALSE(a == load("{a: [1, 'x'], b: {c: ~}}").root());
  EXPECT_FALSE(a == load("{b: {c: ~}, a: [1, x]}").root());
  EXPECT_FALSE(a == Node());
}

TEST(Node, KnowsWhereItIsWritten) {
  const auto root = load(
                        "\xEF\xBB\xBF"
                        "a: plain\r\n\xC3\xA9: 'q''q'  # c\r\nlist:\r\n  - {x: \"\\u00e9\"}\r\n  - "
                        "|\r\n    block\r\nempty:\r\n")
                        .root();
  EXPECT_EQ(root.child("a").location(), (Location{1, 4, 5}));
  EXPECT_EQ(root.child("\xC3\xA9").location(), (Location{2, 4, 6}));
  EXPECT_EQ(root.child("\xC3\xA9").name_location(), (Location{2, 1, 1}));
  EXPECT_EQ(root.child("list").name_location(), (Location{3, 1, 4}));
  EXPECT_EQ(root.child("list").item(0).child("x").location(), (Location{4, 9, 8}));
  EXPECT_EQ(root.child("list").item(1).location(), (Location{5, 5, 1}));
  EXPECT_EQ(root.child("empty").location(), (Location{7, 1, 5}));
}

// The line and column at which the first `@` of the value is written.
std::string place_of_at(std::string text) {
  const auto document = load(std::move(text));
  const auto value = document.root().child("a");
  const auto offset = value.text().find('@');
  EXPECT_NE(offset, std::string_view::npos);
  const auto at = value.location_of({offset, 1});
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

TEST(Node, FindsAByteOfAScalarInTheFile) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: xy@z", "1:6"},
      {"a: \xC3\xA9\xC3\xA9 @", "1:7"},
      {"a: 'it''s @'", "1:11"},
      {"a: '  @'", "1:7"},
      {"a: \"\\\"\\n\\t\\\\ @\"", "1:14"},
      {"a: \"\\x41\\u00e9\\u20ac\\U0001F642@\"", "1:31"},
      {"a: \"\\L\\P\\0\\e@\"", "1:13"},
      {"a: one two\n  three @", "2:9"},
      {"a: one\n\n\n  @", "4:3"},
      {"a: 'one\n  two''s @'", "2:10"},
      {"a: \"one\n   two\\\n   thr@\"", "3:7"},
      {"a: |\n  one\n  two @\n", "3:7"},
      {"a: |\n\n\n    one\n      @\n", "5:7"},
      {"a: >-\n  one\n  two @\n", "3:7"},
      {"a: |2-  # comment\n    @\n", "2:5"},
      {"a: |\r\n  one\r\n  two @\r\n", "3:7"},
  };
  for (const auto& [text, place] : cases) EXPECT_EQ(place_of_at(text), place) << text;
}

TEST(Node, APartOfAScalarHasItsLength) {
  const auto value = load("a: count(prodct_view) > 3").root().child("a");
  EXPECT_EQ(value.location_of({6, 11}), (Location{1, 10, 11}));
  EXPECT_EQ(value.location_of({6, 1000}), (Location{1, 10, 16}));
  EXPECT_EQ(value.location_of({1000, 1}), (Location{1, 26, 1}));
}

TEST(Text, PointsIntoItsScalarUnlessAReferenceChangedIt) {
  const auto node = load("a: count(x)").root().child("a");
  EXPECT_EQ((Text{"count(x)", node}.problem({6, 1}, "a", "unknown").column), 10);
  EXPECT_EQ((Text{"other", node}.problem({3, 1}, "a", "unknown").column), 4);
}

}  // namespace
}  // namespace millrace::config
