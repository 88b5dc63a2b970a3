#include "engine/journal/block.hpp"

#include "engine/base/check.hpp"
#include "engine/base/codec.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

// Times come from disk: their sum wraps rather than being undefined.
Time add_millis(Time time, std::int64_t millis) {
  return from_millis(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_millis(time)) +
                                               static_cast<std::uint64_t>(millis)));
}

std::int64_t millis_between(Time from, Time to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to_millis(to)) -
                                   static_cast<std::uint64_t>(to_millis(from)));
}

}  // namespace

void Buffer::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

std::shared_ptr<const Block> Block::decode(Position first, std::uint32_t count, Buffer bytes) {
  auto block = std::make_shared<Block>();
  bytes.reserve(bytes.size() + kPayloadPadding);
  std::memset(bytes.data() + bytes.size(), 0, kPayloadPadding);
  block->first_ = first;
  block->bytes_ = std::move(bytes);
  // A record has three bytes or more: a false count must not make us allocate.
  if (count > block->bytes_.size() / 3) return nullptr;
  block->records_.reserve(count);
  ByteReader reader(block->bytes_.view());
  Time time{};
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint8_t kind = reader.byte();
    time = add_millis(time, reader.zigzag());
    const std::string_view payload = reader.text();
    if (!reader.ok() || kind == 0 || kind > kRecordKinds) return nullptr;
    block->records_.push_back({first + i, time, payload, static_cast<RecordKind>(kind)});
  }
  return reader.done() ? block : nullptr;
}

void BlockBuilder::add(const NewRecord& record) {
  bytes_.reserve(expected_ + kPayloadPadding);
  head_.clear();
  ByteWriter head(head_);
  head.byte(static_cast<std::uint8_t>(record.kind));
  head.zigzag(millis_between(previous_, record.time));
  head.varint(record.payload.size());
  bytes_.append(head_);
  bytes_.append(record.payload);
  previous_ = record.time;
  ++count_;
}

BlockRef BlockBuilder::seal(Position first) {
  Buffer bytes;
  // At low load a block is a record or two: readers shall not keep a whole group's room for each.
  if (bytes_.size() < bytes_.capacity() / 2) {
    bytes.reserve(bytes_.size() + kPayloadPadding);
    bytes.append(bytes_.view());
  } else {
    bytes = std::exchange(bytes_, {});
  }
  BlockRef block = Block::decode(first, count_, std::move(bytes));
  CHECK(block != nullptr);
  clear();
  return block;
}

void BlockBuilder::clear() {
  bytes_.clear();
  count_ = 0;
  previous_ = {};
}

}  // namespace millrace
