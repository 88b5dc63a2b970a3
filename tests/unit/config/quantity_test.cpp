#include "engine/config/quantity.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

namespace millrace::config {
namespace {

TEST(Size, ReadsDecimalAndBinaryUnits) {
  const std::pair<const char*, std::uint64_t> cases[] = {{"0", 0},
                                                         {"512", 512},
                                                         {"512B", 512},
                                                         {"10kB", 10'000},
                                                         {"10KB", 10'000},
                                                         {"64KiB", 65'536},
                                                         {"10MB", 10'000'000},
                                                         {"64MiB", 64ULL << 20},
                                                         {"2GB", 2'000'000'000},
                                                         {"2GiB", 2ULL << 30},
                                                         {"1TB", 1'000'000'000'000},
                                                         {"1TiB", 1ULL << 40},
                                                         {"18446744073709551615", UINT64_MAX}};
  for (const auto& [text, bytes] : cases) EXPECT_EQ(parse_size(text), Size{bytes}) << text;
}

TEST(Size, RefusesWhatIsNotASize) {
  for (const char* text : {"",
                           "B",
                           "MiB",
                           "-1",
                           "+1",
                           "1.5MiB",
                           "1 MiB",
                           "1mib",
                           "1M",
                           "1PB",
                           "0x10",
                           "18446744073709551616",
                           "18446744073709551615KiB",
                           "1MiBx"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Size, IsWrittenInItsLargestExactUnit) {
  EXPECT_EQ(format_size({0}), "0B");
  EXPECT_EQ(format_size(mebibytes(64)), "64MiB");
  EXPECT_EQ(format_size({10'000'000}), "10MB");
  EXPECT_EQ(format_size({1537}), "1537B");
  EXPECT_EQ(format_size(gibibytes(1536)), "1536GiB");
}

TEST(Size, ReadsBackWhatItWrites) {
  const bool holds = rc::check([](std::uint64_t bytes, std::uint8_t shift) {
    const Size size{bytes << (shift % 64)};
    RC_ASSERT(parse_size(format_size(size)) == size);
  });
  EXPECT_TRUE(holds);
}

TEST(Rate, ReadsACountAndTheTimeItIsSpreadOver) {
  const std::pair<const char*, double> cases[] = {{"100/s", 100},
                                                  {"5/m", 5.0 / 60},
                                                  {"0.5/h", 0.5 / 3600},
                                                  {"2k/s", 2000},
                                                  {"1M/d", 1e6 / 86400},
                                                  {"0/s", 0},
                                                  {"1.5k/m", 25}};
  for (const auto& [text, per_second] : cases) {
    ASSERT_TRUE(parse_rate(text)) << text;
    EXPECT_EQ(parse_rate(text)->per_second, per_second) << text;
  }
}

TEST(Rate, RefusesWhatIsNotARate) {
  for (const char* text : {"",
                           "5",
                           "/s",
                           "5/",
                           "5/w",
                           "5/min",
                           "-1/s",
                           "-0/s",
                           "nan/s",
                           "inf/s",
                           "1e3/s",
                           "5 /s",
                           "5/s/s",
                           "k/s",
                           "5K/s",
                           "0x1/s"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Rate, IsWrittenWithoutAFractionIfItCan) {
  EXPECT_EQ(format_rate({100}), "100/s");
  EXPECT_EQ(format_rate({5.0 / 60}), "5/m");
  EXPECT_EQ(format_rate({7.0 / 86400}), "7/d");
  EXPECT_EQ(format_rate({0.3}), "18/m");
  EXPECT_EQ(format_rate({0}), "0/s");
}

TEST(Rate, ReadsBackWhatItWrites) {
  const bool holds = rc::check([](double number) {
    const Rate rate{std::isfinite(number) ? std::abs(number) : 0};
    RC_ASSERT(parse_rate(format_rate(rate)) == rate);
  });
  EXPECT_TRUE(holds);
  for (const double number : {1e300, 5e-324, 1.7976931348623157e308, 1e15, 0.1})
    EXPECT_EQ(parse_rate(format_rate({number})), Rate{number}) << number;
}

}  // namespace
}  // namespace millrace::config
