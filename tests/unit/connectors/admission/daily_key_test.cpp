#include "connectors/admission/daily_key.hpp"

#include "tests/support/faulty_files.hpp"

#include <gtest/gtest.h>

namespace millrace::admission {
namespace {

using testing::FaultyFiles;

const Time kMorning = *parse_time("2026-11-22T08:00:00Z");
const Time kEvening = *parse_time("2026-11-22T23:59:59Z");
const Time kTomorrow = *parse_time("2026-11-23T00:00:00Z");

TEST(DailyKey, KnowsTheSameForADayAndNotLonger) {
  DailyKey key;
  const std::string id = key.hash(kMorning, {"site", "address"});
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(key.hash(kEvening, {"site", "address"}), id);
  EXPECT_NE(key.hash(kTomorrow, {"site", "address"}), id);
}

TEST(DailyKey, TellsPartsApart) {
  DailyKey key;
  EXPECT_NE(key.hash(kMorning, {"ab", "c"}), key.hash(kMorning, {"a", "bc"}));
  EXPECT_NE(key.hash(kMorning, {"a", "b"}), key.hash(kMorning, {"b", "a"}));
  EXPECT_NE(key.hash(kMorning, {"a"}), key.hash(kMorning, {"a", ""}));
}

TEST(DailyKey, IsAnotherInEveryProcessWithoutAFile) {
  DailyKey one;
  DailyKey other;
  EXPECT_NE(one.hash(kMorning, {"a"}), other.hash(kMorning, {"a"}));
}

TEST(DailyKey, GoesOnAfterARestart) {
  FaultyFiles files;
  DailyKey first;
  ASSERT_TRUE(first.keep_in(files, "key").ok());
  const std::string today = first.hash(kMorning, {"a"});
  const std::string kept = files.contents("key");

  files.crash();
  DailyKey again;
  ASSERT_TRUE(again.keep_in(files, "key").ok());
  EXPECT_EQ(again.hash(kEvening, {"a"}), today);
  EXPECT_EQ(files.contents("key"), kept);
  EXPECT_EQ(again.hash(kTomorrow, {"a"}), first.hash(kTomorrow, {"a"}))
      << "also a copy goes on the same way";
}

TEST(DailyKey, ForgetsWhatItWasTheDayBefore) {
  FaultyFiles files;
  DailyKey key;
  ASSERT_TRUE(key.keep_in(files, "key").ok());
  const std::string today = key.hash(kMorning, {"a"});
  key.hash(kTomorrow, {"a"});

  DailyKey found;
  ASSERT_TRUE(found.keep_in(files, "key").ok());
  EXPECT_NE(found.hash(kMorning, {"a"}), today);
}

TEST(DailyKey, StandsAClockThatGoesBackALittle) {
  DailyKey key;
  const std::string id = key.hash(kTomorrow, {"a"});
  EXPECT_EQ(key.hash(kEvening, {"a"}), id);
  EXPECT_EQ(key.hash(kTomorrow, {"a"}), id);
}

TEST(DailyKey, ComesBackFromAClockThatWasFarAhead) {
  DailyKey key;
  const std::string ahead = key.hash(*parse_time("2099-01-01T00:00:00Z"), {"a"});
  const std::string today = key.hash(kMorning, {"a"});
  EXPECT_NE(today, ahead);
  EXPECT_NE(key.hash(kTomorrow, {"a"}), today) << "it still changes daily";
}

TEST(DailyKey, WritesTheFileALittleLaterWhereTheDiskFails) {
  FaultyFiles files;
  DailyKey key;
  ASSERT_TRUE(key.keep_in(files, "key").ok());
  files.fail_operation(0);
  const std::string id = key.hash(kMorning, {"a"});
  EXPECT_EQ(files.contents("key"), "");
  EXPECT_EQ(key.hash(kMorning, {"a"}), id);
  EXPECT_EQ(files.contents("key"), "") << "not at every request";
  key.hash(kMorning + std::chrono::minutes(1), {"a"});
  DailyKey again;
  ASSERT_TRUE(again.keep_in(files, "key").ok());
  EXPECT_EQ(again.hash(kMorning, {"a"}), id);
}

TEST(DailyKey, SaysThatAFileIsNone) {
  FaultyFiles files;
  for (const std::string_view text : {"", "today", "20779", "20779 abc", "-1 00"}) {
    files.set_contents("key", std::string(text));
    DailyKey key;
    EXPECT_FALSE(key.keep_in(files, "key").ok()) << text;
  }
}

}  // namespace
}  // namespace millrace::admission
