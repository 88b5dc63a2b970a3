#include "engine/engine.hpp"

#include "engine/config/node.hpp"
#include "engine/event/hit.hpp"
#include "engine/runtime/executor.hpp"
#include "engine/runtime/feeds.hpp"
#include "engine/runtime/sink_set.hpp"
#include "engine/topology/topology.hpp"

#include <fmt/format.h>

#include <thread>

namespace millrace {

// Members in the order in which they depend on each other.
struct Engine::State {
  std::unique_ptr<Topology> topology;
  std::unique_ptr<Plan> plan;
  std::unique_ptr<SinkSet> sinks;
  std::unique_ptr<Pipeline> pipeline;
  std::unique_ptr<Executor> executor;
  std::deque<std::string> payloads;  // of what was pushed; a deque, because views point into it
  std::vector<Record> pushed;
  Position next = 0;  // of what is pushed
};

namespace {

std::unique_ptr<Executor> make_executor(ExecutorKind kind, const ExecutorOptions& options) {
  switch (kind) {
    case ExecutorKind::kTbb:
      return make_tbb_executor(options);
    case ExecutorKind::kStep:
      return make_step_executor(options);
    case ExecutorKind::kThreads:
      return make_thread_executor(options);
  }
  return nullptr;
}

std::uint32_t first_set(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  if (a > 0) return a;
  return b > 0 ? b : c;
}

}  // namespace

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::load(std::string text,
                                             std::string file,
                                             const Registry& registry,
                                             EngineOptions options,
                                             config::Problems& problems) {
  const auto refused = [&] {
    return Error{
        fmt::format("{} has {} problem{}", file, problems.size(), problems.size() == 1 ? "" : "s")};
  };
  const config::Document document = config::Document::load(std::move(text), file, problems);
  if (!problems.empty()) return refused();
  auto topology = load_topology(document, registry, options.resolver, problems);
  if (!topology) return refused();
  auto state = std::make_unique<State>();
  state->topology = std::make_unique<Topology>(std::move(*topology));
  state->plan = make_plan(*state->topology, problems);
  if (!state->plan) return refused();

  const TopologySettings& settings = state->topology->settings;
  const std::uint32_t cores = std::max(1U, std::thread::hardware_concurrency());
  if (options.memory_bytes > 0) state->plan->memory_bytes = options.memory_bytes;
  if (options.open_store) {
    const Result<Store*> opened = options.open_store(settings);
    if (!opened) return opened.error();
    options.store = *opened;
  }
  if (!options.topology_sinks) state->plan->sinks.clear();
  state->sinks = std::make_unique<SinkSet>(
      *state->plan, SinkSurroundings{options.store, options.metrics, options.clock});
  if (options.sink) state->sinks->add("", std::move(options.sink));
  PipelineOptions pipeline;
  pipeline.lanes = std::min(first_set(options.lanes, settings.lanes, cores), settings.shards);
  pipeline.store = options.store;
  pipeline.checkpoint_records =
      options.checkpoint_records > 0 ? options.checkpoint_records : settings.checkpoint.records;
  pipeline.checkpoint_bytes = settings.checkpoint.bytes.bytes;
  pipeline.sinks = state->sinks.get();
  pipeline.on_checkpoint = std::move(options.on_checkpoint);
  pipeline.on_batch = std::move(options.on_batch);
  auto built = Pipeline::build(*state->plan, pipeline);
  if (!built) return built.error();
  state->pipeline = *std::move(built);
  state->next = state->pipeline->resume_position();

  ExecutorOptions executor;
  executor.batch = first_set(options.batch, settings.batch, 1);
  executor.in_flight = settings.in_flight;
  executor.threads = first_set(options.threads, cores, 1);
  executor.seed = options.seed;
  executor.vary_batches = options.vary_batches;
  executor.on_completed = std::move(options.on_completed);
  state->executor = make_executor(options.executor, executor);
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Status Engine::run(Feed& feed) {
  const Status ran = state_->executor->run(*state_->pipeline, feed);
  state_->next = state_->pipeline->end();
  return ran;
}

void Engine::push(std::string_view body, Time received) {
  std::string& payload = state_->payloads.emplace_back();
  encode_hit({.received = received, .body = body}, payload);
  const std::size_t size = payload.size();
  payload.append(kPayloadPadding, '\0');
  state_->pushed.push_back(
      {state_->next++, received, std::string_view(payload).substr(0, size), RecordKind::kHit});
}

void Engine::push_tick(Time time) {
  state_->pushed.push_back({state_->next++, time, {}, RecordKind::kTick});
}

void Engine::push_epoch(Time time) {
  state_->pushed.push_back({state_->next++, time, {}, RecordKind::kEpoch});
}

Status Engine::drain() {
  MemoryFeed feed(state_->pushed);
  const Status ran = run(feed);
  state_->pushed.clear();
  state_->payloads.clear();
  return ran;
}

Status Engine::checkpoint() {
  state_->pipeline->request_checkpoint();
  // A record that changes nothing and is no record of the journal: its batch carries the
  // checkpoint.
  state_->pushed.push_back({kNoPosition, {}, {}, RecordKind::kControl});
  return drain();
}

void Engine::stop_delivering() { state_->sinks->stop(); }
bool Engine::wait_until_delivered(Duration at_most) {
  return state_->sinks->wait_until_delivered(at_most);
}
SinkSet& Engine::sinks() { return *state_->sinks; }

const Totals& Engine::totals() const { return state_->pipeline->totals(); }
Result<Hash128> Engine::digest() { return state_->pipeline->digest(); }
std::uint64_t Engine::profiles() const { return state_->pipeline->identifier().profiles(); }
std::uint64_t Engine::resume_position() const { return state_->pipeline->resume_position(); }
const Topology& Engine::topology() const { return *state_->topology; }
const Plan& Engine::plan() const { return *state_->plan; }
Pipeline& Engine::pipeline() { return *state_->pipeline; }
Executor& Engine::executor() { return *state_->executor; }

}  // namespace millrace
