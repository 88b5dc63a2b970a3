#include "app/simulate/generator.hpp"
#include "engine/base/hash.hpp"
#include "tests/unit/app/simulated.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace millrace::simulate {
namespace {

using ::testing::AnyOf;
using ::testing::StartsWith;

std::uint64_t digest_of(SimulationOptions options, std::size_t lines) {
  std::uint64_t digest = 0;
  for (const Kept& kept : run_simulation(options, lines)) digest = hash64(kept.bytes, digest);
  return digest;
}

SimulationOptions dirty(SimulationOptions options) {
  options.dirt = usual_dirt();
  return options;
}

// The digests are golden: streams that others keep or compare with change only on purpose.
TEST(Generator, SameSeedGivesTheSameBytesEverywhere) {
  EXPECT_EQ(digest_of({.shoppers = 300, .seed = 42}, 20'000), 9202039863568018933u);
  EXPECT_EQ(digest_of(dirty({.shoppers = 300, .seed = 42}), 20'000), 9894085836212075443u);
  EXPECT_EQ(digest_of({.shoppers = 300, .seed = 43}, 5'000),
            digest_of({.shoppers = 300, .seed = 43}, 5'000));
  EXPECT_NE(digest_of({.shoppers = 300, .seed = 42}, 5'000),
            digest_of({.shoppers = 300, .seed = 43}, 5'000));
}

TEST(Generator, ShopperDoesTheSameInAnyCompany) {
  const auto lines_of = [](std::uint32_t shoppers) {
    std::vector<std::string> lines;
    for (Kept& kept : run_simulation(month_of(shoppers)))
      if (kept.line.shopper == 3) lines.push_back(std::move(kept.bytes));
    return lines;
  };
  const auto alone = lines_of(4);
  EXPECT_GT(alone.size(), 10u);
  EXPECT_EQ(alone, lines_of(40));
}

TEST(Generator, DirtChangesNoAct) {
  const auto acts_of = [](const SimulationOptions& options) {
    std::map<std::uint32_t, std::map<Act, int>> acts;
    for (const Kept& kept : run_simulation(options))
      if (!kept.line.duplicate) ++acts[kept.line.shopper][kept.line.act];
    return acts;
  };
  EXPECT_EQ(acts_of(month_of(60)), acts_of(dirty(month_of(60))));
}

TEST(Generator, CleanEventsAreWhatSdksSend) {
  Reading event;
  std::size_t apps = 0;
  for (const Kept& kept : run_simulation(month_of(200), 30'000)) {
    SCOPED_TRACE(kept.bytes);
    ASSERT_TRUE(event.read(kept.bytes));
    const std::string type = event.text("/type");
    ASSERT_THAT(type, AnyOf("track", "page", "screen", "identify", "alias", "group"));
    ASSERT_EQ(type == "track", event.has("/event"));
    ASSERT_EQ(type == "identify" || type == "group", event.has("/traits"));
    ASSERT_EQ(type == "alias", event.has("/previousId"));
    ASSERT_EQ(type == "group", event.has("/groupId"));
    ASSERT_EQ(type == "track" || type == "page" || type == "screen", event.has("/properties"));
    const bool app = event.has("/context/app");
    apps += app ? 1 : 0;
    ASSERT_EQ(app, !event.has("/context/page"));
    ASSERT_EQ(app, event.has("/originalTimestamp"));
    ASSERT_NE(type, app ? "page" : "screen");
    ASSERT_EQ(event.text("/messageId").starts_with("ajs-next-"), !app);
    ASSERT_LT(event.text("/messageId").size(), 100u);
    ASSERT_EQ(event.text("/anonymousId").size(), 36u);
    ASSERT_THAT(event.text("/context/ip"),
                AnyOf(StartsWith("192.0.2."), StartsWith("198.51.100."), StartsWith("203.0.113.")));
    for (const char* pointer :
         {"/context/userAgent", "/context/library/name", "/context/locale", "/context/timezone"})
      ASSERT_NE(event.text(pointer), "") << pointer;
    const auto occurred = parse_time(event.text("/timestamp"));
    const auto sent = parse_time(event.text("/sentAt"));
    ASSERT_TRUE(occurred && sent);
    ASSERT_LT(*occurred, *sent);
    ASSERT_EQ(*sent, kept.line.received);
  }
  EXPECT_GT(apps, 1000u);
}

TEST(Generator, LinesComeInTheOrderInWhichTheyAreReceived) {
  Time last = kBeginning;
  for (const Kept& kept : run_simulation(dirty(month_of(300)))) {
    ASSERT_GE(kept.line.received, last);
    last = kept.line.received;
  }
}

TEST(Generator, ReceiptIsToldOnRequest) {
  SimulationOptions options = dirty(month_of(50));
  options.tell_receipt = true;
  options.dirt.duplicates = 0.1;
  Reading event;
  for (const Kept& kept : run_simulation(options)) {
    if (kept.line.malformed) continue;
    ASSERT_TRUE(event.read(kept.bytes));
    ASSERT_EQ(event.text("/receivedAt"), format_time(kept.line.received));
  }
}

TEST(Generator, EndsWithItsTime) {
  const SimulationOptions options = dirty(month_of(100));
  Time last_new = kBeginning;
  for (const Kept& kept : run_simulation(options))
    if (!kept.line.late && !kept.line.duplicate) last_new = std::max(last_new, kept.line.received);
  EXPECT_LT(last_new, options.end);
  EXPECT_GT(last_new, options.end - std::chrono::hours(12));
}

TEST(Generator, LineSizeIsThatOfRealEvents) {
  Generator generator(month_of(500));
  while (generator.next()) {
  }
  const double mean =
      static_cast<double>(generator.counts().bytes) / static_cast<double>(generator.counts().lines);
  EXPECT_GT(mean, 700);
  EXPECT_LT(mean, 1000);
}

TEST(Generator, CountsAddUp) {
  Generator generator(dirty(month_of(300)));
  std::uint64_t lines = 0;
  while (generator.next()) ++lines;
  const Counts& counts = generator.counts();
  EXPECT_EQ(counts.lines, lines);
  EXPECT_EQ(counts.lines, counts.events + counts.duplicates + counts.malformed + counts.oversized);
  std::uint64_t malformed = 0;
  for (const auto count : counts.malformed_by_kind) malformed += count;
  EXPECT_EQ(malformed, counts.malformed);
  std::uint64_t events = 0;
  for (const auto count : counts.events_by_act) events += count;
  EXPECT_EQ(events, counts.events);
}

// What an observer finds out by reading the clean stream is what the truth says.
TEST(Generator, TruthIsWhatTheStreamShows) {
  struct Seen {
    std::set<std::string> all;
    std::set<std::string> linked;
    std::set<std::string> by_email;
  };
  Generator generator(month_of(200));
  std::map<std::uint32_t, Seen> seen;
  Reading event;
  while (const auto line = generator.next()) {
    ASSERT_TRUE(event.read(std::string(line->bytes)));
    const std::string id = event.text("/anonymousId");
    Seen& shopper = seen[line->shopper];
    shopper.all.insert(id);
    if (event.has("/userId")) shopper.linked.insert(id);
    if (event.text("/type") == "identify") shopper.by_email.insert(id);
  }
  std::size_t merged = 0;
  std::set<std::string> everyone;
  const auto set_of = [](const Reading& truth, std::string_view pointer) {
    std::set<std::string> ids;
    for (const auto value : truth.list(pointer)) ids.emplace(std::string_view(value));
    return ids;
  };
  for (std::uint32_t number = 0; number < 200; ++number) {
    Reading truth;
    ASSERT_TRUE(truth.read(generator.truth_of(number)));
    const Seen& shopper = seen[number];
    EXPECT_EQ(set_of(truth, "/anonymousIds"), shopper.all);
    EXPECT_EQ(set_of(truth, "/linkedIds"), shopper.linked);
    EXPECT_EQ(set_of(truth, "/emailIds"), shopper.by_email);
    merged += shopper.linked.size() > 1 ? 1 : 0;
    for (const auto& id : shopper.all)
      EXPECT_TRUE(everyone.insert(id).second) << id << " is two shoppers'";
  }
  EXPECT_GT(merged, 20u);
}

TEST(Generator, MemoryOfWhatIsOnItsWayIsBounded) {
  SimulationOptions options = month_of(10);
  options.mix = parse_mix("bot=1").value();
  options.dirt = {.duplicates = 1, .late = 1, .max_late = std::chrono::days(300)};
  std::map<std::string, int> copies;
  for (const Kept& kept : run_simulation(options)) {
    const auto at = kept.bytes.find("messageId");
    ++copies[kept.bytes.substr(at, 80)];
  }
  // Everything is late and twice until 4096 + 10 lines are held; what follows is sent at once.
  std::size_t once = 0;
  for (const auto& [id, count] : copies) once += count == 1 ? 1 : 0;
  EXPECT_GT(once, 5'000u);
  EXPECT_GT(copies.size() - once, 2'000u);
}

}  // namespace
}  // namespace millrace::simulate
