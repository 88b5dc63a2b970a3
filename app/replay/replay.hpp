// Replays a file of events through a topology, with or without a data directory: what `millrace
// replay` does, without its command line. The benches and tests use it too.
#pragma once

#include "engine/engine.hpp"
#include "engine/runtime/feeds.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace millrace {

struct ReplayOptions {
  std::string topology;    // path of the file
  std::string data;        // data directory; empty: everything in memory
  std::string input_name;  // tells inputs of one data directory apart; usually the path
  EngineOptions engine;
};

struct ReplayTotals {
  std::uint64_t lines = 0;
  std::uint64_t input_bytes = 0;
};

// One replay. Journal and checkpoints stay in the data directory: a replay that was cut short goes
// on where it was, and its outputs are as if it had not been.
class Replay {
 public:
  // Problems with the topology are added to `problems`.
  static Result<std::unique_ptr<Replay>> open(ReplayOptions options,
                                              std::string topology_text,
                                              const Registry& registry,
                                              config::Problems& problems);
  ~Replay();

  // Runs the input to its end, or until the engine's on_completed says stop; then checkpoints.
  Status run(ReadBytes input);

  Engine& engine();
  const ReplayTotals& totals() const;

 private:
  struct State;
  explicit Replay(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millrace
