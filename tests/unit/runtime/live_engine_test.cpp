// A live engine: takes hits, answers them, and tells what became of them while it runs.
#include "engine/event/hit.hpp"
#include "engine/journal/journal.hpp"
#include "engine/live.hpp"
#include "engine/metrics/exposition.hpp"
#include "engine/runtime/pipeline.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/faulty_files.hpp"
#include "tests/support/shop_history.hpp"

#include <gtest/gtest.h>

#include <future>

namespace millrace {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTopology = R"(
version: 1
shards: 16
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
      buyer: {when: "count(purchase, 1h) >= 1", on_enter: {effect: greet}}
)";

const Time kStart = *parse_time("2026-11-01T12:00:00Z");

std::string hit(std::string_view body, Time received = kStart) {
  std::string payload;
  encode_hit({.received = received, .body = body}, payload);
  return payload;
}

std::string purchase(int message, const std::string& user, const std::string& anonymous = {}) {
  return hit(R"({"type":"track","event":"Order Completed","messageId":"m)" +
             std::to_string(message) + R"(","userId":")" + user + R"(","anonymousId":")" +
             anonymous + R"(","properties":{"revenue":10}})");
}

class LiveEngineTest : public ::testing::TestWithParam<ExecutorKind> {
 protected:
  void open(std::string_view topology = kTopology) {
    static const Registry kRegistry = [] {
      Registry made;
      add_builtin_operators(made);
      return made;
    }();
    LiveOptions options;
    options.engine.executor = GetParam();
    options.engine.lanes = 4;
    options.engine.threads = 2;
    options.data = "data";
    options.files = &files_;
    options.store = &store_;
    options.metrics = &metrics_;
    options.clock = [this] {
      const std::chrono::nanoseconds passed(passed_.load());
      return ClockReading{kStart + passed, passed};
    };
    config::Problems problems;
    auto live =
        LiveEngine::open(std::string(topology), "t.yaml", kRegistry, std::move(options), problems);
    ASSERT_TRUE(live.ok()) << live.error().what << config::render_all(problems, topology);
    live_ = *std::move(live);
    live_->start();
  }

  // Journals a hit; waits for the answer.
  Position send(std::string payload) {
    std::promise<Result<Position>> answer;
    EXPECT_TRUE(live_->intake().offer(
        std::move(payload), now(), [&](const Result<Position>& told) { answer.set_value(told); }));
    const Result<Position> told = answer.get_future().get();
    EXPECT_TRUE(told.ok());
    return told.ok() ? *told : 0;
  }
  Result<std::optional<ProfileView>> ask(const std::string& id, Position after = 0) {
    std::promise<Result<std::optional<ProfileView>>> answer;
    live_->queries().profile(id, after, [&](auto view) { answer.set_value(std::move(view)); });
    return answer.get_future().get();
  }
  // The view once everything before `after` is in it; there must be one.
  ProfileView view(const std::string& id, Position after = 0) {
    auto answer = ask(id, after);
    EXPECT_TRUE(answer.ok() && *answer) << id;
    return answer.ok() && *answer ? **answer : ProfileView();
  }
  Time now() const {
    return kStart + std::chrono::floor<Duration>(std::chrono::nanoseconds(passed_));
  }
  void pass(std::chrono::nanoseconds duration) {
    passed_ += duration.count();
    live_->look();
  }

  testing::FaultyFiles files_;
  MemoryStore store_;
  Metrics metrics_;
  std::atomic<std::int64_t> passed_{0};  // ns
  std::unique_ptr<LiveEngine> live_;
};

TEST_P(LiveEngineTest, TellsOfAnEventOnceItIsAnswered) {
  open();
  const Position at = send(purchase(1, "ann", "a1"));
  const ProfileView ann = view("user_id:ann", at + 1);
  EXPECT_GE(ann.position, at + 1);
  EXPECT_EQ(ann.first_seen, kStart);
  EXPECT_EQ(ann.ids, (std::vector<std::string>{"user_id:ann", "anonymous_id:a1"}));
  EXPECT_EQ(view("anonymous_id:a1").profile, ann.profile);
  EXPECT_EQ(view(profile_text(ann.profile)).profile, ann.profile);
  EXPECT_TRUE(live_->stop(10s).ok());
}

TEST_P(LiveEngineTest, KnowsNobodyWhomNoEventNamed) {
  open();
  const auto answer = ask("user_id:nobody");
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->has_value());
  EXPECT_FALSE(ask(profile_text(77))->has_value());
}

TEST_P(LiveEngineTest, FindsProfilesThatBecameOne) {
  open();
  const Position first = send(purchase(1, "ann", "a1"));
  const ProfileView old = view("anonymous_id:a1", first + 1);
  Position last = 0;
  for (int i = 2; i < 20; ++i) {
    send(purchase(i, "", "b" + std::to_string(i)));
    last = send(hit(R"({"type":"identify","messageId":"i)" + std::to_string(i) +
                    R"(","userId":"ann","anonymousId":"b)" + std::to_string(i) + "\"}"));
  }
  for (int i = 2; i < 20; ++i) {
    const ProfileView one = view("anonymous_id:b" + std::to_string(i), last + 1);
    EXPECT_EQ(one.profile, old.profile);
    EXPECT_EQ(one.ids.size(), 20U);
  }
}

TEST_P(LiveEngineTest, LetsTimePassWithoutEvents) {
  open();
  std::promise<void> left;
  const auto listening = live_->queries().listen(0, [&](const LiveOutput& output) {
    if (output.kind == "exit") left.set_value();
  });
  const Position at = send(purchase(1, "ann"));
  view("user_id:ann", at + 1);
  EXPECT_EQ(live_->queries().segments().at(0).members, 1);
  EXPECT_EQ(live_->queries().members("buyer", 0, 10)->members.size(), 1U);
  pass(61min);
  left.get_future().get();
  pass(1s);
  const Position end = live_->status().end;
  EXPECT_TRUE(ask("user_id:ann", end).ok());
  EXPECT_EQ(live_->queries().segments().at(0).members, 0);
  EXPECT_TRUE(live_->queries().members("buyer", 0, 10)->members.empty());
}

TEST_P(LiveEngineTest, IsReadyOnceTheJournalIsProcessedAgain) {
  open();
  Position last = 0;
  for (int i = 0; i < 50; ++i) last = send(purchase(i, "u" + std::to_string(i)));
  view("user_id:u49", last + 1);
  live_.reset();  // as a crash would
  open();
  view("user_id:u49", last + 1);
  const LiveStatus status = live_->status();
  EXPECT_TRUE(status.ready());
  EXPECT_EQ(status.recovery_begin, 0U);
  EXPECT_GE(status.recovery_end, 50U);
  EXPECT_EQ(live_->queries().segments().at(0).members, 50);
}

TEST_P(LiveEngineTest, GoesOnFromTheCheckpointOfAStop) {
  open();
  for (int i = 0; i < 50; ++i) send(purchase(i, "u" + std::to_string(i)));
  ASSERT_TRUE(live_->stop(10s).ok());
  const Position end = live_->journal().end();
  EXPECT_EQ(live_->engine().resume_position(), end);
  EXPECT_EQ(live_->engine().totals().account.kept, 50U);
  live_.reset();
  open();
  EXPECT_EQ(live_->status().recovery_begin, end);
  EXPECT_EQ(view("user_id:u7").ids.size(), 1U);  // out of the store
  EXPECT_EQ(live_->queries().members("buyer", 0, 30)->members.size(), 30U);
}

TEST_P(LiveEngineTest, RefusesHitsAndQuestionsOnceItStops) {
  open();
  send(purchase(1, "ann"));
  std::promise<Result<std::optional<ProfileView>>> waits;
  live_->queries().profile(
      "user_id:ann", 1'000'000, [&](auto view) { waits.set_value(std::move(view)); });
  ASSERT_TRUE(live_->stop(10s).ok());
  EXPECT_FALSE(live_->ready());
  const auto waited = waits.get_future().get();
  ASSERT_FALSE(waited.ok());
  EXPECT_EQ(waited.error().fault, Fault::kBusy);
  EXPECT_FALSE(live_->intake().offer(purchase(2, "bob"), kStart, {}));
  EXPECT_EQ(ask("user_id:ann").error().fault, Fault::kBusy);
}

TEST_P(LiveEngineTest, GivesUpOnAPositionThatDoesNotCome) {
  open();
  std::promise<Result<std::optional<ProfileView>>> answer;
  live_->queries().profile(
      "user_id:ann", 1'000'000, [&](auto view) { answer.set_value(std::move(view)); });
  pass(6s);
  EXPECT_EQ(answer.get_future().get().error().fault, Fault::kBusy);
}

TEST_P(LiveEngineTest, TellsListenersEverythingInOrderAlsoWhatTheyMissed) {
  open();
  Position last = 0;
  for (int i = 0; i < 30; ++i) {
    last = send(purchase(i, "u" + std::to_string(i)));
    last = send(hit("{\"type\":\"track\""));
  }
  view("user_id:u0", last + 1);
  std::mutex mutex;
  std::vector<Position> heard;
  std::size_t rejects = 0;
  auto listening = live_->queries().listen(0, [&](const LiveOutput& output) {
    const std::lock_guard lock(mutex);
    heard.push_back(output.position);
    rejects += output.kind == "reject" ? 1 : 0;
  });
  EXPECT_FALSE(listening.missed);
  for (int i = 30; i < 60; ++i) last = send(purchase(i, "u" + std::to_string(i)));
  view("user_id:u0", last + 1);
  listening.subscription.reset();
  view("user_id:u0", send(purchase(99, "late")) + 1);
  EXPECT_EQ(heard.size(), 60U * 2 + 30);  // each enters and is greeted
  EXPECT_EQ(rejects, 30U);
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
}

TEST_P(LiveEngineTest, SaysInItsStatusThatTheDiskIsFull) {
  open();
  send(purchase(1, "ann"));
  files_.set_capacity(files_.used());
  std::promise<Result<Position>> answer;
  live_->intake().offer(
      purchase(2, "bob"), kStart, [&](const Result<Position>& told) { answer.set_value(told); });
  EXPECT_EQ(answer.get_future().get().error().fault, Fault::kFull);
  EXPECT_FALSE(live_->ready());
  EXPECT_FALSE(live_->status().journal.ok());
  files_.set_capacity(~std::uint64_t{0});
  const Position at = send(purchase(3, "bob"));
  EXPECT_EQ(view("user_id:bob", at + 1).ids.size(), 1U);
  EXPECT_TRUE(live_->ready());
}

TEST_P(LiveEngineTest, CountsWhatItDoes) {
  open();
  send(purchase(1, "ann"));
  send(purchase(1, "ann"));
  send(hit("{\"type\":\"track\""));
  view("user_id:bob", send(purchase(2, "bob")) + 1);
  pass(61min);
  const Position exits = send(purchase(3, "cid", "null"));
  view("user_id:cid", exits + 1);
  ASSERT_TRUE(live_->stop(10s).ok());
  const std::string text = exposition(metrics_);
  const auto has = [&](const std::string& line) {
    EXPECT_NE(text.find("millrace_" + line + "\n"), std::string::npos) << line << "\n" << text;
  };
  has("events_total 5");
  has("events_kept_total 3");
  has(R"(events_dropped_total{reason="duplicate"} 1)");
  has(R"(events_rejected_total{reason="malformed_json"} 1)");
  has(R"(operator_notes_total{what="identify.values_blocked"} 1)");
  has(R"(segment_entered_total{segment="buyer"} 3)");
  has(R"(segment_left_total{segment="buyer"} 2)");
  has(R"(segment_members{segment="buyer"} 1)");
  has("effects_total 3");
  has("intake_hits_total 5");
  has("event_visible_seconds_count 5");
  has("checkpoint_seconds_count 1");
}

TEST_P(LiveEngineTest, AnswersWhileEventsCome) {
  open();
  std::atomic<bool> done{false};
  std::vector<std::thread> askers;
  std::atomic<int> answers{0};
  for (int t = 0; t < 2; ++t)
    askers.emplace_back([&, t] {
      for (int i = 0; !done; ++i)
        if (ask("anonymous_id:d" + std::to_string((i * 7 + t) % 40)).ok()) ++answers;
    });
  Position last = 0;
  std::atomic<int> told{0};
  constexpr int kHits = 600;
  for (int i = 0; i < kHits; ++i) {
    const std::string device = "d" + std::to_string(i % 40);
    std::string payload = purchase(i, i % 5 == 0 ? "u" + std::to_string(i % 3) : "", device);
    while (!live_->intake().offer(payload, kStart, [&](const Result<Position>& at) {
      EXPECT_TRUE(at.ok());
      ++told;
    })) {
    }
  }
  last = send(purchase(9999, "last"));
  view("user_id:last", last + 1);
  done = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(told, kHits);
  EXPECT_GT(answers, 0);
  ASSERT_TRUE(live_->stop(10s).ok());
  EXPECT_EQ(live_->engine().totals().account.events, kHits + 1U);
}

#ifdef MILLRACE_TEST_TBB
INSTANTIATE_TEST_SUITE_P(Tbb, LiveEngineTest, ::testing::Values(ExecutorKind::kTbb));
#else
INSTANTIATE_TEST_SUITE_P(Step, LiveEngineTest, ::testing::Values(ExecutorKind::kStep));
INSTANTIATE_TEST_SUITE_P(Threads, LiveEngineTest, ::testing::Values(ExecutorKind::kThreads));
#endif

}  // namespace
}  // namespace millrace
