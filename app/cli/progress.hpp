// Shows how far a long subcommand is: one line that is rewritten on a terminal, one line every ten
// seconds elsewhere, nothing when quiet. Used by the program's main thread.
#pragma once

#include "app/cli/terminal.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace millrace {

// 512, 4.10k, 1.24M, 2.00G: three digits and a unit.
std::string short_count(double count);

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // `total` 0: not known; then neither share nor remaining time is shown.
  Progress(Terminal& terminal,
           std::string name,
           std::uint64_t total,
           Clock::time_point start = Clock::now());
  ~Progress();  // removes the line from the terminal
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Events done since the start. Cheap enough for every batch, not for every event.
  void update(std::uint64_t done, Clock::time_point now = Clock::now());

  // `replay  62% 1.24M/2.00M  412k ev/s  ETA 2s`
  std::string line(std::uint64_t done, Clock::time_point now) const;

 private:
  Terminal& terminal_;
  std::string name_;
  std::uint64_t total_;
  Clock::time_point start_;
  Clock::time_point shown_;
};

}  // namespace millrace
