// What one profile's streams remember, in 8 bytes while there is nothing and one block of memory
// else.
//
// An operator keeps one in each profile's state and feeds it every event (see feed()); expressions
// read it. One thread at a time. The same calls in the same order give the same bytes from
// encode(), wherever it was encoded and decoded in between. `now` never runs back from call to
// call.
#pragma once

#include "engine/base/codec.hpp"
#include "engine/expression/aggregate.hpp"
#include "engine/expression/reading.hpp"
#include "engine/expression/stream_data.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::expression {

// Both ends belong to it.
struct CountRange {
  std::uint64_t low = 0;
  std::uint64_t high = ~std::uint64_t{0};
  bool contains(std::uint64_t count) const { return low <= count && count <= high; }
};

// Two counts over windows, each by a weight that is more than 0: a comparison of the two products
// keeps its answer while the greater stays greater.
struct CountRace {
  AggregateId left = 0;
  AggregateId right = 0;
  double left_weight = 1;
  double right_weight = 1;
};

class AggregateState {
 public:
  // Lets an event of `time` count. Later than `now`, it counts from then on. Values that the
  // stream's role does not take (a string to be summed) do not count. Returns whether old entries
  // of the stream had to be merged, so that its windows are now approximate (docs/expressions.md
  // says how far).
  bool add(const AggregateTable& table, StreamId stream, Time time, const Value& value, Time now);

  // The value at `now`, and until when it stays. A string in it is valid until the next change.
  Reading read(const AggregateTable& table, AggregateId aggregate, Time now) const;

  // Whether a count (kCount, kDistinct) is in `range` at `now`; `until` is when that can change.
  Truth count_within(const AggregateTable& table,
                     AggregateId aggregate,
                     CountRange range,
                     Time now) const;

  // No instant before this one, of those after `now`, has another of the two ahead, or both equal.
  // kBeginning where that is not known.
  Time race_until(const AggregateTable& table, const CountRace& race, Time now) const;

  // Gives back what no window needs at `now`. The result is when more of it can go, if no event
  // comes; kNever if there is no more.
  Time expire(const AggregateTable& table, Time now);

  // Takes in the state of a profile that became one with ours, as if all events had come to us.
  void merge(const AggregateTable& table, const AggregateState& other, Time now);

  // A change of the topology between the two is fine: streams that are gone are skipped, new ones
  // empty.
  void encode(const AggregateTable& table, ByteWriter& out) const;
  // False, and empty, if the bytes are not an encoding.
  bool decode(const AggregateTable& table, ByteReader& in);

  bool empty() const { return block_ == nullptr; }
  // Whether there is nothing that a reader could tell from no state at all, though it takes memory.
  bool idle(const AggregateTable& table) const;
  // With the 8 bytes of this object.
  std::size_t memory_bytes() const;
  // A hint: brings the block's first lines towards the cache.
  void prefetch_heap() const {
    if (!block_) return;
    for (std::size_t line = 0; line < 4; ++line) __builtin_prefetch(block_.get() + 64 * line);
  }

  AggregateState() = default;
  AggregateState(AggregateState&&) = default;
  AggregateState& operator=(AggregateState&&) = default;
  AggregateState(const AggregateState& other);
  AggregateState& operator=(const AggregateState& other);

 private:
  struct View;
  View view() const;
  std::size_t stream_count() const;
  StreamId stream_at(std::size_t index) const;
  const std::byte* find(StreamId stream) const;
  std::byte* find(StreamId stream);
  // Gives the stream's record this many bytes, new ones zero; 0 takes it out. The result is the
  // record.
  std::byte* resize(StreamId stream, std::size_t size);
  void put(const AggregateTable& table, StreamId stream, const StreamData& data);
  bool add_rare(const AggregateTable& table, StreamId stream, const Entry& entry, std::int64_t now);
  void insert(std::byte* record, const StreamLayout& layout, StreamId stream, const Entry& entry);

  std::unique_ptr<std::byte[]> block_;
};
static_assert(sizeof(AggregateState) == 8);

}  // namespace millrace::expression
