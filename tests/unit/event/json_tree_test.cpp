#include "engine/event/json_tree.hpp"

#include "engine/event/json_projector.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

class Read {
 public:
  explicit Read(std::string text, JsonTree::Bounds bounds = {})
      : text_(std::move(text)), tree_(bounds), good_(tree_.read(text_, arena_)) {}
  bool good() const { return good_; }
  JsonNode root() const { return tree_.root(); }
  const JsonFault& fault() const { return tree_.fault(); }

 private:
  std::string text_;
  Arena arena_;
  JsonTree tree_;
  bool good_;
};

TEST(JsonTree, GivesEveryKindOfValue) {
  const Read read(R"( {"s":"a\n","n":-1.50,"t":true,"z":null,"l":[1,"b",{}],"o":{"k":{"d":2}}} )");
  ASSERT_TRUE(read.good());
  const JsonNode root = read.root();
  EXPECT_TRUE(root.is(JsonKind::kObject));
  EXPECT_EQ(root.size(), 6U);
  EXPECT_EQ(root["s"].text(), "a\n");
  EXPECT_EQ(root["s"].source(), R"("a\n")");
  EXPECT_EQ(root["n"].number(), -1.5);
  EXPECT_EQ(root["n"].text(), "-1.50");
  EXPECT_EQ(root["t"].text(), "true");
  EXPECT_TRUE(root["z"].is(JsonKind::kNull));
  EXPECT_FALSE(root["z"].present());
  EXPECT_EQ(root["z"].source(), "null");
  EXPECT_EQ(root["l"].source(), R"([1,"b",{}])");
  EXPECT_EQ(root["l"].size(), 3U);
  EXPECT_EQ(root["o"]["k"]["d"].number(), 2);
  EXPECT_EQ(root["o"].source(), R"({"k":{"d":2}})");
}

// Wherever in a text an escape stands, and however far it is to the next.
TEST(JsonTree, DecodesEscapesAtAnyPlace) {
  const std::vector<std::pair<std::string, std::string>> escapes = {
      {R"(\")", "\""}, {R"(\\)", "\\"}, {R"(\/)", "/"}, {R"(\t)", "\t"}, {R"(\u00e4)", "\xc3\xa4"}};
  for (std::size_t before = 0; before < 20; ++before)
    for (std::size_t between = 0; between < 20; ++between)
      for (const auto& [written, meant] : escapes) {
        const std::string x(before, 'x');
        const std::string y(between, 'y');
        const Read read("[\"" + x + written + y + written + "\",\"" + y + "\"]");
        ASSERT_TRUE(read.good());
        EXPECT_EQ((*read.root().begin()).text(), x + meant + y + meant);
      }
}

TEST(JsonTree, GivesNothingForWhatIsNotThere) {
  const Read read(R"({"a":{},"b":[],"c":1})");
  const JsonNode absent = read.root()["x"]["y"];
  EXPECT_TRUE(absent.is(JsonKind::kAbsent));
  EXPECT_FALSE(absent.present());
  EXPECT_EQ(absent.text(), "");
  EXPECT_EQ(absent.source(), "");
  EXPECT_EQ(absent.size(), 0U);
  EXPECT_TRUE(read.root()["c"]["y"].is(JsonKind::kAbsent));
  EXPECT_EQ(read.root()["a"].size(), 0U);
  EXPECT_EQ(read.root()["b"].size(), 0U);
  EXPECT_EQ(read.root()["c"].size(), 0U);
}

TEST(JsonTree, WalksMembersInTheirOrderWithUnescapedKeys) {
  const Read read(R"({"\u0061":1,"b\"":[[2],3],"c":4})");
  std::vector<std::string> seen;
  for (const JsonNode member : read.root())
    seen.push_back(std::string(member.key()) + "=" + std::string(member.source()));
  EXPECT_EQ(seen, (std::vector<std::string>{"a=1", "b\"=[[2],3]", "c=4"}));
}

TEST(JsonTree, GivesAMemberWithItsKeyAsItStands) {
  const Read read(R"({"a" : [1, 2],"\u0062":"x"})");
  EXPECT_EQ(read.root()["a"].member(), R"("a" : [1, 2])");
  EXPECT_EQ(read.root()["b"].member(), "") << "its key is written otherwise";
  EXPECT_EQ((*read.root()["a"].begin()).member(), "");
  EXPECT_EQ(JsonNode().member(), "");
}

// Memory is there for as many values as there may be, which is known before any is read.
TEST(JsonTree, HoldsTextsOfNothingButValues) {
  for (const int depth : {1, 2, 63, 64}) {
    const std::string open(static_cast<std::size_t>(depth), '[');
    const std::string close(static_cast<std::size_t>(depth), ']');
    EXPECT_TRUE(Read(open + close).good()) << depth;
    EXPECT_TRUE(Read(open + "1,2,3,4,5,6,7,8" + close).good()) << depth;
    EXPECT_FALSE(Read(open + "]").good() && depth > 1) << depth;
    EXPECT_FALSE(Read(open + "1 2 3 4 5 6 7 8" + close).good()) << depth;
  }
}

TEST(JsonTree, TakesTheLastOfTwoMembersWithOneName) {
  const Read read(R"({"a":{"x":1},"a":{"y":2}})");
  EXPECT_FALSE(read.root()["a"]["x"].present());
  EXPECT_EQ(read.root()["a"]["y"].number(), 2);
}

TEST(JsonTree, RefusesWhatTheProjectorRefusesForTheSameReason) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  for (const std::string& text : {std::string(R"({"a":1)"),
                                  std::string(R"({"a":1}})"),
                                  std::string(R"({"a":1,})"),
                                  std::string(R"({"a":"\x"})"),
                                  std::string("{\"a\":\"\xff\"}"),
                                  std::string(R"({"a":1e400})"),
                                  std::string(R"({"a":tru})"),
                                  std::string(),
                                  deep}) {
    const Read read(text);
    JsonProjector projector({{{PathStep{"a"}}}}, "");
    Arena arena;
    EXPECT_FALSE(read.good()) << text;
    ASSERT_FALSE(projector.read(text, arena)) << text;
    EXPECT_EQ(read.fault().reason, projector.fault().reason) << text;
    EXPECT_EQ(read.fault().offset, projector.fault().offset) << text;
  }
}

TEST(JsonTree, IsBounded) {
  EXPECT_EQ(Read(R"({"a":"bcdef"})", {.bytes = 8}).fault().reason, "body_too_large");
  EXPECT_EQ(Read(R"("text")").fault().reason, "not_an_object");
}

}  // namespace
}  // namespace millrace
