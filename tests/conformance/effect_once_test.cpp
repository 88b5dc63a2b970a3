// Law 4 over whole topologies: outputs go to a receiver that fails at random, from an engine that
// is stopped at random and goes on from its store. The receiver, which knows ids, ends with exactly
// what an undisturbed run gives it.
#include "engine/base/random.hpp"
#include "engine/runtime/pipeline.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/shop_history.hpp"

#include <gtest/gtest.h>

#include <mutex>

namespace millrace {
namespace {

constexpr const char* kTopology = R"(
version: 1
shards: 16
events: {purchase: Order Completed, view: Product Viewed}
nodes:
  parse: {}
  identify: {}
  dedupe: {}
  features: {purchase: purchase, value: revenue}
  rules:
    segments:
      buyer: {when: "count(purchase, 1d) >= 1", on_enter: {effect: greet}}
      viewer: {when: "count(view, 1h) >= 2"}
  all: {use: receiver, outbox: {memory: 64KiB, full: block}}
  again: {use: receiver, from: rules}
)";

// What the outside world knows.
class Receiver {
 public:
  explicit Receiver(std::uint64_t seed, double failing) : random_(seed), failing_(failing) {}

  Answer take(const Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    const bool fails = random_.chance(failing_);
    // Half of the failures come after the fact.
    if (!fails || random_.chance(0.5)) {
      const auto [at, fresh] = bodies_.try_emplace(delivery.id, delivery.body);
      EXPECT_EQ(at->second, delivery.body);
    }
    return fails ? Answer::retry("at random") : Answer::delivered();
  }
  std::map<std::string, std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }

 private:
  mutable std::mutex mutex_;
  Random random_;
  const double failing_;
  std::map<std::string, std::string> bodies_;
};

class ReceiverSink final : public DeliveringSink {
 public:
  struct Config {
    OutboxConfig outbox;
    DeliveryConfig delivery{4, std::vector<Duration>(32, Duration(0)), 1000, std::chrono::hours(1)};
    static constexpr auto fields() {
      return std::tuple{config::field("outbox", &Config::outbox, "What waits."),
                        config::field("delivery", &Config::delivery, "How it goes out.")};
    }
  };
  static constexpr std::string_view kName = "receiver";
  static constexpr std::string_view kSummary = "Hands outputs to the test.";
  static inline Receiver* receiver = nullptr;  // of the test that runs

  explicit ReceiverSink(const Config& /*config*/) {}
  Status open(const Catalog& catalog) override {
    catalog_ = &catalog;
    return {};
  }
  bool wants(const OutputRecord& /*output*/) const override { return true; }
  std::string encode(const OutputRecord& output) const override {
    std::string body;
    JsonWriter json(body);
    write_output(output, *catalog_, json);
    return body;
  }
  std::string target() const override { return "the test"; }
  Answer deliver(const Delivery& delivery) override { return receiver->take(delivery); }
  void stop() override {}

 private:
  const Catalog* catalog_ = nullptr;
};

std::unique_ptr<Engine> load(EngineOptions options) {
  static const Registry kRegistry = [] {
    Registry made;
    add_builtin_operators(made);
    made.add<ReceiverSink>();
    return made;
  }();
  config::Problems problems;
  auto engine = Engine::load(kTopology, "t.yaml", kRegistry, std::move(options), problems);
  EXPECT_TRUE(engine.ok()) << config::render_all(problems, kTopology);
  return *std::move(engine);
}

TEST(EffectOnce, CrashesAndFailuresChangeNothingForAReceiverThatKnowsIds) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ShopHistory history = make_shop_history(seed, 100 + seed * 10);
    Receiver calm(seed, 0);
    ReceiverSink::receiver = &calm;
    {
      const auto engine = load({.executor = ExecutorKind::kStep});
      MemoryFeed feed(history.records);
      ASSERT_TRUE(engine->run(feed).ok());
      ASSERT_TRUE(engine->wait_until_delivered(std::chrono::minutes(1)));
    }
    ASSERT_FALSE(calm.bodies().empty());

    Receiver rough(seed, 0.3);
    ReceiverSink::receiver = &rough;
    MemoryStore store;
    Random random(seed);
    for (bool done = false; !done;) {
      std::uint64_t batches_left = random.chance(0.7) ? 1 + random.below(40) : ~std::uint64_t{0};
      EngineOptions options;
      options.executor = random.chance(0.5) ? ExecutorKind::kStep : ExecutorKind::kThreads;
      options.threads = 2;
      options.seed = random.next();
      options.batch = static_cast<std::uint32_t>(1 + random.below(64));
      options.lanes = static_cast<std::uint32_t>(1 + random.below(4));
      options.store = &store;
      options.checkpoint_records = 1 + random.below(200);
      options.on_completed = [&batches_left](const Totals&) { return --batches_left > 0; };
      const auto engine = load(std::move(options));
      std::vector<Record> rest;
      for (const Record& record : history.records)
        if (record.position >= engine->resume_position()) rest.push_back(record);
      MemoryFeed feed(rest);
      ASSERT_TRUE(engine->run(feed).ok());
      done = engine->pipeline().end() == history.records.back().position + 1;
      if (done) {
        ASSERT_TRUE(engine->wait_until_delivered(std::chrono::minutes(1)));
      }
    }
    ASSERT_EQ(rough.bodies(), calm.bodies());
  }
}

}  // namespace
}  // namespace millrace
