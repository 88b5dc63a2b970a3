#include "engine/live.hpp"

#include "engine/runtime/data_directory.hpp"
#include "engine/runtime/executor.hpp"
#include "engine/runtime/feeds.hpp"
#include "engine/runtime/journal_intake.hpp"
#include "engine/runtime/live_queries.hpp"
#include "engine/topology/topology.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace millrace {

// Members in the order in which they depend on each other.
struct LiveEngine::State {
  explicit State(LiveOptions given) : options(std::move(given)) {}

  Status run();
  void turned(const ClockReading& reading, Time now);

  LiveOptions options;
  SystemFiles system_files;
  DataDirectory data;
  Journal* journal = nullptr;
  LiveQueries queries;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<TailFeed> feed;
  std::unique_ptr<JournalIntake> intake;

  Position recovery_begin = 0;
  Position recovery_end = 0;
  std::chrono::nanoseconds checkpoint_asked{};  // on the intake's thread
  std::atomic<std::int64_t> now{0};             // of the journal's clock, ms
  std::atomic<std::int64_t> clock{0};           // where processing is, ms
  std::atomic<bool> abandoned{false};
  mutable std::mutex mutex;  // of what follows
  std::condition_variable ended;
  bool started = false;
  bool draining = false;
  bool running = false;
  std::optional<Error> failed;
  std::thread runner;
};

LiveEngine::LiveEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<LiveEngine>> LiveEngine::open(std::string text,
                                                     std::string file,
                                                     const Registry& registry,
                                                     LiveOptions options,
                                                     config::Problems& problems) {
  auto state = std::make_unique<State>(std::move(options));
  State& s = *state;
  EngineOptions engine = std::move(s.options.engine);
  engine.open_store = [&s](const TopologySettings& settings) -> Result<Store*> {
    Files& files = s.options.files != nullptr ? *s.options.files : s.system_files;
    auto data = DataDirectory::open(files, s.options.data, settings.journal, s.options.store);
    if (!data) return data.error();
    s.data = *std::move(data);
    s.journal = s.data.journal.get();
    return s.options.store != nullptr ? s.options.store : s.data.store.get();
  };
  engine.clock = s.options.clock;
  engine.metrics = s.options.metrics;
  engine.on_checkpoint = [&s](Position position) { s.journal->release(position); };
  engine.on_batch = [&s](const Completed& completed) {
    s.clock.store(to_millis(completed.clock), std::memory_order_relaxed);
    s.queries.completed(completed);
  };
  engine.on_completed = [&s, also = std::move(engine.on_completed)](const Totals& totals) {
    return (!also || also(totals)) && !s.abandoned.load(std::memory_order_acquire);
  };
  auto loaded =
      Engine::load(std::move(text), std::move(file), registry, std::move(engine), problems);
  if (!loaded) return loaded.error();
  s.engine = *std::move(loaded);
  // A checkpoint may know records that a loss of power took, where `ack` lets it.
  const Position resume = s.engine->resume_position();
  if (Status left_out = s.journal->resume_at(resume); !left_out) return left_out.error();
  s.feed = std::make_unique<TailFeed>(*s.journal, resume);
  const TopologySettings& settings = s.engine->topology().settings;
  IntakeOptions intake;
  intake.queue_bytes = settings.intake.queue.bytes;
  intake.tick = settings.tick;
  intake.epoch = settings.epoch;
  intake.clock = s.options.clock;
  intake.committed = [&s] { s.engine->executor().wake_feed(); };
  intake.turned = [&s](const ClockReading& reading, Time now) { s.turned(reading, now); };
  intake.metrics = s.options.metrics;
  const Time newest = std::max(newest_time(*s.journal), s.engine->pipeline().clock());
  s.clock.store(to_millis(newest));
  s.intake = std::make_unique<JournalIntake>(*s.journal, newest, std::move(intake));
  return std::unique_ptr<LiveEngine>(new LiveEngine(std::move(state)));
}

LiveEngine::~LiveEngine() {
  State& s = *state_;
  s.abandoned.store(true, std::memory_order_release);
  s.intake.reset();
  s.feed->break_off();
  s.engine->stop_delivering();
  s.engine->executor().wake_feed();
  if (s.runner.joinable()) s.runner.join();
  s.queries.end();
}

void LiveEngine::start() {
  State& s = *state_;
  s.recovery_begin = s.engine->resume_position();
  s.recovery_end = s.journal->end();
  s.queries.begin(s.engine->pipeline(), s.engine->executor());
  {
    const std::lock_guard lock(s.mutex);
    s.started = s.running = true;
  }
  s.runner = std::thread([&s] {
    const Status ran = s.run();
    {
      const std::lock_guard lock(s.mutex);
      s.running = false;
      if (!ran) s.failed = ran.error();
    }
    s.ended.notify_all();
    if (!ran && s.options.on_failed) s.options.on_failed(ran.error());
  });
  s.intake->start();
}

Status LiveEngine::State::run() {
  const Status ran = engine->run(*feed);
  queries.end();
  return ran;
}

// On the intake's thread.
void LiveEngine::State::turned(const ClockReading& reading, Time time) {
  now.store(to_millis(time), std::memory_order_relaxed);
  queries.expire(reading.steady);
  if (reading.steady - checkpoint_asked < engine->topology().settings.checkpoint.interval) return;
  if (checkpoint_asked.count() != 0) engine->pipeline().request_checkpoint();
  checkpoint_asked = reading.steady;
}

Status LiveEngine::stop(Duration patience) {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    s.draining = true;
  }
  s.intake->stop();
  s.feed->end();
  s.engine->executor().wake_feed();
  {
    std::unique_lock lock(s.mutex);
    if (!s.ended.wait_for(lock, patience, [&s] { return !s.running; })) {
      s.feed->break_off();
      lock.unlock();
      s.engine->stop_delivering();  // a full outbox may be what it waits for
      s.engine->executor().wake_feed();
    }
  }
  s.runner.join();
  if (s.failed) return *s.failed;
  return s.engine->checkpoint();
}

Intake& LiveEngine::intake() { return *state_->intake; }
Queries& LiveEngine::queries() { return state_->queries; }
const Journal& LiveEngine::journal() const { return *state_->journal; }
Engine& LiveEngine::engine() { return *state_->engine; }
void LiveEngine::look() { state_->intake->look(); }

LiveStatus LiveEngine::status() const {
  const State& s = *state_;
  LiveStatus status;
  {
    const std::lock_guard lock(s.mutex);
    status.started = s.started;
    status.draining = s.draining;
    status.failed = s.failed;
  }
  status.journal = s.journal->health();
  status.recovery_begin = s.recovery_begin;
  status.recovery_end = s.recovery_end;
  status.processed = s.queries.processed();
  status.end = s.journal->end();
  if (status.processed < status.end)
    status.behind = std::max(
        Duration(s.now.load(std::memory_order_relaxed) - s.clock.load(std::memory_order_relaxed)),
        Duration(1));
  return status;
}

}  // namespace millrace
