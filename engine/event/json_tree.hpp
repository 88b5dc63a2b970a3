// A JSON text as a tree that can be looked at in any order: for decoders of protocols, which take
// apart what others wrote. Checks the whole text as JsonProjector does, by the same table.
//
// One thread at a time. Nodes are small handles: valid until the tree reads another text, as long
// as text and arena are there.
#pragma once

#include "engine/event/arena.hpp"
#include "engine/event/json_check.hpp"
#include "engine/event/json_tokens.hpp"

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

namespace millrace {

enum class JsonKind : std::uint8_t { kAbsent, kNull, kBool, kNumber, kString, kList, kObject };

namespace json_tree {
struct Entry {
  std::string_view key;   // in its object
  std::string_view text;  // of a string what it stands for, else as `source`
  std::string_view source;
  std::uint32_t size = 1;  // of it and all that is in it, in entries
  JsonKind kind = JsonKind::kAbsent;
  bool key_inside = false;  // it stands in the text as it is
};
}  // namespace json_tree

// A value of the tree, or the absence of one, of which everything is empty. As small as a pointer,
// so that it is handed on in a register.
class JsonNode {
 public:
  JsonNode() = default;

  JsonKind kind() const { return entry_ == nullptr ? JsonKind::kAbsent : entry_->kind; }
  bool is(JsonKind kind) const { return this->kind() == kind; }
  // Neither absent nor null.
  bool present() const { return kind() > JsonKind::kNull; }
  // Its name in the object that it is in.
  std::string_view key() const { return entry_ == nullptr ? std::string_view() : entry_->key; }
  // Of a string what it stands for, of a number, true or false its source text; of all else empty.
  std::string_view text() const {
    const JsonKind kind = this->kind();
    const bool has =
        kind == JsonKind::kString || kind == JsonKind::kNumber || kind == JsonKind::kBool;
    return has ? entry_->text : std::string_view();
  }
  // Of all else 0.
  double number() const;
  // The whole value as JSON, as it stands in the text.
  std::string_view source() const {
    return entry_ == nullptr ? std::string_view() : entry_->source;
  }
  // The same with its key before it: "a":1. Empty where that is written with escapes.
  std::string_view member() const {
    if (entry_ == nullptr || !entry_->key_inside) return {};
    const char* const begin = entry_->key.data() - 1;
    const char* const end = entry_->source.data() + entry_->source.size();
    return {begin, static_cast<std::size_t>(end - begin)};
  }

  // The last member of that name; absent if there is none, or this is no object.
  JsonNode operator[](std::string_view key) const;

  // The members of an object or the items of a list; of anything else none.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = JsonNode;
    using pointer = void;
    using reference = JsonNode;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(const json_tree::Entry* at) : at_(at) {}
    JsonNode operator*() const { return JsonNode(at_); }
    Iterator& operator++() {
      at_ += at_->size;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const json_tree::Entry* at_;
  };
  Iterator begin() const { return Iterator(holds() ? entry_ + 1 : entry_); }
  Iterator end() const { return Iterator(holds() ? entry_ + entry_->size : entry_); }
  std::size_t size() const { return static_cast<std::size_t>(std::distance(begin(), end())); }

 private:
  friend class JsonTree;
  explicit JsonNode(const json_tree::Entry* entry) : entry_(entry) {}
  bool holds() const { return is(JsonKind::kObject) || is(JsonKind::kList); }

  const json_tree::Entry* entry_ = nullptr;
};

class JsonTree {
 public:
  struct Bounds {
    std::size_t bytes = 512 * 1024;  // at most 1 GiB
    unsigned depth = 64;             // 1 to 64
  };
  explicit JsonTree(Bounds bounds);

  // Reads one list or object, with nothing but white space around it. False: see fault().
  bool read(std::string_view text, Arena& arena);
  JsonNode root() const { return JsonNode(entries_.get()); }
  // Valid after read() gave false.
  const JsonFault& fault() const { return fault_; }

 private:
  bool read_entries();
  bool read_key(json_tree::Entry& entry);
  bool read_scalar(json_tree::Entry& entry);

  const Bounds bounds_;
  JsonTokens tokens_;
  // Each before what is in it.
  std::unique_ptr<json_tree::Entry[]> entries_;
  std::size_t capacity_ = 0;
  JsonFault fault_;
  std::string_view text_;
  Arena* arena_ = nullptr;
};

}  // namespace millrace
