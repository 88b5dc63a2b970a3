// What the author of a wrong configuration is shown, word for word.
#include "tests/unit/config/sample.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace::config {
namespace {

TEST(ErrorText, ListsEverythingThatIsWrongAtOnce) {
  EXPECT_EQ(errors_of<Sample>("flagg: true\n"
                              "small: 300\n"
                              "window: 10ms\n"
                              "ack: sinced\n"
                              "steps:\n"
                              "  a: {lable: 1}\n"
                              "list: {id: 1}\n"),
            "test.yaml:1:1: error: unknown field 'flagg' (did you mean 'flag'?)\n"
            "    1 | flagg: true\n"
            "      | ^^^^^\n"
            "test.yaml:2:8: error: '300' is out of range in small (from 0 to 255)\n"
            "    2 | small: 300\n"
            "      |        ^^^\n"
            "test.yaml:3:9: error: '10ms' is below the minimum of 1s in window\n"
            "    3 | window: 10ms\n"
            "      |         ^^^^\n"
            "test.yaml:4:6: error: 'sinced' is not one of the allowed values in ack (did you mean "
            "'synced'? allowed: "
            "synced, written, memory)\n"
            "    4 | ack: sinced\n"
            "      |      ^^^^^^\n"
            "test.yaml:6:3: error: required field 'id' is missing in steps.a\n"
            "    6 |   a: {lable: 1}\n"
            "      |   ^\n"
            "test.yaml:6:7: error: unknown field 'lable' in steps.a (did you mean 'label'?)\n"
            "    6 |   a: {lable: 1}\n"
            "      |       ^^^^^\n"
            "test.yaml:7:7: error: expected a list, found a map in list\n"
            "    7 | list: {id: 1}\n"
            "      |       ^\n");
}

struct Wrong {
  std::string text;  // one line
  std::size_t column;
  std::string error;
  int carets;
};

void expect_error(const Wrong& wrong) {
  auto expected = fmt::format("test.yaml:1:{}", wrong.column) + ": error: " + wrong.error + "\n";
  if (wrong.carets > 0)
    expected += "    1 | " + wrong.text + "\n      | " + std::string(wrong.column - 1, ' ') +
                std::string(static_cast<std::size_t>(wrong.carets), '^') + "\n";
  EXPECT_EQ(errors_of<Sample>(wrong.text + "\n"), expected);
}

TEST(ErrorText, NamesTheTypeThatWasExpected) {
  const Wrong cases[] = {
      {"flag: yes", 7, "'yes' is not a boolean in flag (write true or false)", 3},
      {"small: many", 8, "'many' is not an integer in small", 4},
      {"small: 1.0", 8, "'1.0' is not an integer in small", 3},
      {"small: -1", 8, "'-1' is out of range in small (from 0 to 255)", 2},
      {"big: 9223372036854775808",
       6,
       "'9223372036854775808' is out of range in big (from -9223372036854775808 to "
       "9223372036854775807)",
       19},
      {"ratio: half", 8, "'half' is not a number in ratio", 4},
      {"ratio: nan", 8, "'nan' is not a number in ratio", 3},
      {"ratio: .inf", 8, "'.inf' is not a number in ratio", 4},
      {"ratio: 1e999", 8, "'1e999' is out of range in ratio", 5},
      {"window: 30", 9, "'30' is not a duration in window (such as 250ms, 30s or 1h30m)", 2},
      {"limit: 64M", 8, "'64M' is not a size in limit (such as 512B, 10MB or 64MiB)", 3},
      {"pace: 5", 7, "'5' is not a rate in pace (such as 100/s or 5/m)", 1},
      {"ack: none",
       6,
       "'none' is not one of the allowed values in ack (allowed: synced, written, memory)",
       4},
      {"ack: [synced]", 6, "expected one of synced, written, memory, found a list in ack", 1},
      {"name: [x]", 7, "expected a string, found a list in name", 1},
      {"name: {x: 1}", 7, "expected a string, found a map in name", 1},
      {"name:", 1, "expected a string, found nothing in name", 4},
      {"small: null", 8, "expected an integer, found nothing in small", 4},
      {"maybe: x", 8, "'x' is not an integer in maybe", 1},
      {"tags: a", 7, "expected a list, found text in tags", 1},
      {"tags: [a, [b]]", 11, "expected a string, found a list in tags[1]", 1},
      {"weights: [1]", 10, "expected a map, found a list in weights", 1},
      {"weights: {x: y}", 14, "'y' is not a number in weights.x", 1},
      {"inner: text", 8, "expected a map, found text in inner", 4},
      {"inner: id:1", 8, "expected a map, found text in inner (a space must follow the ':')", 4},
      {"list: [{id: 1}, {id: x}]", 22, "'x' is not an integer in list[1].id", 1},
      {"pause: soon", 8, "'soon' is not understood in pause (or write it out as a map)", 4},
  };
  for (const auto& wrong : cases) expect_error(wrong);
}

TEST(ErrorText, NamesTheLimitThatIsBroken) {
  const Wrong cases[] = {
      {"ratio: 1.5", 8, "'1.5' is above the maximum of 1 in ratio", 3},
      {"ratio: -0.1", 8, "'-0.1' is below the minimum of 0 in ratio", 4},
      {"window: 2d", 9, "'2d' is above the maximum of 1d in window", 2},
      {"limit: 2GiB", 8, "'2GiB' is above the maximum of 1GiB in limit", 4},
      {"name: x", 7, "'x' is shorter than 2 characters in name", 1},
      {"maybe: -1", 8, "'-1' is below the minimum of 0 in maybe", 2},
      {"tags: [a, b, c, d]", 1, "4 items given, more than 3 in tags", 4},
      {"password: ab", 11, "the secret is shorter than 3 characters in password", 0},
      {"pause: {every: 2m, at_most: 1m}",
       29,
       "the longest wait is shorter than the first in pause.at_most",
       2},
      {"pause: {every: 2m}", 1, "the longest wait is shorter than the first in pause.at_most", 5},
      {"inner: {label: x}", 1, "required field 'id' is missing in inner", 5},
  };
  for (const auto& wrong : cases) expect_error(wrong);
}

TEST(ErrorText, OfAWholeFile) {
  EXPECT_EQ(errors_of<Sample>("- a\n"),
            "test.yaml:1:1: error: expected a map, found a list\n    1 | - a\n      | ^\n");
  EXPECT_EQ(errors_of<Part>(""), "test.yaml:1:1: error: required field 'id' is missing\n");
}

}  // namespace
}  // namespace millrace::config
