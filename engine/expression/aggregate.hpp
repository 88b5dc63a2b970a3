// What a topology remembers of events: the table of all streams and aggregates of its expressions.
//
// A *stream* is the run of a profile's events that match a name and a filter, with one value each
// or none. An *aggregate* is a function of one stream over a window. Equal ones share an id, and so
// their state, whichever rule asked first. Filled while the topology is planned; read-only, and
// safe to read from any thread, as soon as an AggregateState exists.
#pragma once

#include "engine/base/time.hpp"
#include "engine/event/names.hpp"
#include "engine/event/projection.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::expression {

class Program;

using StreamId = std::uint16_t;
using AggregateId = std::uint32_t;

// Matches every event of the customer.
inline constexpr NameId kAnyEvent = std::numeric_limits<NameId>::max();

// What a stream keeps of each event besides its time.
enum class Role : std::uint8_t {
  kNone,    // nothing
  kNumber,  // a number
  kHash,    // 64 bits of a value, each value once: for distinct
  kAny,     // the first and the last value, of any kind
};

struct StreamSpec {
  NameId event = kAnyEvent;
  Role role = Role::kNone;
  std::optional<FieldId> field;           // events without it do not count
  std::string field_path;                 // as the projection knows it
  std::shared_ptr<const Program> filter;  // not shared: chosen because Program is incomplete here
  std::string filter_text;  // in canonical form: filters that are written alike are one
  bool keyed = false;       // the filter reads `key`: kept once for each key, not in the profile
};

enum class Function : std::uint8_t {
  kCount,
  kSum,
  kAverage,
  kMin,
  kMax,
  kDistinct,
  kRate,     // count per day of the window
  kSumRate,  // sum per day of the window
  kFirstTime,
  kLastTime,
  kFirstValue,
  kLastValue,
};

struct AggregateSpec {
  Function function = Function::kCount;
  StreamId stream = 0;
  Duration window{0};  // 0: the whole life of the profile
  Duration offset{0};  // the window ends this long before now
  bool operator==(const AggregateSpec&) const = default;
};

// How a stream is laid out in an AggregateState, and for how long it remembers what.
class StreamLayout {
 public:
  Role role = Role::kNone;
  bool lifetime = false;  // some aggregate of it has no window
  bool has_first = false;
  bool has_sum = false;
  bool has_extremes = false;
  Duration horizon{0};  // an entry this old is of no use; 0: no log

  // Where the optional accumulators are, in bytes from the start of the record; then the entries.
  std::size_t sum_at() const { return kFixed + (has_first ? 6 : 0); }
  std::size_t extremes_at() const { return sum_at() + (has_sum ? 8 : 0); }
  std::size_t head() const { return extremes_at() + (has_extremes ? 16 : 0); }
  static constexpr std::size_t kFixed = 16;

  // The widest bucket of entries of this age that keeps every window's ends within 1/64 of the
  // window.
  Duration bucket_width(Duration age) const;
  void cover(const AggregateSpec& spec);

 private:
  struct Edge {
    Duration age;    // where a window begins or ends
    Duration width;  // 1/64 of that window
  };
  std::vector<Edge> edges_;
};

class AggregateTable {
 public:
  // Entries that a stream keeps exactly in one profile before the oldest are merged; 16 to 4096.
  explicit AggregateTable(std::size_t entries_max = 256);
  AggregateTable(const AggregateTable&) = default;
  AggregateTable& operator=(const AggregateTable&) = default;
  AggregateTable(AggregateTable&&) = default;
  AggregateTable& operator=(AggregateTable&&) = default;

  // `event_name` is the name of spec.event, for the stream's key. At most 65,535 streams.
  StreamId add_stream(StreamSpec spec, std::string_view event_name);
  AggregateId add(const AggregateSpec& spec);

  const AggregateSpec& aggregate(AggregateId id) const { return aggregates_[id]; }
  const StreamSpec& stream(StreamId id) const { return streams_[id].spec; }
  const StreamLayout& layout(StreamId id) const { return streams_[id].layout; }
  // The same in every topology that has the stream, whatever its number there.
  std::uint32_t key(StreamId id) const { return streams_[id].key; }
  std::optional<StreamId> find(std::uint32_t key) const;

  // The streams that an event of this name may belong to; kOtherName for names that no stream
  // names.
  std::span<const StreamId> streams_of(NameId event) const;

  std::size_t streams() const { return streams_.size(); }
  std::size_t aggregates() const { return aggregates_.size(); }
  std::size_t entries_max() const { return entries_max_; }

 private:
  struct Stream {
    StreamSpec spec;
    StreamLayout layout;
    std::uint32_t key;
  };

  std::vector<Stream> streams_;
  std::vector<AggregateSpec> aggregates_;
  std::vector<std::vector<StreamId>> by_event_;  // by NameId; [kOtherName] has those of any event
  std::vector<StreamId> any_;
  std::map<std::string, StreamId> by_text_;
  std::map<std::uint32_t, StreamId> by_key_;
  std::size_t entries_max_;
};

}  // namespace millrace::expression
