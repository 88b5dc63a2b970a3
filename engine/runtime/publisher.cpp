#include "engine/runtime/publisher.hpp"

#include <algorithm>

namespace millrace {

Publisher::Publisher(Plan& plan) : lane_(plan.catalog, plan.numbers) {
  for (const PlanNode& node : plan.nodes) {
    nodes_.emplace_back();
    nodes_.back().name = node.name;
    nodes_.back().delay = node.publish_delay;
    delay_max_ = std::max(delay_max_, node.publish_delay);
    if (node.publish_delay == 0) continue;
    lane_.begin_node(node.name);
    nodes_.back().publisher = node.make(lane_);
  }
}

bool Publisher::ready(std::uint64_t epoch) const {
  const std::uint64_t published = published_.load(std::memory_order_acquire);
  for (const Node& node : nodes_)
    if (node.delay > 0 && epoch > node.delay && epoch - node.delay > published) return false;
  return true;
}

void Publisher::add(std::size_t node, std::uint64_t epoch, std::uint32_t shard, std::string part) {
  const std::lock_guard lock(mutex_);
  nodes_[node].parts[epoch][shard] = std::move(part);
}

std::string Publisher::get(std::size_t node, std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  const Node& from = nodes_[node];
  if (epoch <= from.delay) return {};
  const auto at = from.published.find(epoch - from.delay);
  return at == from.published.end() ? std::string() : at->second;
}

void Publisher::merge(Node& node, std::uint64_t epoch) {
  std::vector<std::string> parts;
  std::string previous;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [shard, part] : node.parts[epoch]) parts.push_back(std::move(part));
    node.parts.erase(epoch);
    if (!node.published.empty()) previous = node.published.rbegin()->second;
  }
  std::string result = node.publisher->publish(parts, previous);
  const std::lock_guard lock(mutex_);
  node.published[epoch] = std::move(result);
}

void Publisher::publish(std::uint64_t epoch) {
  const std::lock_guard lock(publishing_);
  for (std::uint64_t next = published_.load(std::memory_order_relaxed) + 1; next <= epoch; ++next) {
    for (Node& node : nodes_)
      if (node.delay > 0) merge(node, next);
    published_.store(next, std::memory_order_release);
  }
}

void Publisher::release(std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  for (Node& node : nodes_)
    while (!node.published.empty() && node.published.begin()->first + node.delay < epoch)
      node.published.erase(node.published.begin());
}

void Publisher::save(std::uint64_t epoch, WriteSet& changes) const {
  const std::lock_guard lock(mutex_);
  for (const Node& node : nodes_) {
    if (node.delay == 0) continue;
    std::string bytes;
    ByteWriter to(bytes);
    for (const auto& [number, value] : node.published) {
      if (number > epoch) continue;
      to.varint(number);
      to.text(value);
    }
    changes.put("mpublished." + node.name, std::move(bytes));
  }
}

Status Publisher::restore(std::uint64_t epoch, Store& store) {
  published_.store(epoch, std::memory_order_release);
  for (Node& node : nodes_) {
    if (node.delay == 0) continue;
    const std::string key = "mpublished." + node.name;
    std::vector<std::optional<std::string>> values;
    if (Status read = store.read({&key, 1}, values); !read) return read;
    if (!values[0]) continue;
    ByteReader from(*values[0]);
    while (from.ok() && from.left() > 0) {
      const std::uint64_t number = from.varint();
      node.published[number] = from.text();
    }
    if (!from.ok())
      return Error{"what node " + node.name + " published is damaged in the checkpoint"};
  }
  return {};
}

Hash128 Publisher::digest() const {
  const std::lock_guard lock(mutex_);
  std::string bytes;
  ByteWriter to(bytes);
  for (const Node& node : nodes_) {
    if (node.published.empty()) continue;
    to.text(node.name);
    to.varint(node.published.rbegin()->first);
    to.text(node.published.rbegin()->second);
  }
  return hash128(bytes);
}

}  // namespace millrace
