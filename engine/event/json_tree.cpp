#include "engine/event/json_tree.hpp"

#include "engine/base/short_text.hpp"

namespace millrace {

JsonNode JsonNode::operator[](std::string_view key) const {
  JsonNode found;
  if (is(JsonKind::kObject))
    for (const JsonNode member : *this)
      if (same_text(member.key(), key)) found = member;
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
  size_ = 0;
  if (text.size() > bounds_.bytes) {
    fault_ = {"body_too_large", "the body has more bytes than allowed", bounds_.bytes};
    return false;
  }
  text_ = text;
  arena_ = &arena;
  if (tokens_.start(text)) {
    // Before a value is a mark that no other has, or one that opens what it is in.
    if (const std::size_t most = tokens_.count() / 2 + bounds_.depth + 1; most > capacity_) {
      entries_ = std::make_unique<json_tree::Entry[]>(most);
      capacity_ = most;
    }
    if (read_value({}, false) && tokens_.done()) return true;
  }
  fault_ = find_json_fault(text, bounds_.depth)
               .value_or(JsonFault{"not_an_object", "the text is neither a list nor an object", 0});
  return false;
}

bool JsonTree::read_value(std::string_view key, bool key_inside) {
  const std::uint32_t begin = tokens_.offset();
  json_tree::Entry& entry = entries_[size_++];
  entry.key = key;
  entry.key_inside = key_inside;
  entry.next = size_;
  const char c = tokens_.peek();
  if (c == '{' || c == '[') {
    entry.kind = c == '{' ? JsonKind::kObject : JsonKind::kList;
    if (!(c == '{' ? read_members() : read_items())) return false;
    entry.next = size_;
    entry.source = text_.substr(begin, tokens_.offset_behind() - begin);
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
    if (!read_value(inside ? key : arena_->copy(key), inside)) return false;
    if (tokens_.peek() == '}') return tokens_.close();
    if (!tokens_.take(',')) return false;
  }
}

bool JsonTree::read_items() {
  if (!tokens_.open()) return false;
  if (tokens_.peek() == ']') return tokens_.close();
  while (true) {
    if (!read_value({}, false)) return false;
    if (tokens_.peek() == ']') return tokens_.close();
    if (!tokens_.take(',')) return false;
  }
}

}  // namespace millrace
