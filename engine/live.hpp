// START HERE to run live: an engine that takes hits as they come, journals them before it answers,
// and tells what became of them while it runs. The embedding API for a stream; engine.hpp is the
// one for a batch.
//
//   LiveOptions options;
//   options.data = "data";
//   auto live = LiveEngine::open(text, "shop.yaml", registry, std::move(options), problems);
//   live->start();
//   live->intake().offer(payload, now, [](const Result<Position>& at) { … });
//   live->queries().profile("user_id:42", 0, [](auto view) { … });
//   live->stop(10s);
//
// One thread opens, starts, reloads and stops; intake(), queries(), status() and ready() are for
// any thread.
#pragma once

#include "engine/engine.hpp"
#include "engine/metrics/metrics.hpp"
#include "engine/operator/intake.hpp"
#include "engine/operator/queries.hpp"
#include "engine/runtime/clock.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace millrace {

class Files;
class Journal;

struct LiveOptions {
  EngineOptions engine;  // its store, checkpoints and on_batch are the live engine's own business
  std::string data;      // directory of the journal and the checkpoints
  // In place of the operating system's files, and of the store in the data directory; both outlive
  // the engine.
  Files* files = nullptr;
  Store* store = nullptr;
  ReadClock clock = read_machine_clock;
  Metrics* metrics = nullptr;  // outlives the engine
  // Processing ended by an error, which only a restart mends; what was accepted is in the journal.
  // On a thread of the engine: must not block, nor stop it.
  std::function<void(const Error&)> on_failed;
};

struct LiveStatus {
  bool started = false;
  bool draining = false;
  Status journal;               // whether it takes records
  std::optional<Error> failed;  // processing has ended
  Position recovery_begin = 0;  // the journal's records from here
  Position recovery_end = 0;    // to here were processed again, or are to be, before it is ready
  Position processed = 0;       // everything before it is
  Position end = 0;             // of the journal
  Duration behind{};            // how old the oldest record is that is not processed; 0: none

  bool recovered() const { return processed >= recovery_end; }
  bool ready() const { return started && !draining && !failed && journal.ok() && recovered(); }
};

class LiveEngine {
 public:
  // As Engine::load; other errors: the data directory, which one process at a time may have
  // (Fault::kBusy).
  static Result<std::unique_ptr<LiveEngine>> open(std::string text,
                                                  std::string file,
                                                  const Registry& registry,  // outlives it
                                                  LiveOptions options,
                                                  config::Problems& problems);
  // Without a stop() it leaves everything as a crash would.
  ~LiveEngine();

  // Starts to take hits, and to process the journal from the newest checkpoint on.
  void start();
  // Takes no more hits, processes what is journaled, checkpoints and ends all threads. What is not
  // processed after `patience` is left to the next start. Once, after start().
  Status stop(Duration patience);

  // Goes on with another topology, between two records of the journal: hits are taken all the
  // while, and wait in the journal. What operators keep survives as after a restart. What is wrong
  // with the topology is added to `problems`, and the old one goes on; so it does on other errors,
  // unless status() says that processing has ended. Reads of profiles are busy meanwhile. The
  // number of shards and the journal's settings stay what they are.
  //
  // On the thread that started it, between start() and stop().
  Status reload(std::string text,
                std::string file,
                const config::Resolver* resolver,
                config::Problems& problems);

  Intake& intake();
  Queries& queries();
  LiveStatus status() const;
  bool ready() const { return status().ready(); }
  // Has the clock looked at now: for clocks that do not go by themselves.
  void look();

  const Journal& journal() const;
  // While it is stopped, or not started; its topology() also between two reload().
  Engine& engine();

 private:
  struct State;
  explicit LiveEngine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millrace
