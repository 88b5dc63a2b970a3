// The profiles that a lane holds in memory: their slots, their columns, and the bytes that one
// profile becomes when it is checkpointed, moved to another lane, or read back.
//
// A record: varint format (1); then for every column that is not empty: varint column number + 1,
// varint version of its state, length-prefixed bytes; columns in ascending number. Numbers are
// given once to a name and never again to another, so a record outlives changes of the topology:
// columns that no operator asks for any more are skipped.
//
// Used by the lane that owns it, from one thread at a time.
#pragma once

#include "engine/state/keyed_state.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Numbers of columns by name, kept with the checkpoints. `add` numbers a new name.
class ColumnNumbers {
 public:
  std::uint32_t add(const std::string& name) {
    return numbers_.try_emplace(name, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);

 private:
  std::map<std::string, std::uint32_t> numbers_;
};

class ProfileTable {
 public:
  // Adds a column under its number. Before the first profile only; a number is used once.
  void add_column(std::uint32_t number, std::unique_ptr<Column> column);

  // kNoSlot when the profile is not in memory.
  Slot find(ProfileId profile) const {
    const auto at = slots_.find(profile);
    return at == slots_.end() ? kNoSlot : at->second;
  }
  // A slot with empty columns. Precondition: the profile has none.
  Slot add(ProfileId profile);
  // Empties the slot and frees it for another profile.
  void remove(Slot slot);
  // Column by column, `from` becomes part of `into`. The slot of `from` stays, empty.
  void merge(Slot into, Slot from);

  ProfileId profile(Slot slot) const { return rows_[slot].profile; }
  std::size_t size() const { return slots_.size(); }
  // Slots that were ever used: [0, slot_end()); free ones have kNoProfile.
  Slot slot_end() const { return end_; }

  void encode(Slot slot, std::string& out) const;
  // False when the bytes are damaged; the slot is then empty.
  bool decode(Slot slot, std::string_view bytes);

  // A slot is dirty from its first change after a checkpoint took it; `turn` orders its last use.
  void touch(Slot slot, std::uint32_t turn) {
    Row& row = rows_[slot];
    row.used = turn;
    if (row.dirty) return;
    row.dirty = true;
    dirty_.push_back(slot);
  }
  bool dirty(Slot slot) const { return rows_[slot].dirty; }
  std::uint32_t used(Slot slot) const { return rows_[slot].used; }
  // The dirty slots that still hold a profile, which are clean from now on.
  std::vector<Slot> take_dirty();

  // Bytes held: columns, their heap blocks, the table of slots. Walks every profile.
  std::size_t memory_bytes() const;
  // Bytes that each slot takes, without what its columns keep on the heap.
  std::size_t slot_bytes() const;

  // The mean of what a profile's columns keep on the heap, over about `samples` of them.
  std::size_t heap_bytes_per_profile(Slot samples) const;

  // Hints: bring a slot's columns towards the cache; later, what they point to.
  void prefetch(Slot slot) const {
    __builtin_prefetch(&rows_[slot]);
    for (const auto& column : columns_) column.second->prefetch(slot);
  }
  void prefetch_heap(Slot slot) const {
    for (const auto& column : columns_) column.second->prefetch_heap(slot);
  }

 private:
  struct Row {
    ProfileId profile = kNoProfile;
    std::uint32_t used = 0;
    bool dirty = false;
  };
  struct Hash {
    std::size_t operator()(ProfileId profile) const { return mix64(profile); }
  };

  Column* column(std::uint32_t number) const;
  std::size_t heap_bytes(Slot slot) const;

  boost::unordered_flat_map<ProfileId, Slot, Hash> slots_;
  Chunks<Row> rows_;
  Slot end_ = 0;
  std::vector<Slot> free_;
  std::vector<Slot> dirty_;
  std::vector<std::pair<std::uint32_t, std::unique_ptr<Column>>> columns_;  // by ascending number
};

}  // namespace millrace
