#include "operators/ingest/event_time.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

constexpr Time kReceived = from_millis(1'795'294'800'000);
constexpr Duration kDay = 24h;
constexpr TimePolicy kPolicy = {5min, 10min, 30 * kDay};

struct Case {
  const char* what;
  Duration original;  // after receipt
  Duration sent;      // after receipt
  Duration time;      // after receipt
  std::string_view reason;
};

TEST(EventTime, CorrectsTheSendersClockOnlyAboveTheThreshold) {
  const Case cases[] = {
      {"true clock", -2s, -1s, -2s, ""},
      {"a slow network is no skew", -4min, -3min, -4min, ""},
      {"at the threshold", -10min, -5min, -10min, ""},
      {"slow clock", -61min, -60min, -1min, ""},
      {"fast clock", 59min, 60min, -1min, ""},
      {"slightly fast clock counts as now", 1min, 1min, 0s, ""},
      {"sent before it happened, within the limit", 8min, -1s, 0s, ""},
      {"sent before it happened, past the limit", 11min, -1s, 11min, "too_far_in_the_future"},
      {"fast by days, and kept for days", 2 * kDay, 3 * kDay, -kDay, ""},
      {"at the age limit", -30 * kDay, 0s, -30 * kDay, ""},
      {"past the age limit", -30 * kDay - 1ms, 0s, -30 * kDay - 1ms, "too_old"},
      {"past the age limit by correction", -kDay, 30 * kDay, -31 * kDay, "too_old"},
      {"not too old once corrected", -40 * kDay, -39 * kDay, -kDay, ""},
  };
  for (const auto& c : cases) {
    const auto [time, reason] =
        event_time({kReceived + c.original, kReceived + c.sent, kReceived}, kPolicy);
    EXPECT_EQ(time - kReceived, c.time) << c.what;
    EXPECT_EQ(reason, c.reason) << c.what;
  }
}

TEST(EventTime, DoesNotBelieveASenderThatIsTooFarOff) {
  const TimePolicy policy = {5min, 10min, 30 * kDay, 7 * kDay};
  const auto time = [&](Duration original, Duration sent) {
    const auto found = event_time({kReceived + original, kReceived + sent, kReceived}, policy);
    EXPECT_EQ(found.reason, "");
    return found.time - kReceived;
  };
  EXPECT_EQ(time(-7 * kDay - 1h, -7 * kDay), -1h);
  EXPECT_EQ(time(-7 * kDay - 1h, -7 * kDay - 1ms), 0s);
  EXPECT_EQ(time(7 * kDay, 7 * kDay + 1ms), 0s);
  EXPECT_EQ(time(-1h, -9'000 * kDay), 0s) << "would be in the future, and refused";
  EXPECT_EQ(time(-1h, -1s), -1h);
}

TEST(EventTime, GoesByWhatIsThere) {
  const Time hour_ago = kReceived - 1h;
  EXPECT_EQ(event_time({kBeginning, kBeginning, kReceived}, kPolicy).time, kReceived);
  EXPECT_EQ(event_time({kBeginning, hour_ago, kReceived}, kPolicy).time, kReceived);
  EXPECT_EQ(event_time({hour_ago, kBeginning, kReceived}, kPolicy).time, hour_ago);
  EXPECT_EQ(event_time({kReceived + 9min, kBeginning, kReceived}, kPolicy).time, kReceived);
  EXPECT_EQ(event_time({kReceived + 11min, kBeginning, kReceived}, kPolicy).reason,
            "too_far_in_the_future");
}

TEST(EventTime, AcceptsAnyAgeWhenNoneIsSet) {
  EXPECT_EQ(event_time({from_millis(0), kBeginning, kReceived}, {5min, 0s, Duration(0)}).time,
            from_millis(0));
}

}  // namespace
}  // namespace millrace
