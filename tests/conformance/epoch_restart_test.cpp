// What operators took up at an epoch is there again after a restart, before the next epoch.
#include "engine/engine.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/shop_history.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

using namespace std::chrono_literals;

struct NoConfig {
  static constexpr auto fields() { return std::tuple{}; }
};

// Publishes how often epochs were, and says so at every event: a model in the smallest.
class SayPublished final : public Operator {
 public:
  using Config = NoConfig;
  static constexpr std::string_view kName = "say_published";
  static constexpr std::string_view kSummary = "Says what it read at the last epoch.";

  SayPublished(const Config& /*config*/, Lane& lane) { lane.gather_at_epochs(1); }

  Verdict process(Event& event, Output& out) override {
    out.effect(event.slot, "say", '"' + model_ + '"');
    return Verdict::keep();
  }
  void on_epoch(Epoch& epoch) override {
    model_ = epoch.published();
    for (const std::uint32_t shard : epoch.shards())
      epoch.gather(shard, std::string(epoch.sample(shard).size(), 'x'));
  }
  std::string publish(std::span<const std::string> parts, std::string_view previous) override {
    std::string result = std::string(previous) + '|';
    for (const std::string& part : parts) result += part;
    return result;
  }

 private:
  std::string model_;
};

constexpr auto kTopology = R"(
version: 1
name: epochs
in_flight: 1
nodes:
  parse: {}
  identify: {}
  say_published: {}
)";

void push_page(Engine& engine, Time time) {
  const std::string id = std::to_string(to_millis(time));
  engine.push(R"({"type":"page","messageId":"m)" + id + R"(","anonymousId":"a)" + id + R"("})",
              time);
}

std::unique_ptr<Engine> load(const Registry& registry,
                             MemoryStore& store,
                             TextOutputs& outputs,
                             EngineOptions options = {}) {
  options.executor = ExecutorKind::kStep;
  options.lanes = 2;
  options.store = &store;
  options.sink = std::make_unique<TextSink>(outputs);
  config::Problems problems;
  auto engine = Engine::load(kTopology, "epochs.yaml", registry, std::move(options), problems);
  EXPECT_TRUE(engine.ok()) << config::render_all(problems, kTopology);
  return *std::move(engine);
}

Registry make_registry() {
  Registry registry;
  add_builtin_operators(registry);
  registry.add<SayPublished>();
  return registry;
}

// Three epochs, an event before the first, and two after each; the process ends and begins again
// between the two after epoch `restart_after`.
std::string run(int restart_after) {
  const Registry registry = make_registry();
  MemoryStore store;
  TextOutputs outputs;
  auto engine = load(registry, store, outputs);
  for (int epoch = 0; epoch < 4; ++epoch) {
    const Time time = kStart + std::chrono::hours(epoch);
    if (epoch > 0) engine->push_epoch(time);
    push_page(*engine, time);
    EXPECT_TRUE(engine->drain().ok());
    if (epoch == restart_after) {
      EXPECT_TRUE(engine->checkpoint().ok());
      engine = load(registry, store, outputs);
    }
    push_page(*engine, time + 1min);
    EXPECT_TRUE(engine->drain().ok());
  }
  return outputs.outputs;
}

TEST(EpochRestart, IsNotSeen) {
  const std::string straight = run(-1);
  EXPECT_NE(straight.find("\"|x"), std::string::npos) << straight;
  for (int after = 0; after < 4; ++after) EXPECT_EQ(run(after), straight) << after;
}

// Every batch ends in a checkpoint, so that some are written before the task that publishes has
// begun. Each is a moment at which the process may end.
TEST(EpochRestart, IsNotSeenWhereACheckpointCameBeforeThePublishing) {
  const Registry registry = make_registry();
  const auto push_all = [](Engine& engine, Position from) {
    Position next = 0;
    const auto wanted = [&] { return next++ >= from; };
    for (int epoch = 0; epoch < 3; ++epoch) {
      const Time time = kStart + std::chrono::hours(epoch);
      if (wanted()) engine.push_epoch(time);
      for (int page = 0; page < 3; ++page)
        if (wanted()) push_page(engine, time + std::chrono::minutes(page));
    }
    return next;
  };
  TextOutputs straight;
  MemoryStore straight_store;
  const auto whole = load(registry, straight_store, straight);
  const Position end = push_all(*whole, 0);
  ASSERT_TRUE(whole->drain().ok());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (Position stop = 1; stop < end; ++stop) {
      MemoryStore store;
      TextOutputs outputs;
      EngineOptions options;
      options.batch = 1;
      options.seed = seed;
      options.checkpoint_records = 1;
      Position resume = 0;
      options.on_checkpoint = [&](Position position) { resume = position; };
      options.on_completed = [&](const Totals& /*totals*/) { return resume < stop; };
      {
        const auto engine = load(registry, store, outputs, std::move(options));
        push_all(*engine, 0);
        ASSERT_TRUE(engine->drain().ok());
      }
      const auto engine = load(registry, store, outputs);
      push_all(*engine, engine->resume_position());
      ASSERT_TRUE(engine->drain().ok());
      EXPECT_EQ(outputs.outputs, straight.outputs) << "seed " << seed << " stop " << stop;
    }
  }
}

}  // namespace
}  // namespace millrace
