#include "engine/event/json_tree.hpp"

namespace millrace {

std::string_view JsonNode::text() const {
  switch (kind()) {
    case JsonKind::kString:
    case JsonKind::kNumber:
    case JsonKind::kBool:
      return entry_->text;
    default:
      return {};
  }
}

JsonNode JsonNode::operator[](std::string_view key) const {
  JsonNode found;
  if (is(JsonKind::kObject))
    for (const JsonNode member : *this)
      if (member.key() == key) found = member;
  return found;
}

JsonNode::Iterator JsonNode::begin() const {
  const bool holds = is(JsonKind::kObject) || is(JsonKind::kList);
  return {first_, holds ? entry_ + 1 : entry_};
}

JsonNode::Iterator JsonNode::end() const {
  const bool holds = is(JsonKind::kObject) || is(JsonKind::kList);
  return {first_, holds ? first_ + entry_->next : entry_};
}

JsonTree::JsonTree(Bounds bounds) : bounds_(bounds), tokens_(bounds.bytes, bounds.depth) {}

bool JsonTree::read(std::string_view text, Arena& arena) {
  entries_.clear();
  if (text.size() > bounds_.bytes) {
    fault_ = {"body_too_large", "the body has more bytes than allowed", bounds_.bytes};
    return false;
  }
  text_ = text;
  arena_ = &arena;
  if (tokens_.start(text) && read_value({}) && tokens_.done()) return true;
  fault_ = find_json_fault(text, bounds_.depth)
               .value_or(JsonFault{"not_an_object", "the text is neither a list nor an object", 0});
  return false;
}

// Entries move while the tree grows: what is known only behind a value is set by its index.
bool JsonTree::read_value(std::string_view key) {
  const std::size_t index = entries_.size();
  const std::uint32_t begin = tokens_.offset();
  json_tree::Entry& entry = entries_.emplace_back();
  entry.key = key;
  entry.next = static_cast<std::uint32_t>(index) + 1;
  const char c = tokens_.peek();
  if (c == '{' || c == '[') {
    entry.kind = c == '{' ? JsonKind::kObject : JsonKind::kList;
    if (!(c == '{' ? read_members() : read_items())) return false;
    entries_[index].next = static_cast<std::uint32_t>(entries_.size());
    entries_[index].source = text_.substr(begin, tokens_.offset_behind() - begin);
    return true;
  }
  if (c == '"') {
    entry.kind = JsonKind::kString;
    if (!tokens_.read_string(entry.text, *arena_)) return false;
    entry.source = text_.substr(begin, tokens_.offset_behind() - begin);
    return true;
  }
  Value value;
  if (!tokens_.read_scalar(value, entry.source)) return false;
  entry.text = entry.source;
  entry.kind = value.is(ValueKind::kNumber) ? JsonKind::kNumber
               : value.is(ValueKind::kBool) ? JsonKind::kBool
                                            : JsonKind::kNull;
  if (value.is(ValueKind::kNumber)) entry.number = value.number();
  return true;
}

bool JsonTree::read_members() {
  if (!tokens_.open()) return false;
  if (tokens_.peek() == '}') return tokens_.close();
  while (true) {
    std::string_view key;
    if (!tokens_.read_key(key)) return false;
    // A key with escapes is valid until the next one only.
    const bool inside = text_.data() <= key.data() && key.data() < text_.data() + text_.size();
    if (!read_value(inside ? key : arena_->copy(key))) return false;
    if (tokens_.peek() == '}') return tokens_.close();
    if (!tokens_.take(',')) return false;
  }
}

bool JsonTree::read_items() {
  if (!tokens_.open()) return false;
  if (tokens_.peek() == ']') return tokens_.close();
  while (true) {
    if (!read_value({})) return false;
    if (tokens_.peek() == ']') return tokens_.close();
    if (!tokens_.take(',')) return false;
  }
}

}  // namespace millrace
