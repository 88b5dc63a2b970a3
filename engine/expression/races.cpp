// Comparisons of two counts, such as `rate(any, 7d) < 0.4 * rate(any, 28d, offset=7d)` and
// `ratio(failed, ok, 1d) > 0.5`: the evaluator can foresee how long one stays ahead of the other.
#include "engine/expression/translation.hpp"

#include <cmath>
#include <tuple>
#include <utility>

namespace millrace::expression {

// The count that a node is so many times of. Nothing if it is none over a window, or if a weight is
// not more than 0.
std::optional<Translation::Points> Translation::points(std::uint32_t index) const {
  const Node& node = target_.program.nodes[index];
  const auto number = [&](std::uint32_t at) {
    Operand operand;
    operand.node = at;
    return constant_number(operand).value_or(0);
  };
  const auto times = [&](std::uint32_t of, double weight) -> std::optional<Points> {
    if (!(weight > 0) || !std::isfinite(weight)) return std::nullopt;
    auto made = points(of);
    if (made) made->weight *= weight;
    return made;
  };
  if (node.op == Op::kMultiply)
    return number(node.a) > 0 ? times(node.b, number(node.a)) : times(node.a, number(node.b));
  if (node.op == Op::kDivide) return times(node.a, 1 / number(node.b));
  if (node.op != Op::kAggregate) return std::nullopt;
  const AggregateSpec& spec = target_.catalog.aggregates.aggregate(node.a);
  if (spec.window.count() == 0) return std::nullopt;
  if (spec.function == Function::kCount) return Points{node.a, 1};
  if (spec.function != Function::kRate) return std::nullopt;
  return Points{node.a, 86'400'000 / static_cast<double>(spec.window.count())};
}

Operand Translation::race(const Operand& comparison, const Operand& left, const Operand& right) {
  const auto parts = [&](const Operand& of, const Operand& limit) {
    const Node& node = program().nodes[of.node];
    const double factor = constant_number(limit).value_or(0);
    std::pair<std::optional<Points>, std::optional<Points>> made;
    if (node.op != Op::kRatio || !(factor > 0)) return made;
    made = {points(node.a), points(node.b)};
    if (made.second) made.second->weight *= factor;
    return made;
  };
  auto [first, second] = parts(left, right);
  if (!first) std::tie(second, first) = parts(right, left);
  if (!first && !second) {
    first = points(left.node);
    second = points(right.node);
  }
  if (!first || !second) return comparison;
  const auto& aggregates = target_.catalog.aggregates;
  const auto keyed = [&](AggregateId id) {
    return aggregates.stream(aggregates.aggregate(id).stream).keyed;
  };
  if (keyed(first->count) != keyed(second->count)) return comparison;
  program().races.push_back({first->count, second->count, first->weight, second->weight});
  const auto which = static_cast<std::uint32_t>(program().races.size() - 1);
  return emit({Op::kRace, comparison.node, which}, Type::kBool, {comparison});
}

}  // namespace millrace::expression
