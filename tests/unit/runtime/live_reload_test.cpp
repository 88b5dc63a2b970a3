// A live engine whose topology changes while it runs.
#include "engine/event/hit.hpp"
#include "engine/live.hpp"
#include "engine/runtime/pipeline.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/faulty_files.hpp"

#include <gmock/gmock.h>

#include <future>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Time kStart = *parse_time("2026-11-01T12:00:00Z");

std::string topology_with(const std::string& segments, const std::string& settings = "shards: 16") {
  return settings + R"(
tick: 1s
epoch: 1h
events: {purchase: Order Completed}
nodes:
  parse: {}
  identify: {}
  dedupe: {}
  features: {purchase: purchase, value: revenue}
  rules:
    segments:
)" + segments;
}

const std::string kBuyer = "      buyer: count(purchase, 1h) >= 1\n";
const std::string kRegular = "      regular: count(purchase, 1h) >= 2\n";

std::string purchase(int message, const std::string& user) {
  std::string payload;
  const std::string body = R"({"type":"track","event":"Order Completed","messageId":"m)" +
                           std::to_string(message) + R"(","userId":")" + user +
                           R"(","properties":{"revenue":10}})";
  encode_hit({.received = kStart, .body = body}, payload);
  return payload;
}

class LiveReloadTest : public ::testing::TestWithParam<ExecutorKind> {
 protected:
  LiveReloadTest() {
    add_builtin_operators(registry_);
    LiveOptions options;
    options.engine.executor = GetParam();
    options.engine.lanes = 4;
    options.engine.threads = 2;
    options.data = "data";
    options.files = &files_;
    options.store = &store_;
    options.clock = [this] {
      const std::chrono::nanoseconds passed(passed_.load());
      return ClockReading{kStart + passed, passed};
    };
    config::Problems problems;
    auto live =
        LiveEngine::open(topology_with(kBuyer), "t.yaml", registry_, std::move(options), problems);
    EXPECT_TRUE(live.ok()) << live.error().what;
    live_ = *std::move(live);
    live_->start();
  }

  // What is wrong; empty if the new one runs.
  std::string reload(const std::string& topology) {
    config::Problems problems;
    const Status reloaded = live_->reload(topology, "t.yaml", nullptr, problems);
    EXPECT_EQ(reloaded.ok(), problems.empty());
    return config::render_all(problems, topology);
  }
  Position send(std::string payload) {
    std::promise<Result<Position>> answer;
    EXPECT_TRUE(live_->intake().offer(
        std::move(payload), kStart, [&](const Result<Position>& told) { answer.set_value(told); }));
    const Result<Position> told = answer.get_future().get();
    EXPECT_TRUE(told.ok());
    return told.ok() ? *told : 0;
  }
  std::vector<std::string> segments_of(const std::string& id, Position after) {
    std::promise<Result<std::optional<ProfileView>>> promise;
    live_->queries().profile(id, after, [&](auto view) { promise.set_value(std::move(view)); });
    const auto view = promise.get_future().get();
    std::vector<std::string> names;
    EXPECT_TRUE(view.ok() && *view);
    if (!view.ok() || !*view) return names;
    const ProfileId profile = (*view)->profile;
    for (const std::string& name : live_->queries().segment_names()) {
      const auto page = live_->queries().members(name, profile, 1);
      if (page.ok() && !page->members.empty() && page->members[0].profile == profile)
        names.push_back(name);
    }
    return names;
  }

  Registry registry_;
  testing::FaultyFiles files_;
  MemoryStore store_;
  std::atomic<std::int64_t> passed_{0};  // ns
  std::unique_ptr<LiveEngine> live_;
};

TEST_P(LiveReloadTest, GoesOnWithTheOtherTopologyAndWhatItKept) {
  send(purchase(1, "ann"));
  EXPECT_EQ(reload(topology_with(kBuyer + kRegular)), "");
  const Position second = send(purchase(2, "ann"));
  EXPECT_THAT(segments_of("user_id:ann", second + 1), ElementsAre("buyer", "regular"));
  send(purchase(2, "ann"));  // a copy from before the change would be known as well
  EXPECT_EQ(reload(topology_with(kRegular)), "");
  const Position third = send(purchase(3, "ann"));
  EXPECT_THAT(segments_of("user_id:ann", third + 1), ElementsAre("regular"));
  ASSERT_TRUE(live_->stop(10s).ok());
  EXPECT_EQ(live_->engine().totals().account.kept, 3U);
  EXPECT_EQ(live_->engine().totals().account.dropped.total(), 1U);
}

TEST_P(LiveReloadTest, TimersSurvive) {
  const Position bought = send(purchase(1, "ann"));
  EXPECT_THAT(segments_of("user_id:ann", bought + 1), ElementsAre("buyer"));
  EXPECT_EQ(reload(topology_with(kBuyer + kRegular)), "");
  passed_ += std::chrono::nanoseconds(2h).count();
  live_->look();
  const Position later = send(purchase(2, "ben"));
  EXPECT_THAT(segments_of("user_id:ann", later), IsEmpty());
}

TEST_P(LiveReloadTest, RefusesAWrongTopologyAndGoesOn) {
  EXPECT_THAT(reload(topology_with("      buyer: cuont(purchase, 1h) >= 1\n")),
              HasSubstr("did you mean 'count'?"));
  EXPECT_THAT(reload(topology_with(kBuyer, "shards: 32")),
              HasSubstr("t.yaml:1:9: error: this cannot change while it runs"));
  EXPECT_THAT(reload(topology_with(kBuyer, "shards: 16\njournal: {ack: written}")),
              HasSubstr("cannot change"));
  const Position bought = send(purchase(1, "ann"));
  EXPECT_THAT(segments_of("user_id:ann", bought + 1), ElementsAre("buyer"));
}

TEST_P(LiveReloadTest, TakesHitsAllTheWhileAndLosesNone) {
  constexpr int kHits = 400;
  std::atomic<int> told{0};
  std::thread sender([&] {
    for (int i = 0; i < kHits; ++i) {
      const std::string payload = purchase(i, "u" + std::to_string(i % 7));
      while (!live_->intake().offer(payload, kStart, [&](const Result<Position>& at) {
        EXPECT_TRUE(at.ok());
        ++told;
      })) {
      }
    }
  });
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(reload(topology_with(i % 2 == 0 ? kBuyer + kRegular : kBuyer)), "");
  sender.join();
  const Position last = send(purchase(kHits, "ann"));
  EXPECT_EQ(told, kHits);
  EXPECT_THAT(segments_of("user_id:u3", last + 1), Contains("buyer"));
  ASSERT_TRUE(live_->stop(10s).ok());
  EXPECT_EQ(live_->engine().totals().account.kept, kHits + 1U);
}

#ifdef MILLRACE_TEST_TBB
INSTANTIATE_TEST_SUITE_P(Tbb, LiveReloadTest, ::testing::Values(ExecutorKind::kTbb));
#else
INSTANTIATE_TEST_SUITE_P(Step, LiveReloadTest, ::testing::Values(ExecutorKind::kStep));
INSTANTIATE_TEST_SUITE_P(Threads, LiveReloadTest, ::testing::Values(ExecutorKind::kThreads));
#endif

}  // namespace
}  // namespace millrace
