// The paths of the fields to read, as a tree that a parser walks beside the document. Built once,
// read-only afterwards: any number of threads.
#pragma once

#include "engine/event/projection.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

class PathTree {
 public:
  using NodeId = std::uint32_t;
  static constexpr NodeId kRoot = 0;
  static constexpr NodeId kNone = ~NodeId{0};  // no field lies here or below

  struct ListChild {
    std::int32_t index;
    NodeId node;
  };

  // Field i is what lies at paths[i]; several fields may lie at one path. The root is no field.
  explicit PathTree(std::span<const std::vector<PathStep>> paths);

  // `readable` is where the memory that holds the key ends, at its end or later.
  NodeId child(NodeId node, std::string_view key, const char* readable) const {
    const Node& here = nodes_[node];
    if (here.slot_count == 0) return kNone;
    const Mark mark(key, readable);
    for (std::uint32_t at = mark.hash();; ++at) {
      const Slot& slot = slots_[here.first_slot + (at & (here.slot_count - 1))];
      if (slot.node == kNone) return kNone;
      if (slot.mark == mark && (key.size() <= 16 || key == slot.key)) return slot.node;
    }
  }
  bool has_keys(NodeId node) const { return nodes_[node].slot_count != 0; }
  // By rising index.
  std::span<const ListChild> list_children(NodeId node) const { return nodes_[node].list; }

  // The fields at the node itself, and these with all fields below it.
  std::span<const FieldId> fields(NodeId node) const {
    return {fields_.data() + nodes_[node].first_field, nodes_[node].own_fields};
  }
  std::span<const FieldId> fields_from(NodeId node) const {
    return {fields_.data() + nodes_[node].first_field, nodes_[node].all_fields};
  }
  std::size_t size() const { return nodes_.size(); }

 private:
  // The first 16 bytes of a key, zeros behind a shorter one, and its size. Keys come in all sizes
  // and in no order, so that a branch by size would be a wrong guess as often as not: there is
  // none.
  struct Mark {
    Mark() = default;
    Mark(std::string_view key, const char* readable) : size(key.size()) {
      char copy[16] = {};
      const char* at = key.data();
      if (readable - at < 16) [[unlikely]]
        at = static_cast<const char*>(std::memcpy(copy, at, std::min<std::size_t>(size, 16)));
      std::memcpy(&head, at, 8);
      std::memcpy(&tail, at + 8, 8);
      const std::size_t kept = std::min<std::size_t>(size, 16);
      head &= kMasks[kept + 8];
      tail &= kMasks[kept];
    }
    // The table's content is the topology's: no sender can make keys collide.
    std::uint32_t hash() const {
      return static_cast<std::uint32_t>(
          ((head ^ std::rotl(tail, 29)) + size) * 0x9e3779b97f4a7c15ULL >> 32);
    }
    bool operator==(const Mark&) const = default;

    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    std::uint64_t size = 0;
  };
  // The word that keeps as many bytes as the index is above eight.
  static constexpr auto kMasks = [] {
    std::array<std::uint64_t, 25> masks{};
    for (std::size_t i = 9; i < masks.size(); ++i)
      masks[i] = i >= 16 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * (i - 8))) - 1;
    return masks;
  }();
  struct Slot {
    Mark mark;
    NodeId node = kNone;
    std::string key;
  };
  struct Node {
    std::uint32_t first_slot = 0;
    std::uint32_t slot_count = 0;  // a power of two, at most a quarter full; 0: no keys
    std::uint32_t first_field = 0;
    std::uint16_t own_fields = 0;
    std::uint16_t all_fields = 0;
    std::vector<ListChild> list;
  };
  struct KeyChild {
    std::string key;
    NodeId node;
  };
  // What is only needed while the tree grows, by node.
  struct Growth {
    std::vector<KeyChild> keys;
    std::vector<FieldId> fields;
  };

  NodeId add_child(NodeId node, const PathStep& step, std::vector<Growth>& growth);
  void finish(NodeId node, const std::vector<Growth>& growth);
  void hash_keys(Node& node, const std::vector<KeyChild>& keys);

  std::vector<Node> nodes_;
  std::vector<Slot> slots_;
  std::vector<FieldId> fields_;  // a node's own, then those below it
};

}  // namespace millrace
