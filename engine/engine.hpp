// START HERE. The embedding API: load a topology, feed it, ask what became of it.
//
//   Registry registry;
//   add_builtin_operators(registry);
//   config::Problems problems;
//   auto engine = Engine::load(text, "shop.yaml", registry, {}, problems);
//   engine->push(R"({"type":"track",…})", now);
//   engine->drain();
//
// One thread uses an engine at a time; run() and drain() start what threads the options ask for and
// return when everything that they were given is complete.
#pragma once

#include "engine/base/hash.hpp"
#include "engine/base/result.hpp"
#include "engine/config/problem.hpp"
#include "engine/config/resolver.hpp"
#include "engine/operator/registry.hpp"
#include "engine/operator/sink.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/state/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class Executor;
class Feed;
class Metrics;
class Pipeline;
struct Completed;
class SinkSet;
struct Plan;
struct Topology;
struct TopologySettings;
struct Totals;

enum class ExecutorKind : std::uint8_t {
  kTbb,      // a oneTBB flow graph
  kStep,     // one thread, an interleaving chosen by the seed
  kThreads,  // plain threads
};

struct EngineOptions {
  ExecutorKind executor = ExecutorKind::kTbb;
  std::uint32_t lanes = 0;    // 0: as the topology says
  std::uint32_t batch = 0;    // 0: as the topology says
  std::uint32_t threads = 0;  // 0: the machine's cores
  std::uint64_t seed = 0;     // of the step executor
  bool vary_batches = false;  // step executor: batch sizes by the seed too
  Store* store = nullptr;     // for checkpoints and spilled profiles; outlives the engine
  // Gives the store once the topology is known to be sound, in place of `store`.
  std::function<Result<Store*>(const TopologySettings&)> open_store;
  std::uint64_t checkpoint_records = 0;        // 0: as the topology says
  std::uint64_t memory_bytes = 0;              // of profiles in memory; 0: as the topology says
  const config::Resolver* resolver = nullptr;  // of ${…} in the topology
  std::unique_ptr<Sink> sink;  // gets every output and reject, besides the topology's own sinks
  Metrics* metrics = nullptr;  // optional; outlives the engine
  ReadClock clock = read_machine_clock;  // of what happens outside
  bool topology_sinks = true;            // false: the topology's own are left out, for a dry run
  std::function<void(Position)> on_checkpoint;  // a checkpoint is durable up to there
  // After every completed batch; false stops feeding.
  std::function<bool(const Totals&)> on_completed;
  // Every completed batch, on the completing thread: its outputs and rejects.
  std::function<void(const Completed&)> on_batch;
};

class Engine {
 public:
  // Reads, checks, plans and builds; restores the store's checkpoint if it has one. What is wrong
  // with the topology is added to `problems`; the error then says only how many there are. Other
  // errors: the store, a sink.
  static Result<std::unique_ptr<Engine>> load(std::string text,
                                              std::string file,
                                              const Registry& registry,
                                              EngineOptions options,
                                              config::Problems& problems);
  ~Engine();

  // Runs everything that the feed gives.
  Status run(Feed& feed);

  // Takes one Segment body, received then; the clock goes on to that time. It is processed by
  // drain().
  void push(std::string_view body, Time received);
  // Lets time pass: timers that are due by then fire.
  void push_tick(Time time);
  // Lets operators look at all profiles.
  void push_epoch(Time time);
  // Runs everything that was pushed.
  Status drain();

  // Writes a checkpoint of everything so far. Needs a store.
  Status checkpoint();

  // Sinks that deliver do so beside all this, and over restarts if there is a store. Any thread:
  // nothing is delivered any more, or waited for.
  void stop_delivering();
  // Whether receivers have everything, each sink's within this time.
  bool wait_until_delivered(Duration at_most);
  SinkSet& sinks();

  // As of the last run() or drain():
  const Totals& totals() const;
  // A hash of all state, the same however lanes, batches and restarts came about.
  Result<Hash128> digest();
  std::uint64_t profiles() const;
  // The journal position to go on from after a restart.
  std::uint64_t resume_position() const;
  const Topology& topology() const;
  const Plan& plan() const;
  Pipeline& pipeline();
  Executor& executor();

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millrace
