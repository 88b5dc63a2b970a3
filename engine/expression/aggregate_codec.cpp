// How an AggregateState is kept:
//
//   state  = version (1) streams:varint stream*
//   stream = key:varint flags accumulators size:varint pending:varint entry*
//   flags  = role (bits 0-1), wide (2), first (3), sum (4), extremes (5)
//   accumulators = count:varint, then if it is not 0: last:zigzag [last-first:varint] [sum] [min
//   max] entry  = time (the first zigzag, then the difference to the one before, varint), if wide
//   count:varint,
//            then by role nothing, number [min max if wide], hash:8 bytes, or kind and value
//   number = a double's bits, byte-swapped, as varint: round numbers are short
//
// It says by itself what it holds, so that a reader with another topology can skip what it lacks.
#include "engine/expression/aggregate_state.hpp"
#include "engine/expression/stream_record.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>
#include <vector>

namespace millrace::expression {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kRoleMask = 3, kWide = 4, kFirst = 8, kSum = 16, kExtremes = 32;
constexpr std::size_t kEntriesLimit = 4096 + 64, kPendingLimit = 64, kAnyLimit = 2 + kPendingLimit;

void write_number(ByteWriter& out, double value) {
  out.varint(__builtin_bswap64(std::bit_cast<std::uint64_t>(value)));
}
double read_number(ByteReader& in) { return std::bit_cast<double>(__builtin_bswap64(in.varint())); }

void write_value(ByteWriter& out, const Value& value) {
  out.byte(static_cast<std::uint8_t>(value.kind()));
  switch (value.kind()) {
    case ValueKind::kBool:
      return out.byte(value.boolean());
    case ValueKind::kNumber:
      return write_number(out, value.number());
    case ValueKind::kTime:
      return out.time(value.time());
    default:
      return out.text(value.text());
  }
}

Value read_value(ByteReader& in) {
  switch (static_cast<ValueKind>(in.byte())) {
    case ValueKind::kBool:
      return Value::of(in.byte() != 0);
    case ValueKind::kNumber:
      return Value::of(read_number(in));
    case ValueKind::kTime:
      return Value::of(in.time());
    case ValueKind::kString: {
      const auto text = in.text();
      if (text.size() > kTextKept) in.fail();
      return Value::of(text.substr(0, kTextKept));
    }
    default:
      in.fail();
      return Value();
  }
}

std::uint8_t flags_of(const StreamLayout& layout, const StreamData& data) {
  const bool wide = std::any_of(
      data.entries.begin(), data.entries.end(), [](const Entry& e) { return e.count != 1; });
  return static_cast<std::uint8_t>(static_cast<int>(layout.role) | (wide ? kWide : 0) |
                                   (layout.has_first ? kFirst : 0) | (layout.has_sum ? kSum : 0) |
                                   (layout.has_extremes ? kExtremes : 0));
}

void write_accumulators(ByteWriter& out, const StreamData& data, std::uint8_t flags) {
  out.varint(data.count);
  if (data.count == 0) return;
  out.zigzag(data.last);
  if (flags & kFirst) out.varint(static_cast<std::uint64_t>(data.last - data.first));
  if (flags & kSum) write_number(out, data.sum);
  if (flags & kExtremes) {
    write_number(out, data.min);
    write_number(out, data.max);
  }
}

void write_entries(ByteWriter& out, const StreamData& data, std::uint8_t flags) {
  const auto role = static_cast<Role>(flags & kRoleMask);
  out.varint(data.entries.size());
  out.varint(data.pending);
  for (std::size_t i = 0; i < data.entries.size(); ++i) {
    const Entry& entry = data.entries[i];
    if (i == 0) {
      out.zigzag(entry.time);
    } else {
      out.varint(static_cast<std::uint64_t>(entry.time - data.entries[i - 1].time));
    }
    if (flags & kWide) out.varint(entry.count);
    if (role == Role::kNumber) write_number(out, entry.sum);
    if (role == Role::kNumber && (flags & kWide)) {
      write_number(out, entry.min);
      write_number(out, entry.max);
    }
    if (role == Role::kHash) out.fixed64(entry.hash);
    if (role == Role::kAny) write_value(out, entry.value);
  }
}

// Times that a writer would not have written are malformed.
std::int64_t checked_time(ByteReader& in, std::int64_t time) {
  if (time < -kTimeLimit || time > kTimeLimit) in.fail();
  return std::clamp(time, -kTimeLimit, kTimeLimit);
}
std::int64_t read_step(ByteReader& in) {
  const std::uint64_t step = in.varint();
  if (step > static_cast<std::uint64_t>(2 * kTimeLimit)) in.fail();
  return in.ok() ? static_cast<std::int64_t>(step) : 0;
}
std::uint32_t read_count(ByteReader& in) {
  const std::uint64_t count = in.varint();
  if (count > 0xffff'ffff) in.fail();
  return static_cast<std::uint32_t>(count);
}

void read_accumulators(ByteReader& in, StreamData& data, std::uint8_t flags) {
  data.count = read_count(in);
  if (data.count == 0) return;
  data.last = checked_time(in, in.zigzag());
  data.first = data.last;
  if (flags & kFirst) data.first = checked_time(in, data.last - read_step(in));
  if (flags & kSum) data.sum = read_number(in);
  // Where they were not kept, the extremes are those of no value at all.
  data.min = flags & kExtremes ? read_number(in) : std::numeric_limits<double>::infinity();
  data.max = flags & kExtremes ? read_number(in) : -std::numeric_limits<double>::infinity();
}

Entry read_entry(ByteReader& in, std::uint8_t flags) {
  const auto role = static_cast<Role>(flags & kRoleMask);
  Entry entry;
  if (flags & kWide) entry.count = read_count(in);
  if (entry.count == 0) in.fail();
  if (role == Role::kNumber) {
    entry.sum = entry.min = entry.max = read_number(in);
    if (flags & kWide) {
      entry.min = read_number(in);
      entry.max = read_number(in);
    }
  }
  if (role == Role::kHash) entry.hash = in.fixed64();
  if (role == Role::kAny) entry.value = read_value(in);
  return entry;
}

void read_entries(ByteReader& in, StreamData& data, std::uint8_t flags) {
  const bool any = static_cast<Role>(flags & kRoleMask) == Role::kAny;
  const std::uint64_t size = in.varint();
  const std::uint64_t pending = in.varint();
  if (size > (any ? kAnyLimit : kEntriesLimit) || size > in.left() ||
      pending > std::min<std::uint64_t>(size, kPendingLimit) || (any && (flags & kWide)))
    in.fail();
  if (!in.ok()) return;
  data.pending = pending;
  data.entries.reserve(size);
  std::int64_t time = 0;
  for (std::uint64_t i = 0; i < size && in.ok(); ++i) {
    time = checked_time(in, i == 0 ? in.zigzag() : time + read_step(in));
    data.entries.push_back(read_entry(in, flags));
    data.entries.back().time = time;
  }
}

}  // namespace

void AggregateState::encode(const AggregateTable& table, ByteWriter& out) const {
  // Records that hold nothing are room for what may come, and no part of the state.
  std::vector<std::pair<StreamId, StreamData>> streams;
  for (std::size_t i = 0; i < stream_count(); ++i) {
    const StreamId stream = stream_at(i);
    StreamData data = packed::unpack(find(stream), table.layout(stream));
    if (!data.idle(table.layout(stream))) streams.emplace_back(stream, std::move(data));
  }
  out.byte(kVersion);
  out.varint(streams.size());
  for (const auto& [stream, data] : streams) {
    const std::uint8_t flags = flags_of(table.layout(stream), data);
    out.varint(table.key(stream));
    out.byte(flags);
    write_accumulators(out, data, flags);
    write_entries(out, data, flags);
  }
}

bool AggregateState::decode(const AggregateTable& table, ByteReader& in) {
  AggregateState read;
  if (in.byte() != kVersion) in.fail();
  const std::uint64_t streams = in.varint();
  if (streams > 65'535) in.fail();
  for (std::uint64_t i = 0; i < streams && in.ok(); ++i) {
    const std::uint64_t key = in.varint();
    const std::uint8_t flags = in.byte();
    StreamData data;
    read_accumulators(in, data, flags);
    read_entries(in, data, flags);
    if (key > 0xffff'ffff || flags >= 2 * kExtremes) in.fail();
    const auto stream = table.find(static_cast<std::uint32_t>(key));
    if (!in.ok() || !stream) continue;
    if (table.layout(*stream).role != static_cast<Role>(flags & kRoleMask) || read.find(*stream)) {
      in.fail();
    } else {
      read.put(table, *stream, data);
    }
  }
  *this = in.ok() ? std::move(read) : AggregateState();
  return in.ok();
}

}  // namespace millrace::expression
