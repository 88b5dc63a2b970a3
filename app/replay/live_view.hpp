// Shows segments fill while a topology runs: a small table on a terminal that is drawn again a few
// times a second; nothing elsewhere. Called by the thread that completes batches.
#pragma once

#include "app/cli/status_table.hpp"
#include "app/cli/terminal.hpp"
#include "engine/runtime/pipeline.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

class LiveView {
 public:
  using Clock = std::chrono::steady_clock;

  // `segments` by SegmentId.
  LiveView(Terminal& terminal,
           std::vector<std::string> segments,
           Clock::time_point start = Clock::now());

  // Cheap enough for every batch.
  void update(const Totals& totals, Clock::time_point now = Clock::now());

  // The table's lines, without line breaks.
  std::vector<std::string> table(const Totals& totals, Clock::time_point now) const;

 private:
  Terminal& terminal_;
  StatusTable table_;  // the last stays where it is
  std::vector<std::string> segments_;
  Clock::time_point start_;
  Clock::time_point drawn_;
};

}  // namespace millrace
