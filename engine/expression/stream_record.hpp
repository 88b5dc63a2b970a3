// The packed form of a stream in an AggregateState, and access to it.
//
//   0  entries      u16     4  pending  u8     6  count  u32     16  [first  time]  [sum  f64]
//   2  capacity     u16     5  wide     u8    10  last   time        [min  f64  max  f64]  entries
//
// A time is 48 bits, biased. An entry is its time, then, if wide, its count (u32), then the value
// of its role: nothing, a number (if wide: sum, min, max) or a hash. Entries of Role::kAny have no
// fixed size: time, kind (u8), length (u16), bytes; their capacity is in bytes.
#pragma once

#include "engine/expression/stream_data.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace millrace::expression::packed {

template <class T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
void store(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

inline constexpr std::uint64_t kTimeBias = std::uint64_t{1} << 47;
// Reads two bytes past the time: a block ends with as many to spare.
inline std::int64_t load_time(const std::byte* at) {
  const auto bits = load<std::uint64_t>(at) & ((std::uint64_t{1} << 48) - 1);
  return static_cast<std::int64_t>(bits) - static_cast<std::int64_t>(kTimeBias);
}
inline void store_time(std::byte* at, std::int64_t time) {
  const std::uint64_t bits = static_cast<std::uint64_t>(time) + kTimeBias;
  std::memcpy(at, &bits, 6);
}

inline constexpr std::size_t kSizeAt = 0, kCapacityAt = 2, kPendingAt = 4, kWideAt = 5,
                             kCountAt = 6, kLastAt = 10, kFirstAt = 16;

constexpr std::size_t stride(Role role, bool wide) {
  switch (role) {
    case Role::kNone:
      return wide ? 10 : 6;
    case Role::kNumber:
      return wide ? 34 : 14;
    case Role::kHash:
      return wide ? 18 : 14;
    case Role::kAny:
      return 1;  // capacity is in bytes
  }
  return 0;
}

// The entries of a record that is not Role::kAny.
class Log {
 public:
  Log(const std::byte* record, const StreamLayout& layout)
      : entries_(record + layout.head()),
        size_(load<std::uint16_t>(record + kSizeAt)),
        wide_(load<std::uint8_t>(record + kWideAt) != 0),
        stride_(stride(layout.role, wide_)) {}

  std::size_t size() const { return size_; }
  bool wide() const { return wide_; }
  std::int64_t time(std::size_t i) const { return load_time(at(i)); }
  std::uint32_t count(std::size_t i) const { return wide_ ? load<std::uint32_t>(at(i) + 6) : 1; }
  double sum(std::size_t i) const { return load<double>(value(i)); }
  double min(std::size_t i) const { return load<double>(value(i) + (wide_ ? 8 : 0)); }
  double max(std::size_t i) const { return load<double>(value(i) + (wide_ ? 16 : 0)); }
  std::uint64_t hash(std::size_t i) const { return load<std::uint64_t>(value(i)); }

  // The first entry later than `time`; size() if there is none.
  std::size_t after(std::int64_t time_limit) const {
    // Most windows end with the log or begin before it, and short ones begin near its end.
    if (size_ == 0 || time(0) > time_limit) return 0;
    std::size_t low = 0, high = size_;
    for (std::size_t step = 1; step < high; step *= 2) {
      if (time(high - step) <= time_limit) {
        low = high - step + 1;
        break;
      }
      high -= step;
    }
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (time(middle) > time_limit) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

 private:
  const std::byte* at(std::size_t i) const { return entries_ + i * stride_; }
  const std::byte* value(std::size_t i) const { return at(i) + (wide_ ? 10 : 6); }

  const std::byte* entries_;
  std::size_t size_;
  bool wide_;
  std::size_t stride_;
};

inline std::size_t record_bytes(const std::byte* record, const StreamLayout& layout) {
  return layout.head() + load<std::uint16_t>(record + kCapacityAt) *
                             stride(layout.role, load<std::uint8_t>(record + kWideAt) != 0);
}

// Strings in the result point into the record.
StreamData unpack(const std::byte* record, const StreamLayout& layout);
// The record's bytes, with no room to spare.
std::string pack(const StreamData& data, const StreamLayout& layout);

}  // namespace millrace::expression::packed
