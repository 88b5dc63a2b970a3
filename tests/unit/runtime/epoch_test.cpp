// What follows an epoch does not wait until it is published; on every executor with threads.
#include "engine/engine.hpp"
#include "engine/runtime/pipeline.hpp"
#include "operators/builtin.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;

#ifdef MILLRACE_TEST_TBB
constexpr ExecutorKind kExecutor = ExecutorKind::kTbb;
#else
constexpr ExecutorKind kExecutor = ExecutorKind::kThreads;
#endif

constexpr std::uint64_t kAfter = 200;  // events after the epoch: many times what is in flight

// What publishing waits for: events that are complete.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t completed = 0;
  std::uint64_t wanted = 0;
  bool opened = false;  // while somebody waited
};
Gate* gate = nullptr;

struct NoConfig {
  static constexpr auto fields() { return std::tuple{}; }
};

class SlowPublisher final : public Operator {
 public:
  using Config = NoConfig;
  static constexpr std::string_view kName = "slow_publisher";
  static constexpr std::string_view kSummary = "Publishes once later events are complete.";

  SlowPublisher(const Config& /*config*/, Lane& lane) { lane.gather_at_epochs(1); }

  Verdict process(Event& /*event*/, Output& /*out*/) override { return Verdict::keep(); }
  void on_epoch(Epoch& epoch) override {
    for (const std::uint32_t shard : epoch.shards()) epoch.gather(shard, "x");
  }
  std::string publish(std::span<const std::string> parts, std::string_view /*previous*/) override {
    std::unique_lock lock(gate->mutex);
    gate->opened =
        gate->changed.wait_for(lock, 30s, [] { return gate->completed >= gate->wanted; });
    return std::to_string(parts.size());
  }
};

constexpr auto kTopology = R"(
version: 1
shards: 4
nodes:
  parse: {}
  identify: {}
  slow_publisher: {}
)";

class EpochTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(EpochTest, IsPublishedBesideWhatFollows) {
  Gate own;
  gate = &own;
  own.wanted = GetParam() + kAfter;
  Registry registry;
  add_builtin_operators(registry);
  registry.add<SlowPublisher>();
  EngineOptions options;
  options.executor = kExecutor;
  options.lanes = 2;
  options.threads = 2;
  options.batch = 1;
  options.on_batch = [&own](const Completed& completed) {
    const std::lock_guard lock(own.mutex);
    own.completed = completed.totals.account.events;
    own.changed.notify_all();
  };
  config::Problems problems;
  auto engine = Engine::load(kTopology, "epoch.yaml", registry, std::move(options), problems);
  ASSERT_TRUE(engine.ok()) << config::render_all(problems, kTopology);
  const Time start = *parse_time("2026-11-01T12:00:00Z");
  const auto push_page = [&](std::uint64_t number) {
    const std::string id = std::to_string(number);
    (*engine)->push(R"({"type":"page","messageId":"m)" + id + R"(","anonymousId":"a)" + id + "\"}",
                    start);
  };
  for (std::uint64_t i = 0; i < GetParam(); ++i) push_page(i);
  (*engine)->push_epoch(start);
  for (std::uint64_t i = 0; i < kAfter; ++i) push_page(GetParam() + i);
  ASSERT_TRUE((*engine)->drain().ok());
  EXPECT_TRUE(own.opened) << own.completed << " of " << own.wanted
                          << " were complete when publishing went on";
  EXPECT_EQ((*engine)->totals().account.kept, own.wanted);
}

// Early enough that one thread alone is at work, and late.
INSTANTIATE_TEST_SUITE_P(After, EpochTest, testing::Values(0, 5, 100));

}  // namespace
}  // namespace millrace
