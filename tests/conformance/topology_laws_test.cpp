// The laws over whole topologies: the same journal gives the same state and the same outputs, byte
// for byte, whatever the lanes, batches, interleavings, executors, memory and restarts; and every
// event is accounted for. One seed is one made-up shop and one choice of everything else.
#include "connectors/builtin.hpp"
#include "engine/base/file.hpp"
#include "engine/base/random.hpp"
#include "engine/event/hit.hpp"
#include "engine/runtime/pipeline.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/shop_history.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

namespace millrace {
namespace {

std::uint64_t seeds() { return std::getenv("MILLRACE_SOAK") != nullptr ? 10'000 : 200; }

const Registry& registry() {
  static const Registry kRegistry = [] {
    Registry made;
    add_builtin_operators(made);
    add_builtin_connectors(made);
    return made;
  }();
  return kRegistry;
}

std::string shop_topology() {
  SystemFiles files;
  auto text = read_file(files, MILLRACE_SOURCE_DIR "/topologies/shop.yaml", 1 << 20);
  CHECK(text.ok());
  // The shops of the seeds are small; models are to be made of them nevertheless.
  const std::string k = "k: 6\n";
  const auto at = text->find(k);
  CHECK(at != std::string::npos);
  return text->insert(at, "profiles_min: 5\n    ");
}

// What a run leaves behind. Runs that the laws call equal are equal in all of it.
struct Outcome {
  TextOutputs outputs;
  std::string digest;
  std::uint64_t events = 0;
  std::uint64_t kept = 0;
  std::uint64_t dropped = 0;
  std::uint64_t rejected = 0;
  std::vector<std::int64_t> segments;
  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << "digest " << outcome.digest << ", " << outcome.events << " events, " << outcome.kept
       << " kept, " << outcome.dropped << " dropped, " << outcome.rejected << " rejected, "
       << outcome.outputs.outputs.size() << " bytes of outputs";
}

std::unique_ptr<Engine> load(EngineOptions options, TextOutputs& outputs) {
  static const std::string kText = shop_topology();
  options.sink = std::make_unique<TextSink>(outputs);
  config::Problems problems;
  auto engine = Engine::load(kText, "shop.yaml", registry(), std::move(options), problems);
  EXPECT_TRUE(engine.ok()) << config::render_all(problems, kText);
  return *std::move(engine);
}

Outcome outcome_of(Engine& engine, TextOutputs outputs) {
  const auto digest = engine.digest();
  EXPECT_TRUE(digest.ok());
  const Account& account = engine.totals().account;
  return {std::move(outputs),
          to_hex(*digest),
          account.events,
          account.kept,
          account.dropped.total(),
          account.rejected.total(),
          engine.totals().segment_size};
}

Outcome run_through(const ShopHistory& history, EngineOptions options) {
  TextOutputs outputs;
  const auto engine = load(std::move(options), outputs);
  MemoryFeed feed(history.records);
  EXPECT_TRUE(engine->run(feed).ok());
  return outcome_of(*engine, outputs);
}

Outcome reference(const ShopHistory& history) {
  EngineOptions options;
  options.executor = ExecutorKind::kStep;
  options.lanes = 1;
  options.batch = 1;
  return run_through(history, std::move(options));
}

#ifndef MILLRACE_TEST_TBB

// Stops at random places as a crash would, without a word: what no checkpoint covers is lost, and
// comes again from the journal.
Outcome run_with_crashes(const ShopHistory& history, std::uint64_t seed) {
  Random random(seed);
  MemoryStore store;
  TextOutputs outputs;
  while (true) {
    EngineOptions options;
    options.executor = ExecutorKind::kStep;
    options.seed = random.next();
    options.vary_batches = true;
    options.batch = static_cast<std::uint32_t>(1 + random.below(64));
    options.lanes = static_cast<std::uint32_t>(1 + random.below(8));
    options.store = &store;
    options.checkpoint_records = 1 + random.below(random.chance(0.5) ? 20 : 400);
    // None, one profile at a time, or some.
    options.memory_bytes = random.chance(0.3) ? 0 : 2'000 << random.below(6);
    std::uint64_t batches_left = random.chance(0.7) ? 1 + random.below(40) : ~std::uint64_t{0};
    options.on_completed = [&batches_left](const Totals&) { return --batches_left > 0; };
    const auto engine = load(std::move(options), outputs);
    std::vector<Record> rest;
    for (const Record& record : history.records)
      if (record.position >= engine->resume_position()) rest.push_back(record);
    MemoryFeed feed(rest);
    EXPECT_TRUE(engine->run(feed).ok());
    if (engine->pipeline().end() == history.records.back().position + 1)
      return outcome_of(*engine, outputs);
  }
}

// Copies that came when shop.yaml's `dedupe` still remembered what they are copies of: all that the
// simulator made, but where a device whose clock is wrong took the journal's with it, past the
// window, while a copy was on its way.
std::uint64_t copies_in_window(const ShopHistory& history) {
  constexpr std::string_view kKey = R"("messageId":")";
  const Duration window = std::chrono::hours(24) + std::chrono::seconds(1);
  std::map<std::string, Time> first;
  std::uint64_t late = 0;
  for (const Record& record : history.records) {
    Hit hit;
    if (record.kind != RecordKind::kHit || !decode_hit(record.payload, record.time, hit)) continue;
    const std::size_t at = hit.body.find(kKey);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = hit.body.substr(at + kKey.size());
    const auto [seen, is_first] = first.emplace(rest.substr(0, rest.find('"')), record.time);
    if (!is_first && record.time - seen->second > window) ++late;
  }
  return history.truth.duplicates - late;
}

class TopologyLaws : public testing::TestWithParam<int> {
 protected:
  // Seeds in ten parts, so that they run beside each other and a failure says which.
  static constexpr int kParts = 10;
  template <class Check>
  void for_each_seed(Check check) {
    for (std::uint64_t seed = GetParam(); seed < seeds(); seed += kParts) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      check(seed, make_shop_history(seed, 100 + seed % 400));
      if (HasFailure()) return;
    }
  }
};

TEST_P(TopologyLaws, EveryEventIsAccountedFor) {
  for_each_seed([](std::uint64_t, const ShopHistory& history) {
    const Outcome outcome = reference(history);
    EXPECT_EQ(outcome.events, history.truth.lines);
    EXPECT_EQ(outcome.events, outcome.kept + outcome.dropped + outcome.rejected);
    EXPECT_EQ(outcome.dropped, copies_in_window(history));
    EXPECT_EQ(outcome.rejected, history.truth.malformed + history.truth.oversized);
  });
}

TEST_P(TopologyLaws, LanesBatchesAndInterleavingsChangeNothing) {
  for_each_seed([](std::uint64_t seed, const ShopHistory& history) {
    const Outcome expected = reference(history);
    for (const std::uint32_t lanes : {1U, 2U, 4U, 8U}) {
      EngineOptions options;
      options.executor = ExecutorKind::kStep;
      options.seed = seed * 8 + lanes;
      options.vary_batches = true;
      options.batch = 1 + static_cast<std::uint32_t>(seed % 100);
      options.lanes = lanes;
      ASSERT_EQ(run_through(history, std::move(options)), expected) << lanes << " lanes";
    }
  });
}

TEST_P(TopologyLaws, ThreadsChangeNothing) {
  for_each_seed([](std::uint64_t seed, const ShopHistory& history) {
    EngineOptions options;
    options.executor = ExecutorKind::kThreads;
    options.threads = 3;
    options.batch = 1 + static_cast<std::uint32_t>(seed % 50);
    options.lanes = 1 + static_cast<std::uint32_t>(seed % 8);
    EXPECT_EQ(run_through(history, std::move(options)), reference(history));
  });
}

TEST_P(TopologyLaws, CrashesAndLittleMemoryChangeNothing) {
  for_each_seed([](std::uint64_t seed, const ShopHistory& history) {
    EXPECT_EQ(run_with_crashes(history, seed), reference(history));
  });
}

// Not even one: a large state that is used all over would need one after the other.
TEST_P(TopologyLaws, ProfilesLeaveMemoryWithoutACheckpoint) {
  for_each_seed([](std::uint64_t seed, const ShopHistory& history) {
    MemoryStore store;
    TextOutputs outputs;
    EngineOptions options;
    options.executor = ExecutorKind::kStep;
    options.seed = seed;
    options.batch = 1 + static_cast<std::uint32_t>(seed % 50);
    options.lanes = 1 + static_cast<std::uint32_t>(seed % 4);
    options.store = &store;
    options.memory_bytes = 1;  // not one fits between batches
    options.on_checkpoint = [](Position) { ADD_FAILURE() << "a checkpoint"; };
    const auto engine = load(std::move(options), outputs);
    MemoryFeed feed(history.records);
    ASSERT_TRUE(engine->run(feed).ok());
    for (std::uint32_t lane = 0; lane < engine->pipeline().lanes(); ++lane)
      EXPECT_EQ(engine->pipeline().lane(lane).profiles_in_memory(), 0U);
    EXPECT_GT(store.size_bytes(), 0U);
    EXPECT_EQ(outcome_of(*engine, outputs), reference(history));
  });
}

std::string view_of_product(std::string_view visitor, std::string_view time) {
  static int number = 0;
  return fmt::format(
      R"({{"type":"track","event":"Product Viewed","properties":{{"product_id":"p1"}},)"
      R"("userId":"{}","messageId":"m{}","timestamp":"2026-03-01T{}Z"}})"
      "\n",
      visitor,
      ++number,
      time);
}

// A rush of visitors, all of whose sessions end in one tick, amid events of some of them: neither
// the tick nor what stands beside it has more profiles in memory than fit.
TEST(Memory, ATickInWhichAllTimersComeDueStaysWithinIt) {
  constexpr int kVisitors = 2'000;
  std::string text;
  const auto view = [&](int visitor, std::string_view time) {
    text += view_of_product(fmt::format("u{}", visitor), time);
  };
  for (int visitor = 0; visitor < kVisitors; ++visitor) view(visitor, "10:00:00");
  for (int visitor = 0; visitor < 30; ++visitor) view(visitor, "10:00:20");
  for (int visitor = 0; visitor < kVisitors; visitor += 7) view(visitor, "10:45:00");
  const ShopHistory history = make_history(std::move(text));
  MemoryStore store;
  TextOutputs outputs;
  EngineOptions options;
  options.executor = ExecutorKind::kStep;
  options.batch = 100;
  options.lanes = 1;
  options.store = &store;
  options.memory_bytes = 512 << 10;
  const auto engine = load(std::move(options), outputs);
  MemoryFeed feed(history.records);
  ASSERT_TRUE(engine->run(feed).ok());
  // Slots stay when their profiles leave: so many were there at once.
  EXPECT_GT(engine->pipeline().lane(0).lane().table().slot_end(), kVisitors / 4);
  EXPECT_LT(engine->pipeline().lane(0).lane().table().slot_end(), kVisitors / 2);
  EXPECT_EQ(outcome_of(*engine, outputs), reference(history));
}

// One whose session ends in a tick comes back to memory for that, between events of another who was
// there with him, and whose session goes on.
TEST(Memory, ATickPutsNobodyAsideWhoComesBehindIt) {
  std::string text;
  for (const auto& [visitor, time] : {std::pair{"a", "10:00:00"},
                                      {"a", "10:00:10"},
                                      {"a", "10:00:20.000"},
                                      {"b", "10:00:20.900"},
                                      {"b", "10:30:20.500"},
                                      {"b", "10:30:20.600"}})
    text += view_of_product(visitor, time);
  const ShopHistory history = make_history(std::move(text));
  const Outcome expected = reference(history);
  for (std::uint32_t batch = 1; batch <= history.records.size(); ++batch) {
    MemoryStore store;
    EngineOptions options;
    options.executor = ExecutorKind::kStep;
    options.batch = batch;
    options.lanes = 1;
    options.store = &store;
    options.memory_bytes = 1;
    EXPECT_EQ(run_through(history, std::move(options)), expected) << "batches of " << batch;
  }
}

INSTANTIATE_TEST_SUITE_P(Part, TopologyLaws, testing::Range(0, 10));

#else

TEST(TbbExecutor, ChangesNothing) {
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ShopHistory history = make_shop_history(seed, 100 + seed % 400);
    EngineOptions options;
    options.executor = ExecutorKind::kTbb;
    options.threads = 2 + static_cast<std::uint32_t>(seed % 3);
    options.batch = 1 + static_cast<std::uint32_t>(seed % 50);
    options.lanes = 1 + static_cast<std::uint32_t>(seed % 8);
    ASSERT_EQ(run_through(history, std::move(options)), reference(history));
  }
}
#endif

}  // namespace
}  // namespace millrace
