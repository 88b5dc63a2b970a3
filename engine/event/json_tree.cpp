#include "engine/event/json_tree.hpp"

#include "engine/base/short_text.hpp"
#include "engine/event/json_scalar.hpp"

#include <array>

namespace millrace {

JsonNode JsonNode::operator[](std::string_view key) const {
  JsonNode found;
  if (is(JsonKind::kObject))
    for (const JsonNode member : *this)
      if (same_text(member.key(), key)) found = member;
  return found;
}

double JsonNode::number() const {
  double number = 0;
  if (is(JsonKind::kNumber))
    read_json_number(entry_->text.data(), entry_->text.data() + entry_->text.size(), number);
  return number;
}

JsonTree::JsonTree(Bounds bounds) : bounds_(bounds), tokens_(bounds.bytes, bounds.depth) {}

bool JsonTree::read(std::string_view text, Arena& arena) {
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
  if (!entry.key_inside) [[unlikely]]
    entry.key = arena_->copy(entry.key);
  return true;
}

inline bool JsonTree::read_scalar(json_tree::Entry& entry) {
  if (tokens_.peek() == '"') {
    entry.kind = JsonKind::kString;
    return tokens_.read_string(entry.text, entry.source, *arena_);
  }
  ValueKind kind{};
  if (!tokens_.check_scalar(kind, entry.source)) return false;
  entry.text = entry.source;
  entry.kind = kind == ValueKind::kNumber ? JsonKind::kNumber
               : kind == ValueKind::kBool ? JsonKind::kBool
                                          : JsonKind::kNull;
  return true;
}

// Without recursion: of the entries that are open, each is in the one before.
bool JsonTree::read_entries() {        // NOLINT(readability-function-cognitive-complexity): hot
  std::array<std::uint32_t, 64> open;  // NOLINT(cppcoreguidelines-pro-type-member-init): to depth
  std::size_t depth = 0;
  json_tree::Entry* const entries = entries_.get();
  std::uint32_t size = 0;         // of them
  auto within = JsonKind::kList;  // what the value is in
  while (true) {                  // a value begins here, or its key
    const std::uint32_t at = size++;
    json_tree::Entry& entry = entries[at];
    if (within != JsonKind::kObject) {
      entry.key = {};
      entry.key_inside = false;
    } else if (!read_key(entry)) {
      return false;
    }
    const char c = tokens_.peek();
    if (c == '{' || c == '[') {
      within = entry.kind = c == '{' ? JsonKind::kObject : JsonKind::kList;
      entry.source = text_.substr(tokens_.offset());
      if (!tokens_.open()) return false;
      open[depth++] = at;
      if (tokens_.peek() != (c == '{' ? '}' : ']')) continue;
    } else {
      entry.size = 1;
      if (!read_scalar(entry)) return false;
    }
    while (tokens_.peek() != ',') {  // what it is in ends, and maybe what that is in
      if (tokens_.peek() != (within == JsonKind::kObject ? '}' : ']') || !tokens_.close())
        return false;
      const std::uint32_t began = open[--depth];
      json_tree::Entry& ended = entries[began];
      ended.size = size - began;
      const char* const end = text_.data() + tokens_.offset_behind();
      ended.source = {ended.source.data(), static_cast<std::size_t>(end - ended.source.data())};
      if (depth == 0) return true;
      within = entries[open[depth - 1]].kind;
    }
    tokens_.take(',');
  }
}

}  // namespace millrace
