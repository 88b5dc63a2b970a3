// The paths of the fields to read, as a tree that a parser walks beside the document. Built once,
// read-only afterwards: any number of threads.
#pragma once

#include "engine/event/projection.hpp"

#include <cstdint>
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
  PathTree(PathTree&&) = default;

  NodeId child(NodeId node, std::string_view key) const;
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
  struct KeyChild {
    std::string key;
    NodeId node;
  };
  struct Node {
    std::uint32_t first_slot = 0;
    std::uint32_t slot_count = 0;  // a power of two, at most a quarter full; 0: no keys
    std::uint32_t first_field = 0;
    std::uint16_t own_fields = 0;
    std::uint16_t all_fields = 0;
    std::vector<KeyChild> keys;
    std::vector<ListChild> list;
  };
  struct Slot {
    const char* key = nullptr;
    std::uint32_t key_size = 0;
    NodeId node = kNone;
  };

  NodeId add_child(NodeId node, const PathStep& step);
  void number_fields(NodeId node, const std::vector<std::vector<FieldId>>& own);
  void hash_keys(Node& node);

  std::vector<Node> nodes_;
  std::vector<Slot> slots_;
  std::vector<FieldId> fields_;  // a node's own, then those below it
};

}  // namespace millrace
