// Turns hits into events: the first step of a topology, run in parallel.
#pragma once

#include "engine/event/batch.hpp"
#include "engine/event/hit.hpp"

namespace millrace {

// Stateless between hits; the runtime makes one for each thread that parses.
class Parser {
 public:
  virtual ~Parser() = default;

  // Appends to `into` one event or one reject for every event in the hit, so that none is lost. The
  // hit's body and strings outlive the batch, and may be pointed into.
  virtual void parse(const Hit& hit, Position position, Batch& into) = 0;
};

}  // namespace millrace
