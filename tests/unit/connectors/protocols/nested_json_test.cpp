#include "connectors/protocols/nested_json.hpp"

#include "engine/event/json_check.hpp"

#include <gtest/gtest.h>

namespace millrace::protocols {
namespace {

std::string json(std::vector<Parameter> pairs) {
  std::string out;
  write_nested_json(pairs, out);
  EXPECT_FALSE(find_json_fault(out, 64)) << out;
  return out;
}

TEST(NestedJson, NestsByDots) {
  EXPECT_EQ(json({}), "{}");
  EXPECT_EQ(json({{"event", "E"}}), R"({"event":"E"})");
  EXPECT_EQ(json({{"b", "1"}, {"a.c", "2"}, {"a.b", "3"}}), R"({"a":{"b":"3","c":"2"},"b":"1"})");
  EXPECT_EQ(json({{"a.b.c", "1"}, {"a.d.e", "2"}, {"a.d.f.g", "3"}, {"h.i", "4"}}),
            R"({"a":{"b":{"c":"1"},"d":{"e":"2","f":{"g":"3"}}},"h":{"i":"4"}})");
}

TEST(NestedJson, KeepsAnObjectTogetherWhateverItsNeighboursAreCalled) {
  EXPECT_EQ(json({{"a.b.x", "1"}, {"a.b-c", "2"}, {"a.b.y", "3"}, {"a.bb.z", "4"}, {"a!", "5"}}),
            R"({"a!":"5","a":{"b-c":"2","b":{"x":"1","y":"3"},"bb":{"z":"4"}}})");
}

TEST(NestedJson, PutsTheLastOfTwoValuesLast) {
  EXPECT_EQ(json({{"a", "1"}, {"a", "2"}}), R"({"a":"1","a":"2"})");
  EXPECT_EQ(json({{"a.b", "1"}, {"a", "2"}}), R"({"a":"2","a":{"b":"1"}})");
}

TEST(NestedJson, TakesNamesOfDotsOnly) {
  EXPECT_EQ(json({{".", "1"}}), R"({"":{"":"1"}})");
  EXPECT_EQ(json({{"", "1"}}), R"({"":"1"})");
  EXPECT_EQ(json({{"a..b", "1"}}), R"({"a":{"":{"b":"1"}}})");
}

TEST(NestedJson, ReadsNumbersAndTruthAmongProperties) {
  for (const auto text : {"0", "12.5", "-3", "-0.25", "123456789012345", "true", "false"})
    EXPECT_EQ(json({{"properties.x", text}}), std::string(R"({"properties":{"x":)") + text + "}}");
  for (const auto text : {"",
                          "-",
                          "007",
                          ".5",
                          "5.",
                          "1e9",
                          "+1",
                          "1,5",
                          "1234567890123456",
                          "NaN",
                          "True",
                          "null",
                          "1 "})
    EXPECT_EQ(json({{"traits.x", text}}), std::string(R"({"traits":{"x":")") + text + "\"}}");
  EXPECT_EQ(json({{"userId", "42"}}), R"({"userId":"42"})") << "an id is text";
}

TEST(NestedJson, EscapesWhatIsNotJson) {
  EXPECT_EQ(json({{"a\"b", "c\\\n"}}), R"({"a\"b":"c\\\n"})");
  EXPECT_EQ(json({{"a", "\xff"}}), "{\"a\":\"\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace millrace::protocols
