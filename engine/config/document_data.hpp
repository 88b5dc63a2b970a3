// How a document is stored: all values in one array, children by index, places as byte offsets.
// Only for the files that load and view it.
#pragma once

#include "engine/config/node.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::config {

inline constexpr std::uint32_t kNoKey = UINT32_MAX;

struct NodeData {
  Node::Kind kind = Node::Kind::kNull;
  bool quoted = false;
  std::uint32_t offset = 0;               // of its first byte in the text
  std::uint32_t length = 0;               // bytes on its first line; 0 if nothing is written
  std::uint32_t key = kNoKey;             // the key in front of a map's value
  std::string text{};                     // of a scalar or key
  std::vector<std::uint32_t> children{};  // a list's items; a map's keys and values in turn
};

struct DocumentData {
  std::string text;
  std::string file;
  std::vector<std::size_t> line_starts;
  std::vector<NodeData> nodes;

  Location locate(std::size_t offset, std::size_t length) const;
};

// The place in the document's text of byte `offset` of a scalar's text.
std::size_t source_offset(const DocumentData& document, const NodeData& scalar, std::size_t offset);

}  // namespace millrace::config
