#include "engine/live.hpp"

#include "engine/base/this_thread.hpp"
#include "engine/runtime/data_directory.hpp"
#include "engine/runtime/executor.hpp"
#include "engine/runtime/feeds.hpp"
#include "engine/runtime/journal_intake.hpp"
#include "engine/runtime/live_metrics.hpp"
#include "engine/runtime/live_queries.hpp"
#include "engine/topology/topology.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace millrace {

// Members in the order in which they depend on each other.
struct LiveEngine::State {
  State(LiveOptions given, const Registry& all)
      : options(std::move(given)),
        registry(all),
        has_sink(options.engine.sink != nullptr),
        metrics(options.metrics, options.clock) {}

  EngineOptions engine_options();
  void start_run();
  Status run();
  void end_run(Duration patience);
  bool wake();
  void turned(const ClockReading& reading, Time now);
  Duration behind() const;
  Status load(std::string text, const config::Resolver* resolver, config::Problems& problems);

  LiveOptions options;
  const Registry& registry;
  const bool has_sink;  // that the program gave: it has no second one
  std::string text;     // of the topology
  std::string file;
  SystemFiles system_files;
  DataDirectory data;
  Journal* journal = nullptr;
  LiveMetrics metrics;
  LiveQueries queries;
  std::mutex engine_mutex;         // of the next, for the intake's thread
  std::unique_ptr<Engine> engine;  // null while it changes
  std::unique_ptr<TailFeed> feed;
  std::unique_ptr<JournalIntake> intake;

  Position recovery_begin = 0;
  Position recovery_end = 0;
  std::chrono::nanoseconds looked{};  // on the intake's thread, as what follows
  std::chrono::nanoseconds checkpoint_asked{};
  std::atomic<std::int64_t> now{0};    // of the journal's clock, ms
  std::atomic<std::int64_t> clock{0};  // where processing is, ms
  std::atomic<bool> abandoned{false};
  mutable std::mutex mutex;  // of what follows
  std::condition_variable ended;
  bool started = false;
  bool draining = false;
  bool running = false;
  std::optional<Error> failed;
  std::thread runner;
};

namespace {

// Whether a topology is sound, and may follow another one while that runs.
bool may_follow(const Topology& old,
                const config::Document& document,
                const Registry& registry,
                const config::Resolver* resolver,
                config::Problems& problems) {
  std::optional<Topology> topology;
  if (problems.empty()) topology = load_topology(document, registry, resolver, problems);
  if (topology && make_plan(*topology, problems) != nullptr) {
    const TopologySettings& now = old.settings;
    const TopologySettings& then = topology->settings;
    const auto fixed = [&](std::string_view field, bool same) {
      const config::Node node = document.root().child(field);
      if (!same)
        problems.push_back((node ? node : document.root())
                               .problem(field, "this cannot change while it runs", "restart"));
    };
    fixed("shards", now.shards == then.shards);
    fixed("journal", config::to_yaml(now.journal) == config::to_yaml(then.journal));
    fixed("intake", config::to_yaml(now.intake) == config::to_yaml(then.intake));
  }
  return problems.empty();
}

}  // namespace

LiveEngine::LiveEngine(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<LiveEngine>> LiveEngine::open(std::string text,
                                                     std::string file,
                                                     const Registry& registry,
                                                     LiveOptions options,
                                                     config::Problems& problems) {
  auto state = std::make_unique<State>(std::move(options), registry);
  State& s = *state;
  s.file = std::move(file);
  const config::Resolver* resolver = s.options.engine.resolver;
  if (Status loaded = s.load(std::move(text), resolver, problems); !loaded) return loaded.error();
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
  intake.committed = [&s] { s.wake(); };
  intake.turned = [&s](const ClockReading& reading, Time now) { s.turned(reading, now); };
  intake.metrics = s.options.metrics;
  const Time newest = std::max(newest_time(*s.journal), s.engine->pipeline().clock());
  s.clock.store(to_millis(newest));
  s.intake = std::make_unique<JournalIntake>(*s.journal, newest, std::move(intake));
  return std::unique_ptr<LiveEngine>(new LiveEngine(std::move(state)));
}

EngineOptions LiveEngine::State::engine_options() {
  const EngineOptions& given = options.engine;
  EngineOptions made;
  made.executor = given.executor;
  made.lanes = given.lanes;
  made.batch = given.batch;
  made.threads = given.threads;
  made.seed = given.seed;
  made.vary_batches = given.vary_batches;
  made.checkpoint_records = given.checkpoint_records;
  made.memory_bytes = given.memory_bytes;
  made.topology_sinks = given.topology_sinks;
  made.sink = std::move(options.engine.sink);
  made.open_store = [this](const TopologySettings& settings) -> Result<Store*> {
    if (journal == nullptr) {
      Files& files = options.files != nullptr ? *options.files : system_files;
      auto opened = DataDirectory::open(
          files, options.data, settings.journal, settings.store.memory.bytes, options.store);
      if (!opened) return opened.error();
      data = *std::move(opened);
      journal = data.journal.get();
    }
    return options.store != nullptr ? options.store : data.store.get();
  };
  made.clock = options.clock;
  made.metrics = options.metrics;
  made.on_checkpoint = [this](Position position) {
    journal->release(position);
    metrics.checkpointed();
  };
  made.on_batch = [this](const Completed& completed) {
    clock.store(to_millis(completed.clock), std::memory_order_relaxed);
    metrics.completed(completed);
    queries.completed(completed);
  };
  made.on_completed = [this](const Totals& totals) {
    const bool more = !options.engine.on_completed || options.engine.on_completed(totals);
    return more && !abandoned.load(std::memory_order_acquire);
  };
  return made;
}

// Makes the engine; nothing runs yet.
Status LiveEngine::State::load(std::string given,
                               const config::Resolver* resolver,
                               config::Problems& problems) {
  EngineOptions made = engine_options();
  made.resolver = resolver;
  auto loaded = Engine::load(given, file, registry, std::move(made), problems);
  if (!loaded) return loaded.error();
  text = std::move(given);
  const std::lock_guard lock(engine_mutex);
  engine = *std::move(loaded);
  return {};
}

LiveEngine::~LiveEngine() {
  State& s = *state_;
  s.abandoned.store(true, std::memory_order_release);
  s.intake.reset();
  if (s.feed) s.feed->break_off();
  if (s.engine) s.engine->stop_delivering();
  s.wake();
  if (s.runner.joinable()) s.runner.join();
  s.queries.end();
}

// Has the feed looked at again. False while there is no engine.
bool LiveEngine::State::wake() {
  const std::lock_guard lock(engine_mutex);
  if (engine) engine->executor().wake_feed();
  return engine != nullptr;
}

void LiveEngine::start() {
  State& s = *state_;
  s.recovery_begin = s.engine->resume_position();
  s.recovery_end = s.journal->end();
  {
    const std::lock_guard lock(s.mutex);
    s.started = true;
  }
  s.start_run();
  s.intake->start();
}

void LiveEngine::State::start_run() {
  queries.begin(engine->pipeline(), engine->executor());
  metrics.begin(engine->plan().catalog, engine->totals());
  {
    const std::lock_guard lock(mutex);
    running = true;
  }
  runner = std::thread([this] {
    name_thread("pipeline");
    // Who sends waits for the journal alone; events that wait there are only processed later.
    yield_to_others();
    const Status ran = run();
    {
      const std::lock_guard lock(mutex);
      running = false;
      if (!ran) failed = ran.error();
    }
    ended.notify_all();
    if (!ran && options.on_failed) options.on_failed(ran.error());
  });
}

Status LiveEngine::State::run() {
  const Status ran = engine->run(*feed);
  queries.end();
  return ran;
}

// On the intake's thread.
void LiveEngine::State::turned(const ClockReading& reading, Time time) {
  now.store(to_millis(time), std::memory_order_relaxed);
  metrics.turned(reading, time);
  if (reading.steady - looked < std::chrono::seconds(1)) return;
  looked = reading.steady;
  queries.expire(reading.steady);
  const std::lock_guard lock(engine_mutex);
  if (!engine) return;
  metrics.look(*journal, engine->pipeline().profiles(), queries.processed(), behind());
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
  if (!s.engine) return *s.failed;  // a reload that went wrong twice
  s.end_run(patience);
  if (s.failed) return *s.failed;
  return s.engine->checkpoint();
}

// Processes what is committed by now, as far as that is done in time, and ends.
void LiveEngine::State::end_run(Duration patience) {
  feed->end();
  wake();
  {
    std::unique_lock lock(mutex);
    if (!ended.wait_for(lock, patience, [this] { return !running; })) {
      feed->break_off();
      lock.unlock();
      engine->stop_delivering();  // a full outbox may be what it waits for
      wake();
    }
  }
  runner.join();
}

Status LiveEngine::reload(std::string text,
                          std::string file,
                          const config::Resolver* resolver,
                          config::Problems& problems) {
  // What takes longer is processed by the next one.
  constexpr Duration kPatience = std::chrono::seconds(5);
  State& s = *state_;
  if (s.has_sink) return Error{"the program's own sink cannot be handed to another topology"};
  const auto document = config::Document::load(text, file, problems);
  if (!may_follow(s.engine->topology(), document, s.registry, resolver, problems))
    return Error{
        fmt::format("{} has {} problem{}", file, problems.size(), problems.size() == 1 ? "" : "s")};
  s.end_run(kPatience);
  if (s.failed) return *s.failed;
  Status changed = s.engine->checkpoint();
  std::unique_ptr<Engine> old;
  {
    const std::lock_guard lock(s.engine_mutex);
    old = std::move(s.engine);
  }
  old.reset();  // its sinks and its part of the store before the next one's
  const std::string old_text = s.text;
  const std::string old_file = s.file;
  if (changed) {
    s.file = std::move(file);
    changed = s.load(std::move(text), resolver, problems);
  }
  if (!changed) {
    s.file = old_file;
    config::Problems none;
    if (Status back = s.load(old_text, resolver, none); !back) {
      const std::lock_guard lock(s.mutex);
      s.failed = back.error();
      return back;
    }
  }
  s.feed = std::make_unique<TailFeed>(*s.journal, s.engine->pipeline().end());
  const TopologySettings& settings = s.engine->topology().settings;
  s.intake->set_pace(settings.tick, settings.epoch);
  s.start_run();
  return changed;
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
  status.behind = s.behind();
  return status;
}

Duration LiveEngine::State::behind() const {
  if (queries.processed() >= journal->end()) return {};
  constexpr Duration kLeast(1);
  const std::int64_t processing = clock.load(std::memory_order_relaxed);
  if (processing == to_millis(kBeginning)) return kLeast;  // it is at the first record
  return std::max(Duration(now.load(std::memory_order_relaxed) - processing), kLeast);
}

}  // namespace millrace
