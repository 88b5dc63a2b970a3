// The compact bytes in which state is kept: little-endian, LEB128 varints, zigzag for signed
// numbers, length-prefixed strings. What is written is a pure function of the value, so that
// digests compare.
//
// A reader never trusts its input: past the end or on a malformed varint it turns !ok() and every
// further read gives zero or empty, so that callers check once, at the end.
#pragma once

#include "engine/base/time.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace {

static_assert(std::endian::native == std::endian::little, "the formats on disk are little-endian");

class ByteWriter {
 public:
  // Appends to `out`, which outlives the writer.
  explicit ByteWriter(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    byte(static_cast<std::uint8_t>(value));
  }
  void zigzag(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void fixed64(std::uint64_t value) { raw(&value, sizeof value); }
  void number(double value) { raw(&value, sizeof value); }
  void time(Time value) { zigzag(to_millis(value)); }
  void text(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }

 private:
  void raw(const void* bytes, std::size_t size) {
    out_.append(static_cast<const char*>(bytes), size);
  }

  std::string& out_;
};

class ByteReader {
 public:
  // Reads from `bytes`, which outlive the reader and every string_view that it gives.
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && left_.empty(); }
  std::size_t left() const { return left_.size(); }

  std::uint8_t byte() {
    if (left_.empty()) return fail();
    const auto value = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return value;
  }
  std::uint64_t varint() {
    // Most are short.
    if (!left_.empty() && static_cast<std::uint8_t>(left_.front()) < 0x80) return byte();
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t part = byte();
      // The tenth byte holds one bit: more would be cut off in silence.
      if (shift == 63 && part > 1) return fail();
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
    return fail();
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::uint64_t fixed64() { return raw<std::uint64_t>(); }
  double number() { return raw<double>(); }
  Time time() { return from_millis(zigzag()); }
  std::string_view text() {
    const std::uint64_t size = varint();
    if (size > left_.size()) {
      fail();
      return {};
    }
    const auto value = left_.substr(0, size);
    left_.remove_prefix(size);
    return value;
  }

  // Makes the input count as malformed, for checks that only the caller can do.
  std::uint8_t fail() {
    ok_ = false;
    left_ = {};
    return 0;
  }

 private:
  template <class T>
  T raw() {
    T value{};
    if (left_.size() < sizeof value) {
      fail();
      return value;
    }
    std::memcpy(&value, left_.data(), sizeof value);
    left_.remove_prefix(sizeof value);
    return value;
  }

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace millrace
