// What one profile's state holds of one stream, unpacked: for the operations that are too rare to
// be done on the packed bytes (merging, coarsening, decoding, events from the future).
#pragma once

#include "engine/event/value.hpp"
#include "engine/expression/aggregate.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::expression {

// One event, or several merged into one that counts as of the newest's time.
struct Entry {
  std::int64_t time = 0;  // milliseconds since 1970
  std::uint32_t count = 1;
  double sum = 0, min = 0, max = 0;  // kNumber
  std::uint64_t hash = 0;            // kHash
  Value value;                       // kAny
};

// Times beyond are taken as these: 48 bits are kept of each (the years -2491 to 6429).
inline constexpr std::int64_t kTimeLimit = (std::int64_t{1} << 47) - 1;
// Bytes of a string value that are kept for first() and last().
inline constexpr std::size_t kTextKept = 255;

// Precondition: the role takes the value (see takes()).
Entry make_entry(Role role, Time time, const Value& value);
bool takes(Role role, const Value& value);

// Of all events up to now, if the layout says lifetime.
struct Lifetime {
  std::uint32_t count = 0;
  std::int64_t first = 0, last = 0;
  double sum = 0, min = 0, max = 0;
};

struct StreamData : Lifetime {
  // By time; events of the same time in the order in which they came. The last `pending` of them
  // were still to come when they were added, and are not in the accumulators.
  std::vector<Entry> entries;
  std::size_t pending = 0;

  // There is nothing that a reader could tell from no data at all.
  bool idle(const StreamLayout& layout) const {
    return entries.empty() && (!layout.lifetime || count == 0);
  }
  void accumulate(const StreamLayout& layout, const Entry& entry);
  void insert(const Entry& entry);
  // Lets pending entries count that are due by `now`.
  void fold(const StreamLayout& layout, std::int64_t now);
  // Drops what no window needs, and merges the oldest entries if there are more than `entries_max`.
  // Returns whether it merged any. Precondition: folded at `now`.
  bool tidy(const StreamLayout& layout, std::int64_t now, std::size_t entries_max);
  // Takes in the stream of another profile. Its events come after ours of the same time.
  void absorb(const StreamLayout& layout, const StreamData& other);

 private:
  void keep_first_and_last(const StreamLayout& layout);
  void keep_newest_of_each();
  void merge_within(const StreamLayout& layout,
                    std::int64_t now,
                    std::int64_t factor,
                    std::size_t target);
};

}  // namespace millrace::expression
