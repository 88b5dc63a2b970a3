// A Pratt parser (V. Pratt, "Top Down Operator Precedence", 1973). docs/expressions.md has the
// grammar.
#include "engine/expression/parser.hpp"

#include "engine/expression/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace millrace::expression {
namespace {

// Low binds loosest. A ternary's middle and right are full expressions again.
enum Power {
  kLowest = 0,
  kConditional = 1,
  kOr = 2,
  kAnd = 3,
  kRelation = 4,
  kSum = 5,
  kProduct = 6,
  kUnary = 7
};

constexpr std::array<std::pair<std::string_view, Power>, 15> kBinary = {{
    {"?", kConditional},
    {"or", kOr},
    {"and", kAnd},
    {"==", kRelation},
    {"!=", kRelation},
    {"<", kRelation},
    {"<=", kRelation},
    {">", kRelation},
    {">=", kRelation},
    {"in", kRelation},
    {"+", kSum},
    {"-", kSum},
    {"*", kProduct},
    {"/", kProduct},
    {"%", kProduct},
}};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { ast_.text = text; }

  std::variant<Ast, Fault> run() {
    if (ast_.text.size() > kTextMax)
      return Fault{0, 0, fmt::format("expression is longer than {} bytes", kTextMax), ""};
    if (!advance()) return fault_;
    if (!expression(kLowest)) return fault_;
    if (token_.kind != TokenKind::kEnd) {
      unexpected("an operator or the end");
      return fault_;
    }
    return std::move(ast_);
  }

 private:
  using Parsed = std::optional<NodeId>;

  // Counts how deep the recursion is; every recursive rule holds one.
  class Level {
   public:
    explicit Level(int& depth) : depth_(depth) { ++depth_; }
    ~Level() { --depth_; }
    Level(const Level&) = delete;

   private:
    int& depth_;
  };

  Parsed expression(int power) {
    const Level level(depth_);
    if (depth_ > kDepthMax) return too_deep();
    Parsed left = prefix();
    while (left) {
      const Power next = binary_power();
      if (next <= power) break;
      left = next == kConditional ? conditional(*left) : binary(*left, next);
    }
    return left;
  }

  Power binary_power() const {
    if (token_.kind != TokenKind::kSymbol) return kLowest;
    const auto* at = std::find_if(
        kBinary.begin(), kBinary.end(), [&](auto& op) { return op.first == token_.text; });
    return at == kBinary.end() ? kLowest : at->second;
  }

  // `and` and `or` become one node with many children, however long the chain.
  Parsed binary(NodeId left, Power power) {
    const std::string op(token_.text);
    if (!advance()) return std::nullopt;
    const Parsed right = expression(power);
    if (!right) return right;
    if (power == kRelation && binary_power() == kRelation)
      return fail("comparisons do not chain", "write a < b and b < c");
    SyntaxNode& first = ast_.nodes[left];
    if ((power == kOr || power == kAnd) && first.kind == Syntax::kBinary && first.text == op &&
        !grouped(left)) {
      // Moved to the end, because parents come after their children.
      SyntaxNode chain = std::move(first);
      first = SyntaxNode{Syntax::kNumber};
      chain.children.push_back(*right);
      return add(std::move(chain));
    }
    return add({Syntax::kBinary, ast_[left].offset, 0, 0, op, {left, *right}});
  }

  Parsed conditional(NodeId condition) {
    if (!advance()) return std::nullopt;
    const Parsed yes = expression(kLowest);
    if (!yes || !expect(":")) return std::nullopt;
    const Parsed no = expression(kLowest);
    if (!no) return no;
    return add({Syntax::kConditional, ast_[condition].offset, 0, 0, "", {condition, *yes, *no}});
  }

  Parsed prefix() {
    if (!is("not") && !is("-")) return postfix();
    const auto offset = static_cast<std::uint32_t>(token_.offset);
    const std::string op(token_.text);
    const bool word = token_.length == 3;
    if (!advance()) return std::nullopt;
    // The word binds as in SQL and Python, `not a == b` being `not (a == b)`; the signs as in C.
    const Parsed operand = expression(word ? kAnd : kUnary);
    if (!operand) return operand;
    return add({Syntax::kUnary, offset, 0, 0, op, {*operand}});
  }

  Parsed postfix() {
    Parsed left = primary();
    while (left && (is(".") || is("["))) left = is(".") ? member(*left) : index(*left);
    return left;
  }

  Parsed member(NodeId owner) {
    if (!advance()) return std::nullopt;
    // After a dot, a word of the language or a number is an ordinary key: `event.in`,
    // `event.where`.
    const bool word = token_.kind == TokenKind::kSymbol && token_.text.size() > 1 &&
                      token_.text[0] >= 'a' && token_.length == token_.text.size();
    if (token_.kind != TokenKind::kName && token_.kind != TokenKind::kString && !word)
      return unexpected("a name after '.'");
    std::string name =
        token_.kind == TokenKind::kString ? token_.unescaped : std::string(token_.text);
    if (!advance()) return std::nullopt;
    return add({Syntax::kMember, ast_[owner].offset, 0, 0, std::move(name), {owner}});
  }

  Parsed index(NodeId owner) {
    if (!advance()) return std::nullopt;
    const double number = token_.number;
    if (token_.kind != TokenKind::kNumber || number > 1e6 || number != static_cast<int>(number))
      return unexpected("a whole number as the index");
    if (!advance() || !expect("]")) return std::nullopt;
    return add({Syntax::kIndex, ast_[owner].offset, 0, number, "", {owner}});
  }

  Parsed primary() {
    const auto offset = static_cast<std::uint32_t>(token_.offset);
    SyntaxNode leaf{Syntax::kName, offset, 0, token_.number, "", {}};
    switch (token_.kind) {
      case TokenKind::kNumber:
        leaf.kind = Syntax::kNumber;
        break;
      case TokenKind::kDuration:
        leaf.kind = Syntax::kDuration;
        break;
      case TokenKind::kString:
        leaf.kind = Syntax::kString;
        leaf.text = token_.unescaped;
        break;
      case TokenKind::kName:
        leaf.text = token_.text;
        break;
      case TokenKind::kEnd:
        return unexpected("a value");
      case TokenKind::kSymbol:
        if (is("(")) return group();
        if (is("[")) return list();
        if (!is("in")) return unexpected("a value");
        leaf.text = token_.text;  // in(segment)
        if (!advance()) return std::nullopt;
        return is("(") ? call(std::move(leaf)) : unexpected("'(' after 'in'");
    }
    const bool name = leaf.kind == Syntax::kName;
    if (!advance()) return std::nullopt;
    return name && is("(") ? call(std::move(leaf)) : add(std::move(leaf));
  }

  Parsed group() {
    if (!advance()) return std::nullopt;
    const Parsed inner = expression(kLowest);
    if (!inner || !expect(")")) return std::nullopt;
    grouped_ = *inner;
    return inner;
  }

  Parsed list() {
    SyntaxNode node{Syntax::kList, static_cast<std::uint32_t>(token_.offset)};
    if (!advance()) return std::nullopt;
    while (!is("]")) {
      if (!node.children.empty() && !expect(",")) return std::nullopt;
      const Parsed element = expression(kLowest);
      if (!element) return element;
      node.children.push_back(*element);
    }
    if (!advance()) return std::nullopt;
    return add(std::move(node));
  }

  Parsed call(SyntaxNode node) {
    node.kind = Syntax::kCall;
    if (!advance()) return std::nullopt;
    while (!is(")")) {
      if (!node.children.empty() && !expect(",")) return std::nullopt;
      const Parsed one = argument();
      if (!one) return one;
      node.children.push_back(*one);
    }
    if (!advance()) return std::nullopt;
    return add(std::move(node));
  }

  Parsed argument() {
    SyntaxNode node{Syntax::kArgument, static_cast<std::uint32_t>(token_.offset)};
    Parsed value = expression(kLowest);
    if (value && is("=") && ast_[*value].kind == Syntax::kName) {
      node.text = ast_[*value].text;
      if (!advance()) return std::nullopt;
      value = expression(kLowest);
    }
    if (!value) return value;
    node.children.push_back(*value);
    if (is("where")) {
      if (!advance()) return std::nullopt;
      const Parsed filter = expression(kLowest);
      if (!filter) return filter;
      node.children.push_back(*filter);
    }
    return add(std::move(node));
  }

  // A chain such as `a + b + c` is as deep a tree as it is long, so nesting is bounded here as
  // well.
  Parsed add(SyntaxNode node) {
    for (const NodeId child : node.children)
      node.height = std::max(node.height, ast_[child].height + 1);
    if (node.height > kDepthMax) return too_deep();
    node.length = static_cast<std::uint32_t>(end_) - node.offset;
    ast_.nodes.push_back(std::move(node));
    return ast_.root();
  }

  bool grouped(NodeId id) const { return grouped_ == id; }
  bool is(std::string_view symbol) const {
    return token_.kind == TokenKind::kSymbol && token_.text == symbol;
  }

  bool expect(std::string_view symbol) {
    if (is(symbol)) return advance();
    unexpected(fmt::format("'{}'", symbol));
    return false;
  }

  bool advance() {
    end_ = token_.offset + token_.length;
    auto next = lexer_.next(fault_);
    if (next) token_ = std::move(*next);
    return next.has_value();
  }

  Parsed fail(std::string what, std::string hint = "") {
    fault_ = {token_.offset, token_.length, std::move(what), std::move(hint)};
    return std::nullopt;
  }

  Parsed too_deep() { return fail(fmt::format("expression is nested deeper than {}", kDepthMax)); }

  Parsed unexpected(std::string_view wanted) {
    if (token_.kind == TokenKind::kEnd)
      return fail(fmt::format("expected {}, but the expression ends", wanted));
    const auto written = std::string_view(ast_.text).substr(token_.offset, token_.length);
    std::string hint;
    if (is("=")) hint = "comparison is written ==";
    return fail(fmt::format("expected {}, got '{}'", wanted, written.substr(0, 40)),
                std::move(hint));
  }

  Lexer lexer_;
  Ast ast_;
  Token token_;
  Fault fault_;
  std::size_t end_ = 0;  // of the last token that was taken
  std::optional<NodeId> grouped_;
  int depth_ = 0;
};

}  // namespace

std::variant<Ast, Fault> parse(std::string_view text) { return Parser(text).run(); }

}  // namespace millrace::expression
