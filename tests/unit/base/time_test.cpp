#include "engine/base/time.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

TEST(Time, ReadsIso8601) {
  const std::pair<const char*, const char*> cases[] = {
      {"2026-11-21T20:54:37.695Z", "2026-11-21T20:54:37.695Z"},
      {"2026-11-21T20:54:37Z", "2026-11-21T20:54:37.000Z"},
      {"2026-11-21T20:54Z", "2026-11-21T20:54:00.000Z"},
      {"2026-11-21", "2026-11-21T00:00:00.000Z"},
      {"2026-11-21T20:54:37.6957123+02:00", "2026-11-21T18:54:37.695Z"},
      {"2026-11-21T20:54:37-0330", "2026-11-22T00:24:37.000Z"},
      {"2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z"},
      {"0001-01-01", "0001-01-01T00:00:00.000Z"},
  };
  for (const auto& [text, expected] : cases) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_time(*time), expected) << text;
  }
}

TEST(Time, RefusesWhatIsNotAnInstant) {
  for (const char* text : {"",
                           "now",
                           "2026",
                           "2026-13-01",
                           "2023-02-29",
                           "2026-11-21T",
                           "2026-11-21T20",
                           "2026-11-21T24:00:00Z",
                           "2026-11-21T20:54:37",
                           "2026-11-21T20:54:37.Z",
                           "2026-11-21T20:54:37.695Zx",
                           "2026-11-21T20:54:37+24:00",
                           "0000-01-01"})
    EXPECT_FALSE(parse_time(text)) << text;
}

// What programs write has a way of its own through the parser, which must not tell it otherwise.
TEST(Time, ReadsTheUsualFormAsItReadsAllOthers) {
  const std::string usual = "2024-02-29T23:59:59.120";
  for (std::size_t at = 0; at <= usual.size(); ++at) {
    for (const char c : std::string_view("0123456789-:.TtZz /;\x80")) {
      std::string text = usual;
      if (at < usual.size()) text[at] = c;
      EXPECT_EQ(parse_time(text + 'Z'), parse_time(text + "+00:00")) << text;
    }
  }
  EXPECT_EQ(parse_time("0000-01-01T00:00:00.000Z"), std::nullopt);
  EXPECT_EQ(parse_time("2023-02-29T00:00:00.000Z"), std::nullopt);
  EXPECT_EQ(parse_time("2023-02-28T24:00:00.000Z"), std::nullopt);
  EXPECT_EQ(parse_time("2023-02-28T23:60:00.000Z"), std::nullopt);
  EXPECT_EQ(parse_time("2023-02-28T23:59:61.000Z"), std::nullopt);
}

TEST(Duration, ReadsUnitsLargestFirst) {
  const std::pair<const char*, Duration> cases[] = {{"30d", 720h},
                                                    {"1h30m", 90min},
                                                    {"250ms", 250ms},
                                                    {"2w", 336h},
                                                    {"0", 0ms},
                                                    {"0s", 0ms},
                                                    {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
                                                    {"90m", 90min}};
  for (const auto& [text, expected] : cases) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(*duration, expected) << text;
    EXPECT_EQ(parse_duration(format_duration(*duration)), duration) << text;
  }
}

TEST(Duration, RefusesWhatIsNotADuration) {
  for (const char* text : {"",
                           "30",
                           "d",
                           "-1d",
                           "1 d",
                           "1m1h",
                           "1h1h",
                           "1y",
                           "1.5h",
                           "99999999999999999999d",
                           "9223372036854775807d",
                           "1h 30m"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Duration, IsWrittenInItsLargestUnits) {
  EXPECT_EQ(format_duration(90 * 24h), "90d");
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(0ms), "0s");
  EXPECT_EQ(format_duration(-90min), "-1h30m");
}

}  // namespace
}  // namespace millrace
