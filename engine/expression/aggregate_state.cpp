#include "engine/expression/aggregate_state.hpp"

#include "engine/expression/stream_record.hpp"

#include <algorithm>

namespace millrace::expression {

using namespace packed;

// The block: bytes (u32), streams (u16), then the directory: the offset of each record (u32) and
// the stream of each (u16), ascending; then the records; then kSpare bytes, so that a time at the
// end can be read with one load.
struct AggregateState::View {
  static constexpr std::size_t kSpare = 2;
  static constexpr std::size_t kHeader = 8;
  static std::size_t directory_bytes(std::size_t streams) { return kHeader + 6 * streams; }

  std::byte* block;

  std::size_t bytes() const { return block ? load<std::uint32_t>(block) : 0; }
  std::size_t streams() const { return block ? load<std::uint16_t>(block + 4) : 0; }
  std::size_t offset(std::size_t i) const {
    return i == streams() ? bytes() - kSpare : load<std::uint32_t>(block + kHeader + 4 * i);
  }
  StreamId stream(std::size_t i) const {
    return load<StreamId>(block + kHeader + 4 * streams() + 2 * i);
  }
  std::byte* record(std::size_t i) const { return block + offset(i); }
  std::size_t record_size(std::size_t i) const { return offset(i + 1) - offset(i); }

  // The first that is not below `wanted`. As streams ascend, none is farther than its own number;
  // where a profile has most streams it is near there.
  std::size_t lower_bound(StreamId wanted) const {
    std::size_t low = 0, high = std::min<std::size_t>(wanted, streams());
    for (int steps = 0; steps < 8; ++steps, --high)
      if (high == 0 || stream(high - 1) < wanted) return high;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (stream(middle) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
  bool holds(std::size_t i, StreamId wanted) const { return i < streams() && stream(i) == wanted; }
};

namespace {

std::int64_t cutoff(const StreamLayout& layout, std::int64_t now) {
  return now - layout.horizon.count();
}

void write_entry(std::byte* at, const Entry& entry, Role role, bool wide) {
  store_time(at, entry.time);
  if (wide) store(at + 6, entry.count);
  std::byte* value = at + (wide ? 10 : 6);
  if (role == Role::kHash) store(value, entry.hash);
  if (role != Role::kNumber) return;
  store(value, entry.sum);
  if (!wide) return;
  store(value + 8, entry.min);
  store(value + 16, entry.max);
}

// What StreamData::accumulate does, on the packed form.
void accumulate(std::byte* record, const StreamLayout& layout, const Entry& entry) {
  if (!layout.lifetime) return;
  const auto count = load<std::uint32_t>(record + kCountAt);
  const auto earliest = [&](std::size_t at) {
    return count == 0 ? entry.time : std::min(load_time(record + at), entry.time);
  };
  const auto latest = count == 0 ? entry.time : std::max(load_time(record + kLastAt), entry.time);
  store_time(record + kLastAt, latest);
  if (layout.has_first) store_time(record + kFirstAt, earliest(kFirstAt));
  if (layout.has_sum)
    store(record + layout.sum_at(), load<double>(record + layout.sum_at()) + entry.sum);
  if (layout.has_extremes) {
    std::byte* at = record + layout.extremes_at();
    store(at, count == 0 ? entry.min : std::min(load<double>(at), entry.min));
    store(at + 8, count == 0 ? entry.max : std::max(load<double>(at + 8), entry.max));
  }
  store(record + kCountAt, count + 1);
}

// Takes entries [from, from + count) out. Precondition: they exist.
void erase(std::byte* record, const StreamLayout& layout, std::size_t from, std::size_t count) {
  const auto size = load<std::uint16_t>(record + kSizeAt);
  const std::size_t step = stride(layout.role, load<std::uint8_t>(record + kWideAt) != 0);
  std::byte* at = record + layout.head() + from * step;
  std::memmove(at, at + count * step, (size - from - count) * step);
  store(record + kSizeAt, static_cast<std::uint16_t>(size - count));
}

void trim(std::byte* record, const StreamLayout& layout, std::int64_t now) {
  const Log log(record, layout);
  std::size_t gone = 0;
  while (gone < log.size() && log.time(gone) <= cutoff(layout, now)) ++gone;
  if (gone > 0) erase(record, layout, 0, gone);
}

// Whether a newer entry of the same value is there; an older one is taken out.
bool superseded(std::byte* record, const StreamLayout& layout, const Entry& entry) {
  const Log log(record, layout);
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log.hash(i) != entry.hash) continue;
    if (log.time(i) > entry.time) return true;
    if (log.count(i) != 1) continue;
    erase(record, layout, i, 1);
    return false;
  }
  return false;
}

}  // namespace

AggregateState::View AggregateState::view() const { return {block_.get()}; }

AggregateState::AggregateState(const AggregateState& other) {
  if (other.empty()) return;
  const std::size_t bytes = other.view().bytes();
  block_ = std::make_unique_for_overwrite<std::byte[]>(bytes);
  std::memcpy(block_.get(), other.block_.get(), bytes);
}

AggregateState& AggregateState::operator=(const AggregateState& other) {
  if (this != &other) *this = AggregateState(other);
  return *this;
}

std::size_t AggregateState::stream_count() const { return view().streams(); }
StreamId AggregateState::stream_at(std::size_t index) const { return view().stream(index); }
std::size_t AggregateState::memory_bytes() const { return sizeof *this + view().bytes(); }

const std::byte* AggregateState::find(StreamId stream) const {
  const View all = view();
  const std::size_t i = all.lower_bound(stream);
  return all.holds(i, stream) ? all.record(i) : nullptr;
}

std::byte* AggregateState::find(StreamId stream) {
  const View all = view();
  const std::size_t i = all.lower_bound(stream);
  return all.holds(i, stream) ? all.record(i) : nullptr;
}

std::byte* AggregateState::resize(StreamId stream, std::size_t size) {
  const View old = view();
  const std::size_t at = old.lower_bound(stream);
  const bool existed = old.holds(at, stream);
  if (existed && old.record_size(at) == size) return old.record(at);
  const std::size_t streams = old.streams() - (existed ? 1 : 0) + (size > 0 ? 1 : 0);
  if (streams == 0) {
    block_.reset();
    return nullptr;
  }
  const std::size_t records =
      old.block ? old.bytes() - View::kSpare - View::directory_bytes(old.streams()) : 0;
  const std::size_t bytes = View::directory_bytes(streams) + records -
                            (existed ? old.record_size(at) : 0) + size + View::kSpare;
  auto block = std::make_unique_for_overwrite<std::byte[]>(bytes);
  store(block.get(), static_cast<std::uint32_t>(bytes));
  store(block.get() + 4, static_cast<std::uint16_t>(streams));
  store(block.get() + 6, std::uint16_t{0});
  std::size_t offset = View::directory_bytes(streams), out = 0;
  std::byte* resized = nullptr;
  const auto place =
      [&](StreamId id, const std::byte* from, std::size_t old_size, std::size_t new_size) {
        store(block.get() + View::kHeader + 4 * out, static_cast<std::uint32_t>(offset));
        store(block.get() + View::kHeader + 4 * streams + 2 * out, id);
        if (from) std::memcpy(block.get() + offset, from, std::min(old_size, new_size));
        if (new_size > old_size)
          std::memset(block.get() + offset + old_size, 0, new_size - old_size);
        offset += new_size;
        ++out;
      };
  for (std::size_t i = 0; i <= old.streams(); ++i) {
    if (i == at && size > 0) {
      resized = block.get() + offset;
      place(stream, existed ? old.record(i) : nullptr, existed ? old.record_size(i) : 0, size);
    }
    if (i < old.streams() && !(i == at && existed))
      place(old.stream(i), old.record(i), old.record_size(i), old.record_size(i));
  }
  std::memset(block.get() + offset, 0, View::kSpare);
  block_ = std::move(block);
  return resized;
}

void AggregateState::put(const AggregateTable& table, StreamId stream, const StreamData& data) {
  const StreamLayout& layout = table.layout(stream);
  // `data` may point into the block that is about to be replaced: copy first.
  const std::string record = data.idle(layout) ? std::string() : pack(data, layout);
  std::byte* at = resize(stream, record.size());
  if (at) std::memcpy(at, record.data(), record.size());
}

bool AggregateState::add(
    const AggregateTable& table, StreamId stream, Time time, const Value& value, Time now) {
  const StreamLayout& layout = table.layout(stream);
  if (!takes(layout.role, value)) return false;
  const Entry entry = make_entry(layout.role, time, value);
  const std::int64_t at = to_millis(now);
  std::byte* record = find(stream);
  if (!record) record = resize(stream, layout.head());
  const bool plain =
      layout.role != Role::kAny && entry.time <= at && load<std::uint8_t>(record + kPendingAt) == 0;
  if (plain && layout.horizon.count() > 0) trim(record, layout, at);
  if (!plain || load<std::uint16_t>(record + kSizeAt) >= table.entries_max())
    return add_rare(table, stream, entry, at);
  accumulate(record, layout, entry);
  if (layout.horizon.count() > 0 && entry.time > cutoff(layout, at))
    insert(record, layout, stream, entry);
  return false;
}

bool AggregateState::add_rare(const AggregateTable& table,
                              StreamId stream,
                              const Entry& entry,
                              std::int64_t now) {
  const StreamLayout& layout = table.layout(stream);
  StreamData data = unpack(find(stream), layout);
  data.fold(layout, now);
  data.insert(entry);
  if (entry.time > now) {
    ++data.pending;
  } else {
    data.accumulate(layout, entry);
  }
  const bool merged = data.tidy(layout, now, table.entries_max());
  put(table, stream, data);
  return merged;
}

void AggregateState::insert(std::byte* record,
                            const StreamLayout& layout,
                            StreamId stream,
                            const Entry& entry) {
  if (layout.role == Role::kHash && superseded(record, layout, entry)) return;
  const auto size = load<std::uint16_t>(record + kSizeAt);
  const bool wide = load<std::uint8_t>(record + kWideAt) != 0;
  const std::size_t step = stride(layout.role, wide);
  if (const auto capacity = load<std::uint16_t>(record + kCapacityAt); size == capacity) {
    const auto more = static_cast<std::uint16_t>(capacity + std::max(2, capacity / 2));
    record = resize(stream, layout.head() + more * step);
    store(record + kCapacityAt, more);
  }
  // Events mostly come in order: look for the place from the end.
  const Log log(record, layout);
  std::size_t place = size;
  while (place > 0 && log.time(place - 1) > entry.time) --place;
  std::byte* at = record + layout.head() + place * step;
  std::memmove(at + step, at, (size - place) * step);
  write_entry(at, entry, layout.role, wide);
  store(record + kSizeAt, static_cast<std::uint16_t>(size + 1));
}

Time AggregateState::expire(const AggregateTable& table, Time now) {
  const std::int64_t at = to_millis(now);
  Time next = kNever;
  // From the end, because a stream that is taken out moves those behind it.
  for (std::size_t i = view().streams(); i-- > 0;) {
    const StreamId stream = view().stream(i);
    const StreamLayout& layout = table.layout(stream);
    StreamData data = unpack(view().record(i), layout);
    const std::size_t before = data.entries.size(), pending = data.pending;
    data.fold(layout, at);
    data.tidy(layout, at, table.entries_max());
    if (layout.role != Role::kAny && !data.entries.empty())
      next = std::min(next, from_millis(data.entries.back().time) + layout.horizon);
    if (data.entries.size() != before || data.pending != pending || data.idle(layout))
      put(table, stream, data);
  }
  return next;
}

bool AggregateState::idle(const AggregateTable& table) const {
  for (std::size_t i = 0; i < stream_count(); ++i)
    if (const StreamLayout& layout = table.layout(stream_at(i));
        !unpack(view().record(i), layout).idle(layout))
      return false;
  return true;
}

void AggregateState::merge(const AggregateTable& table, const AggregateState& other, Time now) {
  // Records that say nothing count as none: a checkpoint does not keep them.
  if (idle(table)) {
    *this = other;
    return;
  }
  const std::int64_t at = to_millis(now);
  for (std::size_t i = 0; i < other.view().streams(); ++i) {
    const StreamId stream = other.view().stream(i);
    const StreamLayout& layout = table.layout(stream);
    const std::byte* record = find(stream);
    StreamData ours = record ? unpack(record, layout) : StreamData();
    StreamData theirs = unpack(other.view().record(i), layout);
    if (theirs.idle(layout)) continue;
    ours.fold(layout, at);
    theirs.fold(layout, at);
    ours.absorb(layout, theirs);
    ours.tidy(layout, at, table.entries_max());
    put(table, stream, ours);
  }
}

}  // namespace millrace::expression
