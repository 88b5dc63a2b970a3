// An expression as it is written: what the parser makes and the compiler reads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::expression {

using NodeId = std::uint32_t;

enum class Syntax : std::uint8_t {
  kNumber,
  kDuration,  // `number` in milliseconds
  kString,    // `text` without quotes and escapes
  kName,
  kMember,    // children[0] . text
  kIndex,     // children[0] [ number ]
  kCall,      // text ( children: kArgument )
  kArgument,  // [text =] children[0] [where children[1]]
  kList,
  kUnary,        // text: not, -
  kBinary,       // text: the operator
  kConditional,  // children[0] ? children[1] : children[2]
};

struct SyntaxNode {
  Syntax kind;
  std::uint32_t offset = 0;  // the bytes of the text that it covers
  std::uint32_t length = 0;
  double number = 0;
  std::string text;
  std::vector<NodeId> children;
  int height = 1;  // nodes on the longest way down: what the recursion over it costs
};

// Children come before their parents; the root is last.
struct Ast {
  std::string text;
  std::vector<SyntaxNode> nodes;
  NodeId root() const { return static_cast<NodeId>(nodes.size() - 1); }
  const SyntaxNode& operator[](NodeId id) const { return nodes[id]; }
};

}  // namespace millrace::expression
