// The laws for live engines: what a journal holds decides everything, whoever pushed it, in what
// groups, whatever was asked meanwhile, and whenever the engine died. What was answered is there,
// once.
#include "connectors/builtin.hpp"
#include "engine/base/file.hpp"
#include "engine/base/random.hpp"
#include "engine/journal/journal.hpp"
#include "engine/live.hpp"
#include "engine/runtime/pipeline.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/files_of_a_process.hpp"
#include "tests/support/shop_history.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <set>
#include <thread>

namespace millrace {
namespace {

using namespace std::chrono_literals;

std::uint64_t seeds() { return std::getenv("MILLRACE_SOAK") != nullptr ? 2'000 : 24; }

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
  const std::string k = "k: 6\n";
  const auto at = text->find(k);
  CHECK(at != std::string::npos);
  return text->insert(at, "profiles_min: 5\n    ");
}

const std::string& topology() {
  static const std::string kText = shop_topology();
  return kText;
}

// A hit of no meaning.
const std::string kLast = "last";

struct Outcome {
  TextOutputs outputs;
  std::string digest;
  std::uint64_t events = 0;
  std::uint64_t kept = 0;
  std::vector<std::int64_t> segments;
  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << "digest " << outcome.digest << ", " << outcome.events << " events, " << outcome.kept
       << " kept, " << outcome.outputs.outputs.size() << " bytes of outputs";
}

Outcome outcome_of(Engine& engine, const TextOutputs& outputs) {
  const auto digest = engine.digest();
  EXPECT_TRUE(digest.ok());
  const Totals& totals = engine.totals();
  return {
      outputs, to_hex(*digest), totals.account.events, totals.account.kept, totals.segment_size};
}

// A shop whose hits come live, to an engine that may die, with all that outlives it.
class LiveShop {
 public:
  LiveShop(std::uint64_t seed, ExecutorKind executor)
      : random_(seed), executor_(executor), files_(seed), history_(make_shop_history(seed, 150)) {
    for (const Record& record : history_.records)
      if (record.kind == RecordKind::kHit) hits_.push_back(record);
    clock_ = to_millis(hits_.front().time);
  }

  // Sends the next hits, at most so many, from several threads while others ask.
  void live(std::size_t count, bool crash) {
    open();
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) threads.emplace_back([this, &done, t] { ask(done, t); });
    const std::size_t end = std::min(next_ + count, hits_.size());
    const std::size_t senders = 1 + random_.below(3);
    std::vector<std::thread> sending;
    for (std::size_t t = 0; t < senders; ++t)
      sending.emplace_back([this, t, senders, begin = next_, end, seed = random_.next()] {
        Random pace(seed);
        for (std::size_t i = begin + t; i < end; i += senders) send(i, pace);
      });
    // Beside what is sent, or after it.
    if (crash && random_.chance(0.5)) die();
    for (std::thread& thread : sending) thread.join();
    next_ = end;
    if (crash) die();
    done = true;
    for (std::thread& thread : threads) thread.join();
    if (!crash) finish();
    live_.reset();
  }
  bool over() const { return next_ == hits_.size(); }

  const Outcome& outcome() const { return outcome_; }

  // The same from the journal alone, by the reference executor.
  Outcome replayed() {
    auto journal = Journal::open(files_, "data/journal", {});
    CHECK(journal.ok());
    TextOutputs outputs;
    EngineOptions options;
    options.executor = ExecutorKind::kStep;
    options.lanes = 1;
    options.sink = std::make_unique<TextSink>(outputs);
    config::Problems problems;
    auto engine = Engine::load(topology(), "shop.yaml", registry(), std::move(options), problems);
    CHECK(engine.ok());
    JournalFeed feed(**journal, 0);
    EXPECT_TRUE((*engine)->run(feed).ok());
    return outcome_of(**engine, outputs);
  }

  void expect_every_answered_hit_once() {
    auto journal = Journal::open(files_, "data/journal", {});
    CHECK(journal.ok());
    std::map<std::string, std::size_t> there, offered, answered;
    std::map<Position, std::string> at;
    JournalReader reader = (*journal)->reader(0);
    RecordBatch batch;
    while (reader.next(batch).ok() && !batch.empty()) {
      EXPECT_EQ(batch.gap.count, 0U)
          << "from " << batch.gap.first << ", cause " << static_cast<int>(batch.gap.cause);
      for (const Record& record : batch.records) {
        if (record.kind != RecordKind::kHit || record.payload == kLast) continue;
        at[record.position] = record.payload;
        ++there[std::string(record.payload)];
      }
    }
    for (const auto& [position, payload] : answered_) {
      EXPECT_EQ(at[position], payload);
      ++answered[payload];
    }
    EXPECT_EQ(std::set(answered_positions_.begin(), answered_positions_.end()).size(),
              answered_.size());
    for (std::size_t i = 0; i < next_; ++i) ++offered[std::string(hits_[i].payload)];
    for (const auto& [payload, count] : there) EXPECT_LE(count, offered[payload]);
    for (const auto& [payload, count] : answered) EXPECT_LE(count, there[payload]);
  }

 private:
  void open() {
    LiveOptions options;
    options.engine.executor = executor_;
    options.engine.lanes = static_cast<std::uint32_t>(1 + random_.below(6));
    options.engine.threads = static_cast<std::uint32_t>(1 + random_.below(3));
    options.engine.batch = static_cast<std::uint32_t>(1 + random_.below(40));
    options.engine.seed = random_.next();
    options.engine.vary_batches = true;
    options.engine.checkpoint_records = 1 + random_.below(60);
    options.engine.memory_bytes = random_.chance(0.3) ? 0 : 2'000 << random_.below(6);
    options.engine.sink = std::make_unique<TextSink>(outputs_);
    options.data = "data";
    process_ = std::make_unique<testing::FilesOfAProcess>(files_);
    options.files = process_.get();
    options.store = &store_;
    options.clock = [this] {
      const auto now = from_millis(clock_.load());
      return ClockReading{now, now.time_since_epoch()};
    };
    config::Problems problems;
    auto opened =
        LiveEngine::open(topology(), "shop.yaml", registry(), std::move(options), problems);
    ASSERT_TRUE(opened.ok()) << opened.error().what;
    live_ = *std::move(opened);
    live_->start();
  }

  void send(std::size_t i, Random& pace) {
    const std::string payload(hits_[i].payload);
    std::int64_t before = clock_.load();
    const std::int64_t now = std::max(before, to_millis(hits_[i].time));
    while (before < now && !clock_.compare_exchange_weak(before, now)) {
    }
    const bool taken =
        live_->intake().offer(payload, hits_[i].time, [this, payload](const Result<Position>& at) {
          if (!at) return;
          const std::lock_guard lock(mutex_);
          answered_.emplace_back(*at, payload);
          answered_positions_.push_back(*at);
        });
    EXPECT_TRUE(taken);
    if (pace.chance(0.1)) live_->look();
    if (pace.chance(0.2)) std::this_thread::yield();
  }

  void ask(const std::atomic<bool>& done, int t) {
    Queries& queries = live_->queries();
    Random random(static_cast<std::uint64_t>(t));
    while (!done) {
      std::promise<void> answered;
      // What is there, and sometimes what is not there yet: then time passes until it is, or until
      // the engine gives up.
      const Position after = random.chance(0.2) ? queries.processed() + 1 : 0;
      queries.profile(profile_text(1 + random.below(60)),
                      after,
                      [&](const Result<std::optional<ProfileView>>& view) {
                        EXPECT_TRUE(view.ok() || view.error().fault == Fault::kBusy);
                        answered.set_value();
                      });
      (void)queries.segments();
      const auto told = answered.get_future();
      while (after > 0 && told.wait_for(1ms) != std::future_status::ready) {
        clock_ += 1'000;
        live_->look();
      }
      told.wait();
    }
  }

  void die() {
    const bool power = random_.chance(0.5);
    process_->die([&](testing::FaultyFiles& machine) { power ? machine.crash() : machine.kill(); });
  }

  void finish() {
    // What the clock says by now is journaled before one more hit; then nothing moves any more.
    std::promise<Position> last;
    EXPECT_TRUE(live_->intake().offer(kLast, {}, [&](const Result<Position>& at) {
      EXPECT_TRUE(at.ok());
      last.set_value(at.ok() ? *at : 0);
    }));
    const Position end = last.get_future().get() + 1;
    std::promise<void> processed;
    live_->queries().profile("user_id:nobody", end, [&](const auto&) { processed.set_value(); });
    processed.get_future().get();
    expect_members_to_be_those_whom_rules_know();
    ASSERT_TRUE(live_->stop(10s).ok());
    outcome_ = outcome_of(live_->engine(), outputs_);
  }

  std::optional<ProfileView> view(ProfileId profile) {
    std::promise<Result<std::optional<ProfileView>>> answer;
    live_->queries().profile(
        profile_text(profile), 0, [&](auto made) { answer.set_value(std::move(made)); });
    auto made = answer.get_future().get();
    EXPECT_TRUE(made.ok());
    return made.ok() ? *std::move(made) : std::nullopt;
  }

  struct Memberships {
    std::map<std::string, std::map<ProfileId, Time>> known;  // by rules' own state
    std::map<std::string, std::map<ProfileId, Time>> listed;
    std::map<std::string, std::int64_t> counted;
  };

  Memberships memberships() {
    Memberships all;
    for (ProfileId profile = 1; profile <= 400; ++profile) {
      const auto seen = view(profile);
      if (!seen || seen->profile != profile) continue;
      for (const auto& membership : seen->segments)
        all.known[membership.segment][profile] = membership.since;
    }
    for (const SegmentSize& segment : live_->queries().segments()) {
      all.counted[segment.name] = segment.members;
      std::optional<ProfileId> from = 0;
      while (from) {
        const auto page = live_->queries().members(segment.name, *from, 1 + random_.below(9));
        EXPECT_TRUE(page.ok());
        if (!page.ok()) break;
        for (const SegmentMember& member : page->members)
          EXPECT_TRUE(all.listed[segment.name].emplace(member.profile, member.since).second);
        from = page->next;
      }
    }
    return all;
  }

  // Nothing may happen between the questions: the clock's ticks are records too.
  Memberships memberships_of_one_moment() {
    while (true) {
      const LiveStatus before = live_->status();
      Memberships all = memberships();
      if (before.processed == before.end && live_->status().end == before.end) return all;
    }
  }

  void expect_members_to_be_those_whom_rules_know() {
    Memberships all = memberships_of_one_moment();
    for (const auto& [segment, count] : all.counted) {
      const auto& known = all.known[segment];
      const auto& listed = all.listed[segment];
      EXPECT_EQ(listed.size(), known.size()) << segment;
      EXPECT_EQ(count, static_cast<std::int64_t>(known.size())) << segment;
      for (const auto& [profile, since] : listed) {
        const auto at = known.find(profile);
        ASSERT_NE(at, known.end()) << segment << " " << profile;
        // What a profile that became part of this one was in counts from then on.
        EXPECT_LE(at->second, since);
      }
    }
  }

  Random random_;
  const ExecutorKind executor_;
  testing::FaultyFiles files_;
  std::unique_ptr<testing::FilesOfAProcess> process_;
  MemoryStore store_;
  TextOutputs outputs_;
  const ShopHistory history_;
  std::vector<Record> hits_;
  std::size_t next_ = 0;
  std::atomic<std::int64_t> clock_{0};  // ms
  std::unique_ptr<LiveEngine> live_;
  Outcome outcome_;
  std::mutex mutex_;  // of what follows
  std::vector<std::pair<Position, std::string>> answered_;
  std::vector<Position> answered_positions_;
};

#ifdef MILLRACE_TEST_TBB
const std::vector<ExecutorKind> kExecutors = {ExecutorKind::kTbb};
#else
const std::vector<ExecutorKind> kExecutors = {ExecutorKind::kStep, ExecutorKind::kThreads};
#endif

class LiveLaws : public ::testing::TestWithParam<ExecutorKind> {};

TEST_P(LiveLaws, AReplayOfTheJournalComesToTheSame) {
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    LiveShop shop(seed, GetParam());
    shop.live(1'000, false);
    ASSERT_EQ(shop.outcome(), shop.replayed());
    shop.expect_every_answered_hit_once();
    if (HasFailure()) return;
  }
}

TEST_P(LiveLaws, WhatWasAnsweredOutlivesEveryCrash) {
  for (std::uint64_t seed = 0; seed < seeds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed + 1'000);
    LiveShop shop(seed, GetParam());
    while (!shop.over()) {
      shop.live(1 + random.below(60), true);
      shop.expect_every_answered_hit_once();
    }
    shop.live(0, false);
    ASSERT_EQ(shop.outcome(), shop.replayed());
    shop.expect_every_answered_hit_once();
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(On, LiveLaws, ::testing::ValuesIn(kExecutors));

}  // namespace
}  // namespace millrace
