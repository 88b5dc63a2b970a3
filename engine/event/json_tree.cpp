#include "engine/event/json_tree.hpp"

#include "engine/base/short_text.hpp"

#include <array>

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
    if (read_entries() && tokens_.done()) return true;
  }
  fault_ = find_json_fault(text, bounds_.depth)
               .value_or(JsonFault{"not_an_object", "the text is neither a list nor an object", 0});
  return false;
}

inline bool JsonTree::read_key(json_tree::Entry& entry) {
  if (!tokens_.read_key(entry.key)) return false;
  entry.key_inside = tokens_.is_inside(entry.key);
  if (!entry.key_inside) entry.key = arena_->copy(entry.key);
  return true;
}

inline bool JsonTree::read_scalar(json_tree::Entry& entry) {
  if (tokens_.peek() == '"') {
    entry.kind = JsonKind::kString;
    return tokens_.read_string(entry.text, entry.source, *arena_);
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

// Without recursion: of the entries that are open, each is in the one before.
bool JsonTree::read_entries() {        // NOLINT(readability-function-cognitive-complexity): hot
  std::array<std::uint32_t, 64> open;  // NOLINT(cppcoreguidelines-pro-type-member-init): to depth
  std::size_t depth = 0;
  auto within = JsonKind::kList;  // what the value is in
  while (true) {                  // a value begins here, or its key
    const std::uint32_t at = size_++;
    json_tree::Entry& entry = entries_[at];
    entry.key = {};
    entry.key_inside = false;
    if (within == JsonKind::kObject && !read_key(entry)) return false;
    const char c = tokens_.peek();
    if (c == '{' || c == '[') {
      within = entry.kind = c == '{' ? JsonKind::kObject : JsonKind::kList;
      entry.source = text_.substr(tokens_.offset());
      if (!tokens_.open()) return false;
      open[depth++] = at;
      if (tokens_.peek() != (c == '{' ? '}' : ']')) continue;
    } else {
      entry.next = size_;
      if (!read_scalar(entry)) return false;
    }
    while (tokens_.peek() != ',') {  // what it is in ends, and maybe what that is in
      if (tokens_.peek() != (within == JsonKind::kObject ? '}' : ']') || !tokens_.close())
        return false;
      json_tree::Entry& ended = entries_[open[--depth]];
      ended.next = size_;
      const char* const end = text_.data() + tokens_.offset_behind();
      ended.source = {ended.source.data(), static_cast<std::size_t>(end - ended.source.data())};
      if (depth == 0) return true;
      within = entries_[open[depth - 1]].kind;
    }
    tokens_.take(',');
  }
}

}  // namespace millrace
