// The functions of events over windows.
#include "engine/expression/parser.hpp"
#include "engine/expression/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::expression {

std::optional<Duration> Translation::duration(NodeId id) {
  static constexpr std::array<std::string_view, 5> kCalendar = {
      "today", "yesterday", "this_week", "this_month", "this_year"};
  constexpr double kLongest = 100 * 365.25 * 86'400'000.0;
  const SyntaxNode& node = ast_[id];
  if (node.kind == Syntax::kName &&
      std::find(kCalendar.begin(), kCalendar.end(), node.text) != kCalendar.end())
    return fail(id, "calendar windows are not supported yet", "write a duration such as 30d"),
           std::nullopt;
  if (node.kind != Syntax::kDuration)
    return fail(id,
                fmt::format("expected a duration, got '{}'",
                            ast_.text.substr(node.offset, node.length)),
                "such as 30d"),
           std::nullopt;
  if (node.number <= 0 || node.number > kLongest)
    return fail(id, "a window is longer than nothing and at most a hundred years"), std::nullopt;
  return Duration(static_cast<std::int64_t>(node.number));
}

// The window, which is positional argument `at`, and the named offset=.
std::optional<Translation::Span> Translation::span(const Call& call,
                                                   std::size_t at,
                                                   bool required) {
  Span span;
  const std::string hint = fmt::format("write {}", call.usage);
  if (call.positional.size() > at + 1)
    return fail(call.positional[at + 1].value,
                fmt::format("{} has no further argument", call.function),
                hint),
           std::nullopt;
  if (call.positional.size() > at) {
    if (call.positional[at].filter)
      return fail(*call.positional[at].filter, "'where' belongs to the event, before the window"),
             std::nullopt;
    const auto window = duration(call.positional[at].value);
    if (!window) return std::nullopt;
    span.window = *window;
  } else if (required) {
    return fail(call.id, fmt::format("{} needs a window", call.function), hint), std::nullopt;
  }
  for (const auto& argument : call.named) {
    if (argument.name == "tz")
      return fail(argument.value, "calendar windows are not supported yet"), std::nullopt;
    if (argument.name != "offset")
      return fail(argument.value,
                  fmt::format("{} has no argument '{}'", call.function, argument.name),
                  did_you_mean(argument.name, {"offset"})),
             std::nullopt;
    if (argument.filter)
      return fail(*argument.filter, "'where' belongs to the event, before the window"),
             std::nullopt;
    if (span.window.count() == 0)
      return fail(argument.value, "an offset needs a window"), std::nullopt;
    const auto offset = duration(argument.value);
    if (!offset) return std::nullopt;
    span.offset = *offset;
  }
  return span;
}

Translation::Maybe Translation::aggregate(Function function,
                                          StreamId stream,
                                          Span span,
                                          Type type) {
  const AggregateId id =
      target_.catalog.aggregates.add({function, stream, span.window, span.offset});
  program().needs.aggregates.push_back(id);
  return emit({Op::kAggregate, id}, type);
}

Translation::Maybe Translation::event_call(const Call& call, const EventRule& rule) {
  if (call.positional.empty())
    return fail(
        call.id, fmt::format("{} of what?", rule.name), fmt::format("write {}", rule.usage));
  const auto window = span(call, 1, rule.window_required);
  if (!window) return std::nullopt;
  if (!rule.offset_allowed && window->offset.count() > 0)
    return fail(call.id, fmt::format("{} with an offset is not supported yet", rule.name));
  bool field = false;
  const auto of = stream(call.positional[0], rule.role, field);
  if (!of) return std::nullopt;
  const auto function = field ? rule.of_field : rule.of_event;
  if (!function)
    return fail(call.positional[0].value,
                fmt::format("{} needs a field of the event", rule.name),
                fmt::format("write {}", rule.usage));
  if (function == Function::kFirstValue && window->window.count() > 0)
    return fail(
        call.id, "first of a field within a window is not supported yet", "without a window it is");
  if (function == Function::kLastValue && window->offset.count() > 0)
    return fail(call.id, "last of a field with an offset is not supported yet");
  const bool value = function == Function::kFirstValue || function == Function::kLastValue;
  const bool time = function == Function::kFirstTime || function == Function::kLastTime;
  Type type = time ? Type::kTime : Type::kNumber;
  if (value) {
    const auto& declared = target_.environment.properties.names;
    const auto at = declared.find(target_.catalog.aggregates.stream(*of).field_path);
    type = at == declared.end() ? Type::kAny : at->second;
  }
  return aggregate(*function, *of, *window, type);
}

Translation::Maybe Translation::since_call(const Call& call) {
  if (!takes(call, 1)) return std::nullopt;
  const auto& argument = call.positional[0];
  if (is_event_reference(argument.value)) {
    bool field = false;
    const auto of = stream(argument, Role::kNone, field);
    if (!of) return std::nullopt;
    if (field)
      return fail(argument.value,
                  "since takes an event or a time",
                  "since(purchase), since(last(trial.ends_at))");
    Maybe result = aggregate(Function::kLastTime, *of, {}, Type::kDuration);
    program().nodes[result->node].op = Op::kSinceLast;
    result->moves = true;
    return result;
  }
  const Maybe start = expression(argument.value);
  if (!start || !check(argument.value, Type::kTime, *start) ||
      !still(argument.value, *start, "what since counts from"))
    return std::nullopt;
  Operand result = emit({Op::kSince, start->node}, Type::kDuration, {*start});
  result.moves = true;
  return result;
}

Translation::Maybe Translation::exists_call(const Call& call) {
  if (call.positional.empty())
    return fail(call.id, "exists of what?", fmt::format("write {}", call.usage));
  const auto& argument = call.positional[0];
  if (!is_event_reference(argument.value)) {
    if (!takes(call, 1)) return std::nullopt;
    const Maybe of = expression(argument.value);
    return of ? Maybe(emit({Op::kPresent, of->node}, Type::kBool, {*of})) : of;
  }
  const auto window = span(call, 1, false);
  if (!window) return std::nullopt;
  bool field = false;
  const auto of = stream(argument, Role::kNone, field);
  if (!of) return std::nullopt;
  const Maybe count = aggregate(Function::kCount, *of, *window, Type::kNumber);
  return count_comparison(Op::kGreaterEqual, *count, 1);
}

Translation::Maybe Translation::ratio_call(const Call& call) {
  if (call.positional.size() < 2)
    return fail(call.id, "ratio of what to what?", fmt::format("write {}", call.usage));
  const auto window = span(call, 2, false);
  if (!window) return std::nullopt;
  std::array<Operand, 2> counts;
  for (std::size_t i = 0; i < 2; ++i) {
    bool field = false;
    const auto of = stream(call.positional[i], Role::kNone, field);
    if (!of) return std::nullopt;
    counts[i] = *aggregate(Function::kCount, *of, *window, Type::kNumber);
  }
  return emit({Op::kRatio, counts[0].node, counts[1].node}, Type::kNumber, {counts[0], counts[1]});
}

// The stream behind a feature that counts or sums one, or behind an event.
std::optional<StreamId> Translation::trend_stream(const Call& call, Function& function) {
  const auto& argument = call.positional[0];
  const SyntaxNode& node = ast_[argument.value];
  const auto which = node.kind == Syntax::kName ? find_feature(node.text) : std::nullopt;
  bool field = false;
  if (!which || *which >= features_end_) return stream(argument, Role::kNone, field);
  const auto parsed = parse(target_.environment.features[*which].text);
  const Ast* ast = std::get_if<Ast>(&parsed);
  const bool sums = ast && (*ast)[ast->root()].text == "sum";
  const bool counted = ast && (*ast)[ast->root()].kind == Syntax::kCall &&
                       (sums || (*ast)[ast->root()].text == "count");
  if (!counted)
    return fail(argument.value,
                fmt::format("trend needs a feature that is one count or one sum; '{}' is not",
                            node.text)),
           std::nullopt;
  function = sums ? Function::kSumRate : Function::kRate;
  Translation inner(*ast, target_, Scope::kFeature, *which);
  const auto of = inner.arguments(ast->root(), "");
  std::optional<StreamId> result;
  if (of && !of->positional.empty())
    result = inner.stream(of->positional[0], sums ? Role::kNumber : Role::kNone, field);
  if (!result || sums != field) {
    fail(argument.value, fmt::format("feature '{}' is wrong: {}", node.text, inner.fault().what));
    return std::nullopt;
  }
  return result;
}

// How often now, to how often before: the rate in the last w1, to the rate in the w2 before it.
Translation::Maybe Translation::trend_call(const Call& call) {
  if (!takes(call, 3)) return std::nullopt;
  const auto recent = duration(call.positional[1].value);
  if (!recent) return std::nullopt;
  const auto before = duration(call.positional[2].value);
  if (!before) return std::nullopt;
  Function function = Function::kRate;
  const auto of = trend_stream(call, function);
  if (!of) return std::nullopt;
  const Operand now = *aggregate(function, *of, {*recent, Duration(0)}, Type::kNumber);
  const Operand then = *aggregate(function, *of, {*before, *recent}, Type::kNumber);
  return emit({Op::kRatio, now.node, then.node}, Type::kNumber, {now, then});
}

}  // namespace millrace::expression
