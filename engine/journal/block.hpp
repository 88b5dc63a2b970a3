// A run of records in memory: what a group on disk holds when unpacked. Immutable once made, so
// that the writer and all readers share it.
//
// A record is written as: kind (1 byte), time in ms since the previous record of the block, the
// first since 1970 (zigzag varint), length of the payload (varint), payload.
#pragma once

#include "engine/journal/record.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Bytes that are not zeroed before they are written.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size) { resize(size); }

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::string_view view() const { return {bytes_.get(), size_}; }

  void clear() { size_ = 0; }
  // Keeps the contents; new bytes have no particular value.
  void resize(std::size_t size) {
    if (size > capacity_) reserve(std::max(size, 2 * capacity_));
    size_ = size;
  }
  void reserve(std::size_t capacity);
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    const std::size_t at = size_;
    resize(at + bytes.size());
    std::memcpy(bytes_.get() + at, bytes.data(), bytes.size());
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

class Block {
 public:
  // Null when `bytes` are not exactly `count` well-formed records.
  static std::shared_ptr<const Block> decode(Position first, std::uint32_t count, Buffer bytes);

  Position first() const { return first_; }
  Position end() const { return first_ + records_.size(); }
  std::span<const Record> records() const { return records_; }
  std::string_view encoded() const { return bytes_.view(); }
  std::size_t memory() const { return bytes_.capacity() + records_.capacity() * sizeof(Record); }

 private:
  Position first_ = 0;
  Buffer bytes_;
  std::vector<Record> records_;
};

using BlockRef = std::shared_ptr<const Block>;  // see RecordBatch::blocks

// Collects records for the next block.
class BlockBuilder {
 public:
  // `expected` is how large blocks usually become.
  explicit BlockBuilder(std::size_t expected) : expected_(expected) {}

  bool empty() const { return count_ == 0; }
  std::size_t bytes() const { return bytes_.size(); }

  // The most that `record` can add.
  static std::size_t size_of(const NewRecord& record) { return record.payload.size() + kHead; }
  void add(const NewRecord& record);

  // The records since the last seal, of which the first has position `first`.
  BlockRef seal(Position first);
  void clear();

 private:
  static constexpr std::size_t kHead = 1 + 10 + 10;

  std::size_t expected_;
  Buffer bytes_;
  std::string head_;
  std::uint32_t count_ = 0;
  Time previous_{};
};

}  // namespace millrace
