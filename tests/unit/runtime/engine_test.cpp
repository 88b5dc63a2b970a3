// The embedding API, on every executor.
#include "engine/engine.hpp"

#include "engine/runtime/pipeline.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/shop_history.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTopology = R"(
version: 1
shards: 16
events: {purchase: Order Completed}
nodes:
  parse: {}
  identify: {}
  dedupe: {}
  features: {purchase: purchase, value: revenue}
  rules:
    segments:
      buyer: {when: "count(purchase, 1h) >= 1", on_enter: {effect: greet}}
)";

const Time kStart = *parse_time("2026-11-01T12:00:00Z");

std::string purchase(const std::string& id,
                     const std::string& user,
                     const std::string& anonymous,
                     Time time) {
  return R"({"type":"track","event":"Order Completed","messageId":")" + id + R"(","userId":")" +
         user + R"(","anonymousId":")" + anonymous + R"(","timestamp":")" + format_time(time) +
         R"(","properties":{"revenue":10}})";
}

class EngineTest : public testing::TestWithParam<ExecutorKind> {
 protected:
  std::unique_ptr<Engine> load(TextOutputs& outputs, EngineOptions options = {}) {
    static const Registry kRegistry = [] {
      Registry made;
      add_builtin_operators(made);
      return made;
    }();
    options.executor = GetParam();
    options.lanes = 4;
    options.threads = 3;
    options.batch = 3;
    if (!options.sink) options.sink = std::make_unique<TextSink>(outputs);
    config::Problems problems;
    auto engine = Engine::load(kTopology, "t.yaml", kRegistry, std::move(options), problems);
    EXPECT_TRUE(engine.ok()) << config::render_all(problems, kTopology);
    return *std::move(engine);
  }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_P(EngineTest, EntersAtTheEventAndLeavesByTheClock) {
  TextOutputs outputs;
  const auto engine = load(outputs);
  engine->push(purchase("m1", "ann", "a1", kStart), kStart);
  ASSERT_TRUE(engine->drain().ok());
  EXPECT_EQ(count(outputs.outputs, R"("kind":"enter","name":"buyer")"), 1U) << outputs.outputs;
  EXPECT_EQ(count(outputs.outputs, R"("kind":"effect","name":"greet")"), 1U) << outputs.outputs;
  EXPECT_EQ(engine->totals().segment_size[0], 1);
  engine->push_tick(kStart + 1h - 1ms);
  ASSERT_TRUE(engine->drain().ok());
  EXPECT_EQ(engine->totals().segment_size[0], 1);
  engine->push_tick(kStart + 30h);
  ASSERT_TRUE(engine->drain().ok());
  EXPECT_EQ(engine->totals().segment_size[0], 0);
  EXPECT_EQ(count(outputs.outputs, R"("time":"2026-11-01T13:00:00.000Z")"), 1U) << outputs.outputs;
}

TEST_P(EngineTest, MergesProfilesOfAllLanesInOneBatch) {
  TextOutputs outputs;
  EngineOptions options;
  const auto engine = load(outputs, std::move(options));
  // Forty devices, each with a purchase of its own, turn out to be one person's.
  for (int i = 0; i < 40; ++i)
    engine->push(R"({"type":"track","event":"Order Completed","messageId":"d)" + std::to_string(i) +
                     R"(","anonymousId":"device)" + std::to_string(i) +
                     R"(","properties":{"revenue":1}})",
                 kStart);
  for (int i = 0; i < 40; ++i)
    engine->push(R"({"type":"identify","messageId":"i)" + std::to_string(i) +
                     R"(","userId":"ann","anonymousId":"device)" + std::to_string(i) + "\"}",
                 kStart + 1s);
  ASSERT_TRUE(engine->drain().ok());
  EXPECT_EQ(engine->profiles(), 1U);
  EXPECT_EQ(engine->totals().segment_size[0], 1);
  EXPECT_EQ(engine->totals().account.kept, 80U);
  // Copies of what the merged devices sent are seen, whichever lane they were in.
  for (int i = 0; i < 40; ++i)
    engine->push(R"({"type":"track","event":"Order Completed","messageId":"d)" + std::to_string(i) +
                     R"(","anonymousId":"device)" + std::to_string(i) +
                     R"(","properties":{"revenue":1}})",
                 kStart + 2s);
  ASSERT_TRUE(engine->drain().ok());
  EXPECT_EQ(engine->totals().account.dropped.total(), 40U);
}

TEST_P(EngineTest, GoesOnFromItsStoreAsIfNothingHadHappened) {
  MemoryStore store;
  TextOutputs outputs;
  {
    EngineOptions options;
    options.store = &store;
    const auto engine = load(outputs, std::move(options));
    engine->push(purchase("m1", "ann", "a1", kStart), kStart);
    engine->push(purchase("m2", "bob", "b1", kStart), kStart);
    ASSERT_TRUE(engine->drain().ok());
    ASSERT_TRUE(engine->checkpoint().ok());
    EXPECT_EQ(engine->resume_position(), 2U);
  }
  EngineOptions options;
  options.store = &store;
  const auto engine = load(outputs, std::move(options));
  EXPECT_EQ(engine->resume_position(), 2U);
  EXPECT_EQ(engine->profiles(), 2U);
  EXPECT_EQ(engine->totals().segment_size[0], 2);
  engine->push(purchase("m1", "ann", "a1", kStart), kStart + 1min);
  engine->push_tick(kStart + 2h);
  ASSERT_TRUE(engine->drain().ok());
  EXPECT_EQ(engine->totals().account.dropped.total(), 1U);
  EXPECT_EQ(engine->totals().segment_size[0], 0);
  EXPECT_EQ(count(outputs.outputs, R"("kind":"exit","name":"buyer")"), 2U) << outputs.outputs;
}

TEST_P(EngineTest, CountsWhatIsWrongAndGoesOn) {
  TextOutputs outputs;
  const auto engine = load(outputs);
  engine->push("{\"type\":\"track\"", kStart);
  engine->push("", kStart);
  engine->push(purchase("m1", "ann", "a1", kStart), kStart);
  engine->push(R"({"type":"track","event":"x","messageId":"m9"})", kStart);
  ASSERT_TRUE(engine->drain().ok());
  const Account& account = engine->totals().account;
  EXPECT_EQ(account.events, 4U);
  EXPECT_EQ(account.kept, 1U);
  EXPECT_EQ(account.rejected.total(), 3U);
  EXPECT_EQ(count(outputs.rejects, "\n"), 3U) << outputs.rejects;
}

// A sink that lets everybody down after a while.
class FailingSink final : public Sink {
 public:
  Status open(const Catalog& /*catalog*/, std::string_view /*state*/) override { return {}; }
  Status write(std::span<const OutputRecord> outputs) override {
    left_ -= static_cast<int>(outputs.size());
    return left_ > 0 ? Status() : Status(Error{"the disk is full"});
  }
  Status reject(std::span<const Reject> /*rejects*/) override { return {}; }
  Result<std::string> commit() override { return std::string(); }

 private:
  int left_ = 10;
};

TEST_P(EngineTest, StopsWithTheErrorOfASink) {
  TextOutputs outputs;
  EngineOptions options;
  options.sink = std::make_unique<FailingSink>();
  const auto engine = load(outputs, std::move(options));
  for (int i = 0; i < 1000; ++i)
    engine->push(
        purchase("m" + std::to_string(i), "u" + std::to_string(i), "a" + std::to_string(i), kStart),
        kStart);
  const Status ran = engine->drain();
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().what, "the disk is full");
}

TEST_P(EngineTest, StopsWhenAskedTo) {
  TextOutputs outputs;
  EngineOptions options;
  options.on_completed = [](const Totals& totals) { return totals.account.events < 30; };
  const auto engine = load(outputs, std::move(options));
  for (int i = 0; i < 3000; ++i)
    engine->push(purchase("m" + std::to_string(i), "u", "a", kStart), kStart);
  ASSERT_TRUE(engine->drain().ok());
  EXPECT_GE(engine->totals().account.events, 30U);
  EXPECT_LT(engine->totals().account.events, 3000U);
}

#ifdef MILLRACE_TEST_TBB
INSTANTIATE_TEST_SUITE_P(Tbb, EngineTest, testing::Values(ExecutorKind::kTbb));
#else
INSTANTIATE_TEST_SUITE_P(Step, EngineTest, testing::Values(ExecutorKind::kStep));
INSTANTIATE_TEST_SUITE_P(Threads, EngineTest, testing::Values(ExecutorKind::kThreads));
#endif

}  // namespace
}  // namespace millrace
