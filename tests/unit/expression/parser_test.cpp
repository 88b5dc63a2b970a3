#include "engine/expression/parser.hpp"

#include "engine/base/random.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <variant>

namespace millrace::expression {
namespace {

// (op child child): shows how operators bound.
std::string shape(const Ast& ast, NodeId id) {
  const SyntaxNode& node = ast[id];
  const auto children = [&] {
    std::string out;
    for (const NodeId child : node.children) out += " " + shape(ast, child);
    return out;
  };
  switch (node.kind) {
    case Syntax::kNumber:
      return fmt::format("{}", node.number);
    case Syntax::kDuration:
      return fmt::format("{}ms", node.number);
    case Syntax::kString:
      return "\"" + node.text + "\"";
    case Syntax::kName:
      return node.text;
    case Syntax::kMember:
      return shape(ast, node.children[0]) + "." + node.text;
    case Syntax::kIndex:
      return fmt::format("{}[{}]", shape(ast, node.children[0]), node.number);
    case Syntax::kCall:
      return "(call " + node.text + children() + ")";
    case Syntax::kArgument: {
      std::string out = (node.text.empty() ? "" : node.text + "=") + shape(ast, node.children[0]);
      return node.children.size() > 1 ? "{" + out + " where " + shape(ast, node.children[1]) + "}"
                                      : out;
    }
    case Syntax::kList:
      return "[" + (node.children.empty() ? "" : children().substr(1)) + "]";
    case Syntax::kUnary:
    case Syntax::kBinary:
      return "(" + node.text + children() + ")";
    case Syntax::kConditional:
      return "(?" + children() + ")";
  }
  return "";
}

std::string parsed(std::string_view text) {
  const auto result = parse(text);
  if (const auto* fault = std::get_if<Fault>(&result)) return render(text, *fault);
  const Ast& ast = std::get<Ast>(result);
  return shape(ast, ast.root());
}

struct Case {
  std::string_view text, expected;
};

TEST(Parser, BindsOperatorsByPrecedence) {
  constexpr Case kCases[] = {
      {"1 + 2 * 3", "(+ 1 (* 2 3))"},
      {"(1 + 2) * 3", "(* (+ 1 2) 3)"},
      {"8 - 4 - 2", "(- (- 8 4) 2)"},
      {"8 / 4 % 3 * 2", "(* (% (/ 8 4) 3) 2)"},
      {"-a * b", "(* (- a) b)"},
      {"- -a", "(- (- a))"},
      {"not a and b", "(and (not a) b)"},
      {"!a && !b || c", "(or (and (not a) (not b)) c)"},
      {"a and b and c", "(and a b c)"},
      {"a and (b and c)", "(and a (and b c))"},
      {"(a and b) and c", "(and (and a b) c)"},
      {"a or b and c or d", "(or a (and b c) d)"},
      {"not a == b and c", "(and (not (== a b)) c)"},
      {"!a == b", "(== (not a) b)"},
      {"not a + 1 in [1]", "(not (in (+ a 1) [1]))"},
      {"not (a or b)", "(not (or a b))"},
      {"a + 1 < b * 2 and c", "(and (< (+ a 1) (* b 2)) c)"},
      {"a in [1, 2] or b", "(or (in a [1 2]) b)"},
      {"a ? b : c ? d : e", "(? a b (? c d e))"},
      {"a ? b ? c : d : e", "(? a (? b c d) e)"},
      {"a or b ? c : d", "(? (or a b) c d)"},
      {"-a.b[2]", "(- a.b[2])"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(parsed(text), expected) << text;
}

TEST(Parser, ReadsEveryForm) {
  constexpr Case kCases[] = {
      {"0", "0"},
      {"12.5", "12.5"},
      {"1e3", "1000"},
      {"1.5e-3", "0.0015"},
      {"2E+2", "200"},
      {"30d", "2592000000ms"},
      {"1h30m", "5400000ms"},
      {"250ms", "250ms"},
      {R"("a\"b\n\u00e9")", "\"a\"b\n\xc3\xa9\""},
      {"'it'", "\"it\""},
      {"$pageview", "$pageview"},
      {"event.properties.items[0].price", "event.properties.items[0].price"},
      {"event.\"page url\".in", "event.page url.in"},
      {"[]", "[]"},
      {"[1, 'a', 30d,]", "expected a value, got ']'\n  [1, 'a', 30d,]\n               ^"},
      {"age()", "(call age)"},
      {"in(high_value)", "(call in high_value)"},
      {"rate(any, 28d, offset=7d)", "(call rate any 2419200000ms offset=604800000ms)"},
      {"count(view where category == key and x, 7d)",
       "(call count {view where (and (== category key) x)} 604800000ms)"},
      {"\n a\t+ \r\n b ", "(+ a b)"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(parsed(text), expected) << text;
}

TEST(Parser, PointsAtWhatIsWrong) {
  constexpr Case kCases[] = {
      {"", "expected a value, but the expression ends\n  \n  ^"},
      {"a +", "expected a value, but the expression ends\n  a +\n     ^"},
      {"a b", "expected an operator or the end, got 'b'\n  a b\n    ^"},
      {"a = 3",
       "expected an operator or the end, got '=' (comparison is written ==)\n  a = 3\n    ^"},
      {"(a", "expected ')', but the expression ends\n  (a\n    ^"},
      {"f(a", "expected ',', but the expression ends\n  f(a\n     ^"},
      {"1 < a < 3", "comparisons do not chain (write a < b and b < c)\n  1 < a < 3\n        ^"},
      {"a ? b", "expected ':', but the expression ends\n  a ? b\n       ^"},
      {"30x",
       "'30x' is neither a number nor a duration (durations look like 30d, 1h30m or 250ms: w d h m "
       "s ms, "
       "largest first)\n  30x\n  ^^^"},
      {"1e999", "number 1e999 is out of range\n  1e999\n  ^^^^^"},
      {"'abc", "string is not closed\n  'abc\n  ^^^^"},
      {R"("\q")",
       "unknown escape in string (known are \\n \\r \\t \\\\ \\\" \\' \\/ and \\u0041)\n  "
       "\"\\q\"\n   ^^"},
      {"a # b", "unexpected character '#'\n  a # b\n    ^"},
      {"a\n  + ;", "unexpected character ';'\n    + ;\n      ^"},
      {"a \x01", "unexpected byte 0x01\n  a \x01\n    ^"},
      {"'\xff'", "string is not UTF-8\n  '\xff'\n  ^^^"},
      {"a.1", "expected a name after '.', got '1'\n  a.1\n    ^"},
      {"a[x]", "expected a whole number as the index, got 'x'\n  a[x]\n    ^"},
      {"a[1.5]", "expected a whole number as the index, got '1.5'\n  a[1.5]\n    ^^^"},
      {"in x", "expected '(' after 'in', got 'x'\n  in x\n     ^"},
  };
  for (const auto& [text, expected] : kCases) EXPECT_EQ(parsed(text), expected) << text;
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Parser, BoundsDepthAndSize) {
  const auto starts = [](const std::string& text, std::string_view with) {
    return parsed(text).starts_with(with);
  };
  constexpr std::string_view kDeep = "expression is nested deeper than 64";
  EXPECT_TRUE(starts(repeated("(", 70) + "a" + repeated(")", 70), kDeep));
  EXPECT_TRUE(starts(repeated("not ", 70) + "a", kDeep));
  EXPECT_TRUE(starts("a" + repeated(" + a", 70), kDeep));
  EXPECT_TRUE(starts("a" + repeated(".a", 70), kDeep));
  EXPECT_TRUE(starts(repeated("[", 20'000), kDeep));
  EXPECT_TRUE(starts(repeated("f(", 20'000), kDeep));
  EXPECT_TRUE(starts(repeated("a ? ", 200), kDeep));
  EXPECT_TRUE(starts("a" + repeated(" and a", 5'000), "(and a a"));
  EXPECT_TRUE(starts(repeated("(", 60) + "a" + repeated(")", 60), "a"));
  EXPECT_TRUE(starts(std::string(70'000, ' '), "expression is longer than 65536 bytes"));
}

TEST(Parser, SurvivesAnyText) {
  EXPECT_TRUE(rc::check([] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    static constexpr std::string_view kPieces[] = {
        "a",    "count", "(",     ")", "[",   "]",   ",",  ".",   " and ",
        " or ", "not ",  "-",     "+", "30d", "1.5", "'",  "\"",  "?",
        ":",    " in ",  "where", "=", "==",  "<",   "\\", "\xff"};
    Random random(seed);
    std::string text;
    for (std::uint64_t i = random.below(60); i > 0; --i)
      text += kPieces[random.below(std::size(kPieces))];
    const auto result = parse(text);
    if (const auto* fault = std::get_if<Fault>(&result)) {
      RC_ASSERT(fault->offset + fault->length <= text.size());
      RC_ASSERT(!fault->what.empty());
    } else {
      const Ast& ast = std::get<Ast>(result);
      for (const auto& node : ast.nodes) RC_ASSERT(node.offset + node.length <= text.size());
    }
  }));
}

}  // namespace
}  // namespace millrace::expression
