#include "engine/event/path_tree.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace millrace {
namespace {

template <class Word>
std::uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Reads no byte past the key: a key may end where the buffer does. The table's content is the
// topology's, so that no sender can make keys collide.
std::uint32_t hash_key(const char* key, std::size_t size) {
  std::uint64_t word = 0;
  if (size >= 8)
    word = load<std::uint64_t>(key) ^ std::rotl(load<std::uint64_t>(key + size - 8), 29);
  else if (size >= 4)
    word = load<std::uint32_t>(key) | load<std::uint32_t>(key + size - 4) << 32;
  else if (size > 0)
    word = load<std::uint8_t>(key) | load<std::uint8_t>(key + size / 2) << 8 |
           load<std::uint8_t>(key + size - 1) << 16;
  return static_cast<std::uint32_t>(((word + size) * 0x9e3779b97f4a7c15ULL) >> 32);
}

}  // namespace

PathTree::PathTree(std::span<const std::vector<PathStep>> paths) : nodes_(1) {
  std::vector<std::vector<FieldId>> own(1);
  for (std::size_t field = 0; field < paths.size(); ++field) {
    NodeId at = kRoot;
    for (const auto& step : paths[field]) at = add_child(at, step);
    own.resize(nodes_.size());
    own[at].push_back(static_cast<FieldId>(field));
  }
  number_fields(kRoot, own);
  for (auto& node : nodes_) {
    std::sort(node.list.begin(), node.list.end(), [](const auto& a, const auto& b) {
      return a.index < b.index;
    });
    hash_keys(node);
  }
}

PathTree::NodeId PathTree::add_child(NodeId node, const PathStep& step) {
  const auto fresh = static_cast<NodeId>(nodes_.size());
  if (step.index >= 0) {
    for (const auto& child : nodes_[node].list)
      if (child.index == step.index) return child.node;
    nodes_[node].list.push_back({step.index, fresh});
  } else {
    for (const auto& child : nodes_[node].keys)
      if (child.key == step.key) return child.node;
    nodes_[node].keys.push_back({step.key, fresh});
  }
  nodes_.emplace_back();
  return fresh;
}

void PathTree::number_fields(NodeId node, const std::vector<std::vector<FieldId>>& own) {
  Node& here = nodes_[node];
  here.first_field = static_cast<std::uint32_t>(fields_.size());
  here.own_fields = static_cast<std::uint16_t>(own[node].size());
  fields_.insert(fields_.end(), own[node].begin(), own[node].end());
  for (const auto& child : here.keys) number_fields(child.node, own);
  for (const auto& child : here.list) number_fields(child.node, own);
  here.all_fields = static_cast<std::uint16_t>(fields_.size() - here.first_field);
}

void PathTree::hash_keys(Node& node) {
  if (node.keys.empty()) return;
  node.first_slot = static_cast<std::uint32_t>(slots_.size());
  node.slot_count = static_cast<std::uint32_t>(std::bit_ceil(node.keys.size() * 4));
  slots_.resize(slots_.size() + node.slot_count);
  for (const auto& child : node.keys) {
    std::uint32_t at = hash_key(child.key.data(), child.key.size());
    while (slots_[node.first_slot + (at & (node.slot_count - 1))].node != kNone) ++at;
    slots_[node.first_slot + (at & (node.slot_count - 1))] = {
        child.key.data(), static_cast<std::uint32_t>(child.key.size()), child.node};
  }
}

PathTree::NodeId PathTree::child(NodeId node, std::string_view key) const {
  const Node& here = nodes_[node];
  if (here.slot_count == 0) return kNone;
  for (std::uint32_t at = hash_key(key.data(), key.size());; ++at) {
    const Slot& slot = slots_[here.first_slot + (at & (here.slot_count - 1))];
    if (slot.node == kNone) return kNone;
    if (slot.key_size == key.size() && std::memcmp(slot.key, key.data(), key.size()) == 0)
      return slot.node;
  }
}

}  // namespace millrace
