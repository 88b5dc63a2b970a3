#include "engine/expression/compiler.hpp"

#include "engine/expression/affine.hpp"
#include "engine/expression/parser.hpp"
#include "engine/expression/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace millrace::expression {
namespace {

// Features make a program larger than its text: bound what one evaluation may visit, and how deep.
constexpr std::uint32_t kCostMax = 10'000;
constexpr std::uint32_t kHeightMax = 4 * kDepthMax;

constexpr std::array<std::pair<std::string_view, Op>, 11> kOperators = {{{"==", Op::kEqual},
                                                                         {"!=", Op::kNotEqual},
                                                                         {"<", Op::kLess},
                                                                         {"<=", Op::kLessEqual},
                                                                         {">", Op::kGreater},
                                                                         {">=", Op::kGreaterEqual},
                                                                         {"+", Op::kAdd},
                                                                         {"-", Op::kSubtract},
                                                                         {"*", Op::kMultiply},
                                                                         {"/", Op::kDivide},
                                                                         {"%", Op::kModulo}}};

Op operator_of(std::string_view text) {
  const auto* at = std::find_if(
      kOperators.begin(), kOperators.end(), [&](auto& op) { return op.first == text; });
  CHECK(at != kOperators.end());
  return at->second;
}

Op mirrored(Op op) {
  switch (op) {
    case Op::kLess:
      return Op::kGreater;
    case Op::kLessEqual:
      return Op::kGreaterEqual;
    case Op::kGreater:
      return Op::kLess;
    case Op::kGreaterEqual:
      return Op::kLessEqual;
    default:
      return op;
  }
}

// Of left `op` right, where both are of known type; nothing if they do not go together.
std::optional<Type> arithmetic_type(Op op, Type left, Type right) {
  using enum Type;
  if (left == kNumber && right == kNumber) return kNumber;
  const bool sum = op == Op::kAdd || op == Op::kSubtract;
  if (sum && left == kDuration && right == kDuration) return kDuration;
  if (sum && left == kTime && right == kDuration) return kTime;
  if (op == Op::kAdd && left == kDuration && right == kTime) return kTime;
  if (op == Op::kSubtract && left == kTime && right == kTime) return kDuration;
  if ((op == Op::kMultiply || op == Op::kDivide) && left == kDuration && right == kNumber)
    return kDuration;
  if (op == Op::kMultiply && left == kNumber && right == kDuration) return kDuration;
  if (op == Op::kDivide && left == kDuration && right == kDuration) return kNumber;
  return std::nullopt;
}

template <class T>
void tidy(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

}  // namespace

Compiled compile(std::string_view text,
                 const Environment& environment,
                 Catalog& catalog,
                 Type expected) {
  auto parsed = parse(text);
  if (auto* fault = std::get_if<Fault>(&parsed)) return std::move(*fault);
  Program program;
  Target target{program, environment, catalog, {}};
  Translation translation(std::get<Ast>(parsed),
                          target,
                          Scope::kExpression,
                          static_cast<FeatureId>(environment.features.size()));
  const auto root = translation.run(expected);
  if (!root) return translation.fault();
  program.root = root->node;
  program.type = root->type;
  tidy(program.needs.aggregates);
  tidy(program.needs.fields);
  tidy(program.needs.traits);
  tidy(program.needs.purposes);
  tidy(program.needs.segments);
  tidy(program.needs.percentiles);
  return program;
}

std::optional<Operand> Translation::run(Type wanted) {
  const NodeId root = ast_.root();
  const Maybe result = expression(root);
  if (!result) return result;
  if (result->type == Type::kList)
    return expected(root, wanted == Type::kAny ? "a value" : type_name(wanted), *result);
  if (!check(root, wanted, *result)) return std::nullopt;
  return result;
}

Translation::Maybe Translation::expression(NodeId id) {
  const SyntaxNode& node = ast_[id];
  switch (node.kind) {
    case Syntax::kNumber:
      return constant(Value::of(node.number), Type::kNumber);
    case Syntax::kDuration:
      return constant(Value::of(node.number), Type::kDuration);
    case Syntax::kString:
      return text_constant(node.text);
    case Syntax::kName:
      return name(id);
    case Syntax::kMember:
    case Syntax::kIndex:
      return member(id);
    case Syntax::kCall:
      return call(id);
    case Syntax::kUnary:
      return unary(id);
    case Syntax::kBinary:
      return node.text == "and" || node.text == "or" ? junction(id) : binary(id);
    case Syntax::kConditional:
      return conditional(id, node.children[0], node.children[1], node.children[2]);
    case Syntax::kList:
      return fail(id, "a list can only be on the right of 'in'");
    case Syntax::kArgument:
      break;
  }
  CHECK(false);
}

Translation::Maybe Translation::name(NodeId id) {
  const std::string& text = ast_[id].text;
  if (text == "true" || text == "false") return constant(Value::of(text == "true"), Type::kBool);
  if (text == "null")
    return fail(id, "there is no null", "exists(x) asks whether there is a value");
  if (text == "key") {
    if (!target_.environment.key)
      return fail(id, "there is no 'key' here", "it belongs to rules that have a 'by'");
    program().needs.key = true;
    return emit({Op::kKey}, *target_.environment.key);
  }
  if (scope_ == Scope::kFilter) return property(id, field_path({text, ""}));
  if (const auto which = find_feature(text)) return feature(id, *which);
  auto hint = did_you_mean(text, feature_names());
  if (hint.empty() && target_.environment.event)
    hint = fmt::format("a property of the event is event.{}", text);
  if (text == "event" || text == "profile") hint = fmt::format("write {}.name", text);
  return fail(id, fmt::format("unknown name '{}'", text), std::move(hint));
}

Translation::Maybe Translation::feature(NodeId id, FeatureId which) {
  const auto& declared = target_.environment.features[which];
  if (which >= features_end_)
    return fail(id,
                fmt::format("feature '{}' is declared later", declared.name),
                "a feature can use those above it");
  if (const auto at = target_.features.find(which); at != target_.features.end()) return at->second;
  const auto parsed = parse(declared.text);
  const Fault* fault = std::get_if<Fault>(&parsed);
  Maybe result;
  if (!fault) {
    Translation inner(std::get<Ast>(parsed), target_, Scope::kFeature, which);
    result = inner.run(Type::kAny);
    if (!result)
      return fail(id, fmt::format("feature '{}' is wrong: {}", declared.name, inner.fault().what));
    target_.features.emplace(which, *result);
    return result;
  }
  return fail(id, fmt::format("feature '{}' is wrong: {}", declared.name, fault->what));
}

Translation::Maybe Translation::unary(NodeId id) {
  const NodeId of = ast_[id].children[0];
  const Maybe operand = expression(of);
  if (!operand) return operand;
  if (ast_[id].text == "not") {
    if (!check(of, Type::kBool, *operand)) return std::nullopt;
    return emit({Op::kNot, operand->node}, Type::kBool, {*operand});
  }
  if (const auto number = constant_number(*operand))
    return constant(Value::of(-*number), operand->type);
  if (operand->type != Type::kDuration && !check(of, Type::kNumber, *operand)) return std::nullopt;
  const Type type = operand->type == Type::kDuration ? Type::kDuration : Type::kNumber;
  return emit({Op::kNegate, operand->node}, type, {*operand});
}

Translation::Maybe Translation::junction(NodeId id) {
  std::vector<std::uint32_t> nodes;
  Operand all;
  for (const NodeId child : ast_[id].children) {
    const Maybe operand = expression(child);
    if (!operand || !check(child, Type::kBool, *operand)) return std::nullopt;
    nodes.push_back(operand->node);
    all.cost += operand->cost;
    all.height = std::max(all.height, operand->height);
  }
  const auto first = static_cast<std::uint32_t>(program().operands.size());
  program().operands.insert(program().operands.end(), nodes.begin(), nodes.end());
  const Op op = ast_[id].text == "and" ? Op::kAnd : Op::kOr;
  if (all.cost > kCostMax)
    return fail(id, "the expression is too large once its features are written out");
  return emit({op, first, static_cast<std::uint32_t>(nodes.size())}, Type::kBool, {all});
}

Translation::Maybe Translation::binary(NodeId id) {
  const SyntaxNode& node = ast_[id];
  if (node.text == "in") return membership(id);
  Maybe left = expression(node.children[0]);
  if (!left) return left;
  Maybe right = expression(node.children[1]);
  if (!right) return right;
  if (left->cost + right->cost > kCostMax || std::max(left->height, right->height) > kHeightMax)
    return fail(id, "the expression is too large once its features are written out");
  const Op op = operator_of(node.text);
  if (op >= Op::kEqual) return comparison(id, op, *left, *right);
  return arithmetic(id, op, *left, *right);
}

Translation::Maybe Translation::membership(NodeId id) {
  const NodeId of = ast_[id].children[0], list = ast_[id].children[1];
  const Maybe operand = expression(of);
  if (!operand || !still(of, *operand, "looked up in a list")) return std::nullopt;
  if (ast_[list].kind != Syntax::kList) {
    const Maybe got = expression(list);
    if (!got) return got;
    return expected(list, "a list such as [1, 2]", *got);
  }
  std::vector<Value> values;
  for (const NodeId element : ast_[list].children) {
    const Maybe value = expression(element);
    if (!value) return value;
    if (program().nodes[value->node].op != Op::kConstant)
      return fail(element, "a list holds constants only");
    if (operand->type != Type::kAny && operand->type != value->type)
      return expected(element, type_name(operand->type), *value);
    values.push_back(program().constants[program().nodes[value->node].a]);
  }
  const auto first = static_cast<std::uint32_t>(program().constants.size());
  program().constants.insert(program().constants.end(), values.begin(), values.end());
  return emit({Op::kInList, operand->node, first, static_cast<std::uint32_t>(values.size())},
              Type::kBool,
              {*operand});
}

Translation::Maybe Translation::conditional(NodeId id,
                                            NodeId condition_id,
                                            NodeId yes_id,
                                            NodeId no_id) {
  const Maybe condition = expression(condition_id);
  if (!condition || !check(condition_id, Type::kBool, *condition)) return std::nullopt;
  const Maybe yes = expression(yes_id);
  if (!yes) return yes;
  const Maybe no = expression(no_id);
  if (!no) return no;
  const auto type = common_type(no_id, *yes, *no);
  if (!type) return std::nullopt;
  Operand result =
      emit({Op::kIf, condition->node, yes->node, no->node}, *type, {*condition, *yes, *no});
  if (result.cost > kCostMax)
    return fail(id, "the expression is too large once its features are written out");
  return result;
}

// Where one side is a time, a string on the other is read as an instant.
bool Translation::read_times(NodeId left_id, NodeId right_id, Operand& left, Operand& right) {
  const auto read = [&](NodeId id, Operand& operand) {
    const auto time = parse_time(ast_[id].text);
    if (!time)
      return fail(id,
                  fmt::format("'{}' is not a time", ast_[id].text),
                  "times look like 2026-11-21T20:54:37Z"),
             false;
    operand = constant(Value::of(*time), Type::kTime);
    return true;
  };
  if (left.type == Type::kTime && ast_[right_id].kind == Syntax::kString)
    return read(right_id, right);
  if (right.type == Type::kTime && ast_[left_id].kind == Syntax::kString)
    return read(left_id, left);
  return true;
}

Translation::Maybe Translation::comparison(NodeId id, Op op, Operand left, Operand right) {
  const NodeId left_id = ast_[id].children[0], right_id = ast_[id].children[1];
  if (!read_times(left_id, right_id, left, right)) return std::nullopt;
  const auto type = common_type(right_id, left, right);
  if (!type) return std::nullopt;
  if (*type == Type::kBool && op != Op::kEqual && op != Op::kNotEqual)
    return fail(id, fmt::format("bool has no order: '{}' cannot compare it", ast_[id].text));
  if (const auto limit = constant_number(right); limit && left.type == Type::kNumber)
    if (const Maybe within = count_comparison(op, left, *limit)) return within;
  if (const auto limit = constant_number(left); limit && right.type == Type::kNumber)
    if (const Maybe within = count_comparison(mirrored(op), right, *limit)) return within;
  Operand result = emit({op, left.node, right.node}, Type::kBool, {left, right});
  result.moves = false;
  return op == Op::kEqual || op == Op::kNotEqual ? result : race(result, left, right);
}

// `count(x, 30d) >= 3` asks for a range of counts, whose end the evaluator can foresee. Nothing if
// the operand is no count.
Translation::Maybe Translation::count_comparison(Op op, const Operand& count, double limit) {
  const Node node = program().nodes[count.node];
  if (node.op != Op::kAggregate) return std::nullopt;
  const AggregateSpec& spec = target_.catalog.aggregates.aggregate(node.a);
  const bool rate = spec.function == Function::kRate;
  if (!rate && spec.function != Function::kCount && spec.function != Function::kDistinct)
    return std::nullopt;
  // Computed as the evaluator would, so that both agree to the last bit.
  const double days = rate ? static_cast<double>(spec.window.count()) / 86'400'000 : 1;
  constexpr double kCounts = 4'294'967'296.0;
  const auto first = [&](auto reaches) {
    std::uint64_t n =
        static_cast<std::uint64_t>(std::clamp(std::floor(limit * days) - 2, 0.0, kCounts));
    while (static_cast<double>(n) < kCounts && !reaches(static_cast<double>(n) / days)) ++n;
    return n;
  };
  const std::uint64_t at_least = first([&](double value) { return value >= limit; });
  const std::uint64_t more = first([&](double value) { return value > limit; });
  CountRange range;
  const bool outside = op == Op::kLess || op == Op::kLessEqual || op == Op::kNotEqual;
  range.low = op == Op::kGreater || op == Op::kLessEqual ? more : at_least;
  if (op == Op::kEqual || op == Op::kNotEqual) {
    if (more == at_least) return constant(Value::of(op == Op::kNotEqual), Type::kBool);
    range.high = more - 1;
  }
  program().ranges.push_back(range);
  const auto which = static_cast<std::uint32_t>(program().ranges.size() - 1);
  const Operand within = emit({Op::kCountWithin, node.a, which}, Type::kBool);
  return outside ? emit({Op::kNot, within.node}, Type::kBool, {within}) : within;
}

std::optional<Type> Translation::common_type(NodeId id, const Operand& left, const Operand& right) {
  if (left.type == right.type || right.type == Type::kAny) return left.type;
  if (left.type == Type::kAny) return right.type;
  std::string hint;
  if (left.type == Type::kDuration && right.type == Type::kNumber)
    hint = "a duration has a unit: 30d";
  fail(id,
       fmt::format("expected {}, got {}", type_name(left.type), type_name(right.type)),
       std::move(hint));
  return std::nullopt;
}

Translation::Maybe Translation::arithmetic(NodeId id,
                                           Op op,
                                           const Operand& left,
                                           const Operand& right) {
  const NodeId left_id = ast_[id].children[0], right_id = ast_[id].children[1];
  for (const auto& [operand, at] : {std::pair(&left, left_id), std::pair(&right, right_id)})
    if (operand->type == Type::kBool || operand->type == Type::kString)
      return expected(at, "number", *operand);
  if (op == Op::kMultiply && left.moves && right.moves)
    return fail(id,
                "the product of two values that change with time is not supported",
                "when it would reach a limit is not known in advance");
  if ((op == Op::kDivide || op == Op::kModulo) && !still(right_id, right, "a divisor"))
    return std::nullopt;
  if (op == Op::kModulo && !still(left_id, left, "divided with '%'")) return std::nullopt;
  const bool any = left.type == Type::kAny || right.type == Type::kAny;
  const auto type = any ? std::optional(Type::kAny) : arithmetic_type(op, left.type, right.type);
  if (!type)
    return fail(id,
                fmt::format("'{}' does not go with {} and {}",
                            ast_[id].text,
                            type_name(left.type),
                            type_name(right.type)));
  return emit({op, left.node, right.node}, *type, {left, right});
}

}  // namespace millrace::expression
