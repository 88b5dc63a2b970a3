#include "engine/event/path_tree.hpp"

namespace millrace {

PathTree::PathTree(std::span<const std::vector<PathStep>> paths) : nodes_(1) {
  std::vector<Growth> growth(1);
  for (std::size_t field = 0; field < paths.size(); ++field) {
    NodeId at = kRoot;
    for (const auto& step : paths[field]) at = add_child(at, step, growth);
    growth[at].fields.push_back(static_cast<FieldId>(field));
  }
  finish(kRoot, growth);
}

PathTree::NodeId PathTree::add_child(NodeId node,
                                     const PathStep& step,
                                     std::vector<Growth>& growth) {
  const auto fresh = static_cast<NodeId>(nodes_.size());
  if (step.index >= 0) {
    for (const auto& child : nodes_[node].list)
      if (child.index == step.index) return child.node;
    nodes_[node].list.push_back({step.index, fresh});
  } else {
    for (const auto& child : growth[node].keys)
      if (child.key == step.key) return child.node;
    growth[node].keys.push_back({step.key, fresh});
  }
  nodes_.emplace_back();
  growth.emplace_back();
  return fresh;
}

void PathTree::finish(NodeId node, const std::vector<Growth>& growth) {
  Node& here = nodes_[node];
  const auto& [keys, fields] = growth[node];
  here.first_field = static_cast<std::uint32_t>(fields_.size());
  here.own_fields = static_cast<std::uint16_t>(fields.size());
  fields_.insert(fields_.end(), fields.begin(), fields.end());
  for (const auto& child : keys) finish(child.node, growth);
  for (const auto& child : here.list) finish(child.node, growth);
  here.all_fields = static_cast<std::uint16_t>(fields_.size() - here.first_field);
  std::sort(here.list.begin(), here.list.end(), [](const auto& a, const auto& b) {
    return a.index < b.index;
  });
  hash_keys(here, keys);
}

void PathTree::hash_keys(Node& node, const std::vector<KeyChild>& keys) {
  if (keys.empty()) return;
  node.first_slot = static_cast<std::uint32_t>(slots_.size());
  node.slot_count = static_cast<std::uint32_t>(std::bit_ceil(keys.size() * 4));
  slots_.resize(slots_.size() + node.slot_count);
  for (const auto& [key, child] : keys) {
    const Mark mark(key, key.data() + key.size());
    std::uint32_t at = mark.hash();
    while (slots_[node.first_slot + (at & (node.slot_count - 1))].node != kNone) ++at;
    slots_[node.first_slot + (at & (node.slot_count - 1))] = {mark, child, key};
  }
}

}  // namespace millrace
