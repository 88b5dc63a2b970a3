// A run of events, in journal order, with the memory that owns their bytes. A batch has one owner
// and moves; it is never copied.
#pragma once

#include "engine/event/arena.hpp"
#include "engine/event/event.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A row that could not become an event, or that an operator refused. Nothing is refused without
// one.
struct Reject {
  Position position = kNoPosition;
  std::uint32_t index = 0;
  std::string_view node;    // which node of the topology refused it
  std::string_view reason;  // a word to count by: "malformed_json"
  std::string detail;       // a sentence: what, where (byte offset, field)
  // Where it came from, as far as that is known; told when the batch is complete.
  std::string source{};
  std::string protocol{};
  std::string library{};  // the SDK and its version
};

struct Batch {
  Batch() = default;
  Batch(Batch&&) = default;
  Batch& operator=(Batch&&) = default;

  Position begin = 0;  // the journal records that it covers: [begin, end)
  Position end = 0;
  std::vector<Event> events;    // one row an event, tick or epoch
  std::vector<Reject> rejects;  // rows that did not become events; filled by the parallel stage
  Arena arena;

  void clear() {
    begin = end = 0;
    events.clear();
    rejects.clear();
    arena.clear();
  }
};

}  // namespace millrace
