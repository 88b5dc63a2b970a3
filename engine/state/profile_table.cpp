#include "engine/state/profile_table.hpp"

#include "engine/base/check.hpp"

#include <algorithm>
#include <bit>

namespace millrace {
namespace {

constexpr std::uint64_t kFormat = 1;

// What a heap block takes: allocators round it up to 16 bytes, and a large one to a multiple of an
// eighth to a quarter of itself.
std::size_t block_bytes(std::size_t bytes) {
  const std::size_t step = std::max<std::size_t>(16, std::bit_floor(bytes) / 4);
  return (bytes + step - 1) / step * step;
}

}  // namespace

void ColumnNumbers::encode(std::string& out) const {
  ByteWriter to(out);
  to.varint(numbers_.size());
  for (const auto& [name, number] : numbers_) {
    to.text(name);
    to.varint(number);
  }
}

bool ColumnNumbers::decode(std::string_view bytes) {
  numbers_.clear();
  ByteReader from(bytes);
  const std::uint64_t count = from.varint();
  for (std::uint64_t i = 0; i < count && from.ok(); ++i) {
    const std::string name(from.text());
    const std::uint64_t number = from.varint();
    if (number >= count || !numbers_.try_emplace(name, static_cast<std::uint32_t>(number)).second)
      from.fail();
  }
  return from.done();
}

void ProfileTable::add_column(std::uint32_t number, std::unique_ptr<Column> column) {
  CHECK(end_ == 0);
  const auto at = std::lower_bound(
      columns_.begin(), columns_.end(), number, [](const auto& a, auto b) { return a.first < b; });
  CHECK(at == columns_.end() || at->first != number);
  columns_.emplace(at, number, std::move(column));
}

Slot ProfileTable::add(ProfileId profile) {
  Slot slot = slot_end();
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    rows_.grow(++end_);
    for (auto& [number, column] : columns_) column->grow(end_);
  }
  CHECK(slots_.emplace(profile, slot).second);
  rows_[slot] = Row{.profile = profile};
  return slot;
}

void ProfileTable::remove(Slot slot) {
  slots_.erase(rows_[slot].profile);
  for (auto& [number, column] : columns_) column->reset(slot);
  // The dirty list may still name the slot: take_dirty() skips what holds no profile.
  rows_[slot].profile = kNoProfile;
  rows_[slot].dirty = false;
  free_.push_back(slot);
}

void ProfileTable::merge(Slot into, Slot from) {
  for (auto& [number, column] : columns_) column->merge(into, from);
}

void ProfileTable::encode(Slot slot, std::string& out) const {
  ByteWriter to(out);
  to.varint(kFormat);
  std::string bytes;
  for (const auto& [number, column] : columns_) {
    if (column->empty(slot)) continue;
    bytes.clear();
    ByteWriter state(bytes);
    column->encode(slot, state);
    to.varint(number + 1);
    to.varint(column->version());
    to.text(bytes);
  }
}

bool ProfileTable::decode(Slot slot, std::string_view bytes) {
  ByteReader from(bytes);
  bool good = from.varint() == kFormat;
  while (good && from.ok() && from.left() > 0) {
    const std::uint64_t number = from.varint();
    const std::uint64_t version = from.varint();
    ByteReader state(from.text());
    if (!from.ok() || number == 0) break;
    Column* const to = column(static_cast<std::uint32_t>(number - 1));
    if (to != nullptr)
      good = to->decode(slot, state, static_cast<std::uint32_t>(version)) && state.done();
  }
  if (good && from.done()) return true;
  for (auto& [number, column] : columns_) column->reset(slot);
  return false;
}

std::vector<Slot> ProfileTable::take_dirty() {
  std::vector<Slot> taken = std::exchange(dirty_, {});
  // A slot freed and used again since may be listed twice.
  std::sort(taken.begin(), taken.end());
  taken.erase(std::unique(taken.begin(), taken.end()), taken.end());
  std::erase_if(taken, [&](Slot slot) { return !rows_[slot].dirty; });
  for (const Slot slot : taken) rows_[slot].dirty = false;
  return taken;
}

std::size_t ProfileTable::slot_bytes() const {
  std::size_t bytes = sizeof(Row) + (sizeof(ProfileId) + sizeof(Slot)) * 3 / 2;
  for (const auto& [number, column] : columns_) bytes += column->slot_bytes();
  return bytes;
}

std::size_t ProfileTable::heap_bytes(Slot slot) const {
  std::size_t bytes = 0;
  for (const auto& [number, column] : columns_) bytes += block_bytes(column->heap_bytes(slot));
  return bytes;
}

std::size_t ProfileTable::memory_bytes() const {
  std::size_t bytes = rows_.capacity() * slot_bytes();
  for (Slot slot = 0; slot < slot_end(); ++slot) bytes += heap_bytes(slot);
  return bytes;
}

std::size_t ProfileTable::heap_bytes_per_profile(Slot samples) const {
  const Slot step = std::max<Slot>(1, slot_end() / samples);
  std::size_t bytes = 0;
  std::size_t seen = 0;
  for (Slot slot = 0; slot < slot_end(); slot += step) {
    if (rows_[slot].profile == kNoProfile) continue;
    ++seen;
    bytes += heap_bytes(slot);
  }
  return seen == 0 ? 0 : bytes / seen;
}

Column* ProfileTable::column(std::uint32_t number) const {
  const auto at = std::lower_bound(
      columns_.begin(), columns_.end(), number, [](const auto& a, auto b) { return a.first < b; });
  return at == columns_.end() || at->first != number ? nullptr : at->second.get();
}

}  // namespace millrace
