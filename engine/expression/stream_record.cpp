#include "engine/expression/stream_record.hpp"

#include <algorithm>

namespace millrace::expression::packed {
namespace {

Entry unpack_any(const std::byte*& at) {
  Entry entry;
  entry.time = load_time(at);
  const auto kind = static_cast<ValueKind>(load<std::uint8_t>(at + 6));
  const auto length = load<std::uint16_t>(at + 7);
  const std::byte* bytes = at + 9;
  switch (kind) {
    case ValueKind::kBool:
      entry.value = Value::of(load<std::uint8_t>(bytes) != 0);
      break;
    case ValueKind::kNumber:
      entry.value = Value::of(load<double>(bytes));
      break;
    case ValueKind::kTime:
      entry.value = Value::of(from_millis(load<std::int64_t>(bytes)));
      break;
    default:
      entry.value = Value::of(std::string_view(reinterpret_cast<const char*>(bytes), length));
  }
  at = bytes + length;
  return entry;
}

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void append_time(std::string& out, std::int64_t time) {
  const std::uint64_t bits = static_cast<std::uint64_t>(time) + kTimeBias;
  out.append(reinterpret_cast<const char*>(&bits), 6);
}

void append_any(std::string& out, const Value& value) {
  std::string bytes;
  switch (value.kind()) {
    case ValueKind::kBool:
      append(bytes, static_cast<std::uint8_t>(value.boolean()));
      break;
    case ValueKind::kNumber:
      append(bytes, value.number());
      break;
    case ValueKind::kTime:
      append(bytes, to_millis(value.time()));
      break;
    default:
      bytes = value.text();
  }
  append(out, static_cast<std::uint8_t>(value.kind()));
  append(out, static_cast<std::uint16_t>(bytes.size()));
  out += bytes;
}

void append_entry(std::string& out, const Entry& entry, Role role, bool wide) {
  append_time(out, entry.time);
  if (wide) append(out, entry.count);
  if (role == Role::kHash) append(out, entry.hash);
  if (role == Role::kNumber) append(out, entry.sum);
  if (role == Role::kNumber && wide) {
    append(out, entry.min);
    append(out, entry.max);
  }
}

}  // namespace

StreamData unpack(const std::byte* record, const StreamLayout& layout) {
  StreamData data;
  data.count = load<std::uint32_t>(record + kCountAt);
  data.last = load_time(record + kLastAt);
  data.pending = load<std::uint8_t>(record + kPendingAt);
  if (layout.has_first) data.first = load_time(record + kFirstAt);
  if (layout.has_sum) data.sum = load<double>(record + layout.sum_at());
  if (layout.has_extremes) {
    data.min = load<double>(record + layout.extremes_at());
    data.max = load<double>(record + layout.extremes_at() + 8);
  }
  const Log log(record, layout);
  data.entries.reserve(log.size() + 1);
  const std::byte* any = record + layout.head();
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (layout.role == Role::kAny) {
      data.entries.push_back(unpack_any(any));
      continue;
    }
    Entry entry;
    entry.time = log.time(i);
    entry.count = log.count(i);
    if (layout.role == Role::kHash) entry.hash = log.hash(i);
    if (layout.role == Role::kNumber) {
      entry.sum = log.sum(i);
      entry.min = log.min(i);
      entry.max = log.max(i);
    }
    data.entries.push_back(entry);
  }
  return data;
}

std::string pack(const StreamData& data, const StreamLayout& layout) {
  const bool wide = layout.role != Role::kAny &&
                    std::any_of(data.entries.begin(), data.entries.end(), [](const Entry& e) {
                      return e.count != 1;
                    });
  std::string out;
  append(out, static_cast<std::uint16_t>(data.entries.size()));
  append(out, std::uint16_t{0});
  append(out, static_cast<std::uint8_t>(data.pending));
  append(out, static_cast<std::uint8_t>(wide));
  append(out, data.count);
  append_time(out, data.last);
  if (layout.has_first) append_time(out, data.first);
  if (layout.has_sum) append(out, data.sum);
  if (layout.has_extremes) {
    append(out, data.min);
    append(out, data.max);
  }
  for (const Entry& entry : data.entries) {
    if (layout.role == Role::kAny) {
      append_time(out, entry.time);
      append_any(out, entry.value);
    } else {
      append_entry(out, entry, layout.role, wide);
    }
  }
  const std::size_t used =
      layout.role == Role::kAny ? out.size() - layout.head() : data.entries.size();
  store(reinterpret_cast<std::byte*>(out.data()) + kCapacityAt, static_cast<std::uint16_t>(used));
  return out;
}

}  // namespace millrace::expression::packed
