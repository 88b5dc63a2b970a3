#include "app/simulate/dirt.hpp"
#include "tests/unit/app/simulated.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

namespace millrace::simulate {
namespace {

using namespace std::chrono_literals;

SimulationOptions very_dirty() {
  SimulationOptions options = month_of(300);
  options.dirt = {.duplicates = 0.05,
                  .late = 0.04,
                  .max_late = 6h,
                  .malformed = 0.03,
                  .oversized = 0.002,
                  .clock_skew = 0.2};
  return options;
}

// Within five standard deviations of what a fair coin of this rate would give.
void expect_share(std::uint64_t hits, std::uint64_t tries, double rate) {
  const auto n = static_cast<double>(tries);
  EXPECT_NEAR(static_cast<double>(hits), n * rate, 5 * std::sqrt(n * rate * (1 - rate)));
}

TEST(Dirt, RatesAreKept) {
  Generator generator(very_dirty());
  while (generator.next()) {
  }
  const Counts& counts = generator.counts();
  const std::uint64_t acts = counts.lines - counts.duplicates;
  ASSERT_GT(acts, 40'000u);
  expect_share(counts.malformed, acts, 0.03);
  expect_share(counts.oversized, acts, 0.002);
  expect_share(counts.duplicates, counts.events, 0.05);
  expect_share(counts.late, counts.events + counts.duplicates, 0.04);
  for (const std::uint64_t kind : counts.malformed_by_kind)
    expect_share(kind, counts.malformed, 0.2);
}

TEST(Dirt, DevicesWithAWrongClockKeepIt) {
  const Dirt dirt(7, {.clock_skew = 0.1});
  std::uint64_t wrong = 0;
  for (std::uint32_t shopper = 0; shopper < 20'000; ++shopper) {
    const Duration skew = dirt.skew_of(shopper, 1);
    EXPECT_EQ(skew, dirt.skew_of(shopper, 1));
    EXPECT_LE(std::chrono::abs(skew), 24h + 2s);
    wrong += skew != 0ms ? 1 : 0;
  }
  expect_share(wrong, 20'000, 0.1);
  EXPECT_EQ(Dirt(7, {}).skew_of(1, 1), 0ms);
}

TEST(Dirt, NothingIsWrongWithoutIt) {
  Generator generator(month_of(100));
  while (generator.next()) {
  }
  EXPECT_EQ(generator.counts().lines, generator.counts().events);
  EXPECT_EQ(generator.counts().late + generator.counts().skewed, 0u);
}

// Every kind of damage is what it says, and only damaged lines are damaged.
TEST(Dirt, DamageIsWhatItSays) {
  std::map<Malformed, int> seen;
  Reading event;
  for (const Kept& kept : run_simulation(very_dirty())) {
    SCOPED_TRACE(kept.bytes);
    ASSERT_EQ(kept.bytes.find('\n'), std::string::npos);
    ASSERT_FALSE(kept.bytes.empty());
    const bool json = event.read(kept.bytes);
    const bool sound =
        json && !event.text("/type").empty() && (event.has("/userId") || event.has("/anonymousId"));
    ASSERT_EQ(sound, !kept.line.malformed);
    ASSERT_EQ(kept.bytes.size() > 32'768, kept.line.oversized);
    if (!kept.line.malformed) continue;
    ++seen[*kept.line.malformed];
    const bool still_json = *kept.line.malformed == Malformed::kWrongType ||
                            *kept.line.malformed == Malformed::kMissingIds;
    ASSERT_EQ(json, still_json) << name_of(*kept.line.malformed);
    if (!json) continue;
    ASSERT_EQ(event.text("/type").empty(), *kept.line.malformed == Malformed::kWrongType);
    ASSERT_EQ(!event.has("/userId") && !event.has("/anonymousId"),
              *kept.line.malformed == Malformed::kMissingIds);
  }
  EXPECT_EQ(seen.size(), kMalformedKinds);
}

TEST(Dirt, DuplicatesRepeatAnEarlierMessage) {
  std::map<std::string, std::string> first;  // message id -> the line without its sentAt
  std::size_t duplicates = 0;
  Reading event;
  for (const Kept& kept : run_simulation(very_dirty())) {
    if (kept.line.malformed) continue;
    ASSERT_TRUE(event.read(kept.bytes));
    std::string rest = kept.bytes;
    rest.replace(rest.find(event.text("/sentAt")), 24, "");
    ASSERT_EQ(event.text("/sentAt") != format_time(kept.line.received), kept.line.skewed);
    const auto [found, fresh] = first.emplace(event.text("/messageId"), rest);
    ASSERT_EQ(fresh, !kept.line.duplicate);
    if (fresh) continue;
    ++duplicates;
    ASSERT_EQ(found->second, rest);
  }
  EXPECT_GT(duplicates, 1'000u);
}

TEST(Dirt, TimesTellHowLateAndHowWrong) {
  Reading event;
  for (const Kept& kept : run_simulation(very_dirty())) {
    if (kept.line.malformed || kept.line.duplicate) continue;
    ASSERT_TRUE(event.read(kept.bytes));
    const auto occurred = parse_time(event.text("/timestamp"));
    const auto sent = parse_time(event.text("/sentAt"));
    ASSERT_TRUE(occurred && sent);
    ASSERT_EQ(*sent - *occurred > 500ms, kept.line.late);
    ASSERT_LE(*sent - *occurred, 6h + 1s);
    ASSERT_EQ(*sent != kept.line.received, kept.line.skewed);
  }
}

}  // namespace
}  // namespace millrace::simulate
