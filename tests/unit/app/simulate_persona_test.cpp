#include "app/simulate/persona.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace millrace::simulate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PersonaMix, SharesAddUpToOne) {
  const PersonaMix mix = default_mix();
  EXPECT_NEAR(std::accumulate(mix.begin(), mix.end(), 0.0), 1.0, 1e-12);
  EXPECT_THAT(parse_mix("loyal=3,bot=1").value(), ElementsAre(0, 0, 0.75, 0, 0, 0.25));
}

TEST(PersonaMix, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "empty"},
      {"loyal=0", "empty"},
      {"royal=1", "there are window_shopper, bargain_hunter"},
      {"loyal", "expected a weight"},
      {"loyal=", "expected a weight"},
      {"loyal=-1", "expected a weight"},
      {"loyal=nan", "expected a weight"},
      {"loyal=1x", "expected a weight"},
      {"loyal=1,,bot=1", "'' is no persona"}};
  for (const auto& [text, expected] : cases) {
    const auto mix = parse_mix(text);
    ASSERT_FALSE(mix) << text;
    EXPECT_THAT(mix.error().what, HasSubstr(expected)) << text;
  }
}

TEST(Rhythm, MeanIsThatOfAWeek) {
  const Time monday = *parse_time("2026-11-02");
  double sum = 0;
  for (int hour = 0; hour < 168; ++hour) {
    const double busy = rhythm_of(monday + std::chrono::hours(hour));
    EXPECT_GT(busy, 0);
    EXPECT_LE(busy, 1);
    sum += busy;
  }
  EXPECT_NEAR(mean_rhythm(), sum / 168, 1e-12);
}

TEST(Season, IsAShare) {
  for (std::size_t i = 0; i < kPersonas; ++i) {
    for (int day = 0; day < 366; ++day) {
      const double share =
          season_of(static_cast<Persona>(i), *parse_time("2026-01-01") + std::chrono::days(day));
      EXPECT_GT(share, 0);
      EXPECT_LE(share, 1);
    }
  }
}

}  // namespace
}  // namespace millrace::simulate
