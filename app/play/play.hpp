// `millrace simulate --to`: plays shoppers at a server, shows how it goes, and tells what came of
// it as one line of JSON. For the program's main thread.
#pragma once

#include "app/cli/exit_code.hpp"
#include "app/cli/terminal.hpp"
#include "app/simulate/generator.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::play {

struct PlayRequest {
  std::string to;
  std::string key;                // empty: the environment's
  std::string protocol = "http";  // or "websocket"
  std::uint64_t rate = 100;       // events a second
  std::uint64_t connections = 8;
  std::uint64_t batch = 20;
  std::optional<Duration> duration;
  std::optional<std::uint64_t> events;
};

ExitCode play(Terminal& terminal,
              const PlayRequest& request,
              const simulate::SimulationOptions& shop);

}  // namespace millrace::play
