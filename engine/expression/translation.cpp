#include "engine/expression/translation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::expression {

Operand Translation::emit(Node node, Type type, std::initializer_list<Operand> operands) {
  Operand result;
  result.type = type;
  for (const Operand& operand : operands) {
    result.moves |= operand.moves;
    result.cost += operand.cost;
    result.height = std::max(result.height, operand.height + 1);
  }
  // A truth flips at instants, and between them does not change.
  if (type == Type::kBool) result.moves = false;
  result.node = static_cast<std::uint32_t>(program().nodes.size());
  program().nodes.push_back(node);
  return result;
}

Operand Translation::constant(const Value& value, Type type) {
  program().constants.push_back(value);
  return emit({Op::kConstant, static_cast<std::uint32_t>(program().constants.size() - 1)}, type);
}

Operand Translation::text_constant(std::string_view text) {
  program().texts.emplace_back(text);
  return constant(Value::of(std::string_view(program().texts.back())), Type::kString);
}

std::optional<double> Translation::constant_number(const Operand& operand) const {
  const Node& node = target_.program.nodes[operand.node];
  if (node.op != Op::kConstant) return std::nullopt;
  const Value& value = target_.program.constants[node.a];
  return value.is(ValueKind::kNumber) ? std::optional(value.number()) : std::nullopt;
}

std::nullopt_t Translation::fail(NodeId id, std::string what, std::string hint) {
  fault_ = {ast_[id].offset, ast_[id].length, std::move(what), std::move(hint)};
  return std::nullopt;
}

std::nullopt_t Translation::expected(NodeId id, std::string_view wanted, const Operand& got) {
  return fail(id, fmt::format("expected {}, got {}", wanted, type_name(got.type)));
}

bool Translation::check(NodeId id, Type wanted, const Operand& got) {
  if (wanted == Type::kAny || got.type == Type::kAny || got.type == wanted) return true;
  expected(id, type_name(wanted), got);
  return false;
}

bool Translation::still(NodeId id, const Operand& got, std::string_view where) {
  if (!got.moves) return true;
  fail(id,
       fmt::format("a value that changes with time cannot be {}", where),
       "compare it with a constant first");
  return false;
}

std::optional<FeatureId> Translation::find_feature(std::string_view name) const {
  const auto& features = target_.environment.features;
  const auto at =
      std::find_if(features.begin(), features.end(), [&](auto& one) { return one.name == name; });
  return at == features.end() ? std::nullopt
                              : std::optional(static_cast<FeatureId>(at - features.begin()));
}

std::vector<std::string_view> Translation::feature_names() const {
  std::vector<std::string_view> names;
  for (const auto& one : target_.environment.features) names.push_back(one.name);
  return names;
}

}  // namespace millrace::expression
