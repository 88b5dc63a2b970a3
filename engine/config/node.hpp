// A YAML document as the rest of Millrace sees it: a tree of small values that know where they
// stand. yaml-cpp stays behind Document::load.
//
// Called while a configuration is read, never on the data path. Immutable after load, so any thread
// may read. Text from strangers is safe: size, depth and number of values are bounded, and what
// could expand (anchors, aliases, merge keys, tags) is refused.
#pragma once

#include "engine/config/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::config {

struct DocumentData;

// A stretch of one line: 1-based, in characters; line 0 when unknown.
struct Location {
  int line = 0;
  int column = 0;
  int length = 1;
  bool operator==(const Location&) const = default;
};

// A stretch of a scalar's text, in bytes.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 1;
};

// One value of a document. Cheap to copy, and keeps its document alive, so a config struct may hold
// one for a part that is parsed later. A default-made Node is absent: null, and of no document.
class Node {
 public:
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  struct Entry;

  Node() = default;

  Kind kind() const;
  bool is_null() const { return kind() == Kind::kNull; }
  bool is_scalar() const { return kind() == Kind::kScalar; }
  bool is_list() const { return kind() == Kind::kList; }
  bool is_map() const { return kind() == Kind::kMap; }
  // False if the document has no such value (unlike `key:` or `key: null`, which are null values).
  explicit operator bool() const { return document_ != nullptr; }

  // The scalar's text, unquoted and unescaped, `${...}` as written; "" for other kinds.
  std::string_view text() const;
  // Whether a scalar is quoted or a block, and so is meant as text.
  bool quoted() const;

  // Items of a list, entries of a map; 0 for other kinds.
  std::size_t size() const;
  Node item(std::size_t index) const;  // precondition: is_list(), index < size()
  std::vector<Node> items() const;     // empty unless a list
  std::vector<Entry> entries() const;  // in the order of the document; empty unless a map
  // The value of `key`, absent if there is none or if this is not a map.
  Node child(std::string_view key) const;

  // "text", "a list", ...: for messages.
  std::string_view kind_name() const;
  std::string_view file() const;
  // Where the value is written; an empty value is where its key is.
  Location location() const;
  // Where the value is named: its key, or the value itself if it has none.
  Location name_location() const;
  // Where a part of a scalar's text is written. Exact for plain and quoted text, also over several
  // lines; inside a run of white space that YAML folded, the run's begin.
  Location location_of(Span span) const;

  // A problem with this value, its name, or a part of its text.
  Problem problem(std::string_view path, std::string what, std::string hint = {}) const;
  Problem problem_at(Location at,
                     std::string_view path,
                     std::string what,
                     std::string hint = {}) const;

  // Same kind, text, quoting and children; places don't count.
  friend bool operator==(const Node& a, const Node& b);

 private:
  friend class Document;
  Node(std::shared_ptr<const DocumentData> document, std::uint32_t index)
      : document_(std::move(document)), index_(index) {}

  // Shared: the nodes that config structs keep may outlive the Document that they came from.
  std::shared_ptr<const DocumentData> document_;
  std::uint32_t index_ = 0;
};

struct Node::Entry {
  std::string_view key;  // lives as long as the value
  Node key_node;
  Node value;
};

// A string that remembers where it was written, for what is parsed later, such as an expression.
struct Text {
  std::string value{};
  Node node{};

  // A problem with a part of `value`, at its place in the file.
  Problem problem(Span span, std::string_view path, std::string what, std::string hint = {}) const;
  bool operator==(const Text& other) const { return value == other.value; }
};

struct DocumentLimits {
  std::size_t bytes = 1 << 20;
  std::size_t values = 100'000;
  std::size_t depth = 64;
  std::size_t key_bytes = 256;
};

class Document {
 public:
  // Reads one YAML document. Everything wrong with it as YAML is added to `problems`; the root is
  // then absent, or (duplicate keys) holds what came first. `file` is only a name for messages.
  static Document load(std::string text,
                       std::string file,
                       Problems& problems,
                       const DocumentLimits& limits = {});

  const Node& root() const { return root_; }
  std::string_view source() const;  // as render() wants it
  std::string_view file() const;

 private:
  std::shared_ptr<DocumentData> data_;  // shared with nodes, see Node
  Node root_;
};

}  // namespace millrace::config
