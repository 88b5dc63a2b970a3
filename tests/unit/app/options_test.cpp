#include "app/cli/options.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct Values {
  std::string out = "-";
  std::uint64_t count = 7;
  double share = 0.5;
  Duration wait = 6h;
  std::optional<Time> start;
  std::vector<std::string> tags;
  bool loud = false;
  std::string first;
  std::vector<std::string> others;

  Status parse(std::vector<std::string> arguments) {
    Options options;
    options.value("--out,-o", "FILE", out, "Where to.");
    options.value("--count", "N", count, "How many.");
    options.value("--share", "P", share, "How much.");
    options.value("--wait", "TIME", wait, "How long.");
    options.value("--start", "DATE", start, "When.");
    options.value("--tag", "TAG", tags, "What.");
    options.flag("--loud,-l", loud, "How.");
    options.argument("FIRST", first, "First.").required = true;
    options.argument("OTHERS", others, "Others.");
    return options.parse(arguments);
  }
};

TEST(Options, ReadsEveryKindOfValue) {
  Values values;
  const Status status = values.parse({"-o",
                                      "-",
                                      "one",
                                      "--count=10k",
                                      "--share",
                                      "0.25",
                                      "--wait",
                                      "1h30m",
                                      "--start",
                                      "2026-11-02",
                                      "--tag",
                                      "a",
                                      "two",
                                      "--tag=b",
                                      "-l",
                                      "--",
                                      "--three"});
  ASSERT_TRUE(status) << status.error().what;
  EXPECT_EQ(values.out, "-");
  EXPECT_EQ(values.count, 10'000u);
  EXPECT_EQ(values.share, 0.25);
  EXPECT_EQ(values.wait, 90min);
  EXPECT_EQ(values.start, parse_time("2026-11-02"));
  EXPECT_THAT(values.tags, ElementsAre("a", "b"));
  EXPECT_TRUE(values.loud);
  EXPECT_EQ(values.first, "one");
  EXPECT_THAT(values.others, ElementsAre("two", "--three"));
}

TEST(Options, LeavesWhatIsNotGiven) {
  Values values;
  ASSERT_TRUE(values.parse({"one"}));
  EXPECT_EQ(values.out, "-");
  EXPECT_EQ(values.count, 7u);
  EXPECT_EQ(values.wait, 6h);
  EXPECT_FALSE(values.start);
  EXPECT_FALSE(values.loud);
}

TEST(Options, SaysWhatIsWrong) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "FIRST is missing"},
      {{"x", "--count", "many"}, "--count: 'many': expected a whole number"},
      {{"x", "--count", "-1"}, "--count"},
      {{"x", "--count", "3x"}, "'3x'"},
      {{"x", "--count", "99999999999G"}, "expected a whole number"},
      {{"x", "--share", "nan"}, "expected a number"},
      {{"x", "--share", "1.5.5"}, "expected a number"},
      {{"x", "--wait", "6"}, "expected a duration"},
      {{"x", "--start", "yesterday"}, "expected a date"},
      {{"x", "--out"}, "--out"},
      {{"x", "--out", "a", "--out", "b"}, "--out is given twice"},
      {{"x", "--cuont", "1"}, "unknown option '--cuont'; did you mean '--count'?"},
      {{"x", "--cuont=1"}, "unknown option '--cuont'; did you mean '--count'?"},
      {{"x", "-z"}, "unknown option '-z'"},
  };
  for (const auto& [arguments, expected] : cases) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    Values values;
    const Status status = values.parse(arguments);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().what, HasSubstr(expected));
  }
}

TEST(Options, DataFormatIsOneOfThree) {
  const std::pair<std::vector<std::string>, DataFormat> cases[] = {
      {{}, DataFormat::kPretty},
      {{"--json"}, DataFormat::kJson},
      {{"--plain"}, DataFormat::kPlain}};
  for (const auto& [arguments, expected] : cases) {
    DataFormat format = DataFormat::kPretty;
    Options options;
    options.data_format(format);
    EXPECT_TRUE(options.parse(arguments));
    EXPECT_EQ(format, expected);
  }
  DataFormat format = DataFormat::kPretty;
  Options options;
  options.data_format(format);
  const std::string both[] = {"--json", "--plain"};
  EXPECT_FALSE(options.parse(both));
}

}  // namespace
}  // namespace millrace
