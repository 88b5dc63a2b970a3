// The functions of the language. docs/expressions.md describes each.
#include "engine/expression/parser.hpp"
#include "engine/expression/translation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::expression {

std::span<const Translation::EventRule> Translation::event_rules() {
  using enum Function;
  static constexpr std::array<EventRule, 9> kRules = {{
      {"count", "count(purchase, 30d)", kCount, kCount, Role::kNone},
      {"sum", "sum(purchase.value, 30d)", {}, kSum, Role::kNumber},
      {"avg", "avg(purchase.value, 30d)", {}, kAverage, Role::kNumber},
      {"min", "min(purchase.value, 30d)", {}, kMin, Role::kNumber},
      {"max", "max(purchase.value, 30d)", {}, kMax, Role::kNumber},
      {"distinct", "distinct(purchase.sku, 30d)", {}, kDistinct, Role::kHash, true, false},
      {"rate", "rate(purchase, 30d)", kRate, kRate, Role::kNone, true},
      {"first", "first(page_view.utm_source)", kFirstTime, kFirstValue, Role::kAny},
      {"last", "last(page_view.utm_source)", kLastTime, kLastValue, Role::kAny},
  }};
  return kRules;
}

std::span<const Translation::FunctionRule> Translation::function_rules() {
  static constexpr std::array<FunctionRule, 14> kRules = {{
      {"since", "since(purchase)", &Translation::since_call},
      {"exists", "exists(purchase, 30d)", &Translation::exists_call, true},
      {"ratio", "ratio(failed, ok, 24h)", &Translation::ratio_call},
      {"trend", "trend(sessions, 7d, 28d)", &Translation::trend_call},
      {"percentile", "percentile(spend)", &Translation::percentile_call},
      {"in", "in(segment)", &Translation::segment_call},
      {"consent", "consent(marketing)", &Translation::consent_call},
      {"age", "age()", &Translation::age_call},
      {"cluster", "cluster()", &Translation::cluster_call},
      {"if", "if(a > b, a, b)", &Translation::if_call, true},
      {"default", "default(event.value, 0)", &Translation::default_call, true},
      {"contains", "contains(event.path, \"/cart\")", &Translation::text_call, true},
      {"starts_with", "starts_with(event.path, \"/cart\")", &Translation::text_call, true},
      {"ends_with", "ends_with(event.email, \"@example.com\")", &Translation::text_call, true},
  }};
  return kRules;
}

Translation::Maybe Translation::call(NodeId id) {
  const std::string& name = ast_[id].text;
  std::vector<std::string_view> known;
  for (const EventRule& rule : event_rules()) {
    known.push_back(rule.name);
    if (rule.name != name) continue;
    if (scope_ == Scope::kFilter) return fail(id, "a filter can read the event only");
    const auto call = arguments(id, rule.usage);
    return call ? event_call(*call, rule) : std::nullopt;
  }
  for (const FunctionRule& rule : function_rules()) {
    known.push_back(rule.name);
    if (rule.name != name) continue;
    if (scope_ == Scope::kFilter && !rule.in_filter)
      return fail(id, "a filter can read the event only");
    const auto call = arguments(id, rule.usage);
    return call ? (this->*rule.handler)(*call) : std::nullopt;
  }
  fail(id, fmt::format("unknown function '{}'", name), did_you_mean(name, known));
  fault_.length = name.size();
  return std::nullopt;
}

std::optional<Call> Translation::arguments(NodeId id, std::string_view usage) {
  Call call;
  call.id = id;
  call.function = ast_[id].text;
  call.usage = usage;
  for (const NodeId child : ast_[id].children) {
    const SyntaxNode& node = ast_[child];
    Call::Argument argument{node.text, node.children[0], std::nullopt};
    if (node.children.size() > 1) argument.filter = node.children[1];
    if (argument.name.empty() && !call.named.empty())
      return fail(child, "a named argument is followed by one without a name"), std::nullopt;
    (argument.name.empty() ? call.positional : call.named).push_back(std::move(argument));
  }
  return call;
}

// Checks the number of arguments. Named ones are only for span(), which knows them.
bool Translation::takes(const Call& call, std::size_t count, bool named) {
  const std::string hint = fmt::format("write {}", call.usage);
  if (!named && !call.named.empty())
    return fail(call.named[0].value,
                fmt::format("{} has no argument '{}'", call.function, call.named[0].name),
                hint),
           false;
  if (call.positional.size() == count) return true;
  const auto wanted = count == 0   ? "no arguments"
                      : count == 1 ? "one argument"
                                   : fmt::format("{} arguments", count);
  fail(call.id,
       fmt::format("{} takes {}, got {}", call.function, wanted, call.positional.size()),
       hint);
  return false;
}

// The one argument, if it is a name, plain or in quotes.
const std::string* Translation::plain_name(const Call& call, std::string_view what) {
  if (!takes(call, 1)) return nullptr;
  const SyntaxNode& node = ast_[call.positional[0].value];
  if (node.kind == Syntax::kName || node.kind == Syntax::kString) return &node.text;
  fail(call.positional[0].value,
       fmt::format("expected the name of a {}", what),
       fmt::format("write {}", call.usage));
  return nullptr;
}

Translation::Maybe Translation::percentile_call(const Call& call) {
  const std::string* name = plain_name(call, "feature");
  if (!name) return std::nullopt;
  const NodeId id = call.positional[0].value;
  const auto which = find_feature(*name);
  if (!which)
    return fail(
        id, fmt::format("unknown feature '{}'", *name), did_you_mean(*name, feature_names()));
  const Maybe of = feature(id, *which);
  if (!of || !check(id, Type::kNumber, *of) || !still(id, *of, "ranked in the population"))
    return std::nullopt;
  program().needs.percentiles.push_back(*which);
  return emit({Op::kPercentile, *which, of->node}, Type::kNumber, {*of});
}

Translation::Maybe Translation::segment_call(const Call& call) {
  const std::string* name = plain_name(call, "segment");
  if (!name) return std::nullopt;
  const auto& segments = target_.environment.segments;
  const auto at = std::find(segments.begin(), segments.end(), *name);
  if (at == segments.end())
    return fail(call.positional[0].value,
                fmt::format("unknown segment '{}'", *name),
                did_you_mean(*name, {segments.begin(), segments.end()}));
  const auto segment = static_cast<SegmentId>(at - segments.begin());
  program().needs.segments.push_back(segment);
  return emit({Op::kInSegment, segment}, Type::kBool);
}

Translation::Maybe Translation::consent_call(const Call& call) {
  const std::string* name = plain_name(call, "purpose");
  if (!name) return std::nullopt;
  const NameId purpose = target_.catalog.purposes.add(*name);
  program().needs.purposes.push_back(purpose);
  return emit({Op::kConsent, purpose}, Type::kBool);
}

Translation::Maybe Translation::age_call(const Call& call) {
  if (!takes(call, 0)) return std::nullopt;
  Operand result = emit({Op::kAge}, Type::kDuration);
  result.moves = true;
  return result;
}

Translation::Maybe Translation::cluster_call(const Call& call) {
  if (!takes(call, 0)) return std::nullopt;
  program().needs.cluster = true;
  return emit({Op::kCluster}, Type::kNumber);
}

Translation::Maybe Translation::if_call(const Call& call) {
  if (!takes(call, 3)) return std::nullopt;
  return conditional(
      call.id, call.positional[0].value, call.positional[1].value, call.positional[2].value);
}

Translation::Maybe Translation::default_call(const Call& call) {
  if (!takes(call, 2)) return std::nullopt;
  const Maybe first = expression(call.positional[0].value);
  if (!first) return first;
  const Maybe second = expression(call.positional[1].value);
  if (!second) return second;
  const auto type = common_type(call.positional[1].value, *first, *second);
  if (!type) return std::nullopt;
  return emit({Op::kDefault, first->node, second->node}, *type, {*first, *second});
}

Translation::Maybe Translation::text_call(const Call& call) {
  if (!takes(call, 2)) return std::nullopt;
  std::array<Operand, 2> operands;
  for (std::size_t i = 0; i < 2; ++i) {
    const NodeId id = call.positional[i].value;
    const Maybe operand = expression(id);
    if (!operand || !check(id, Type::kString, *operand)) return std::nullopt;
    operands[i] = *operand;
  }
  const Op op = call.function == "contains"      ? Op::kContains
                : call.function == "starts_with" ? Op::kStartsWith
                                                 : Op::kEndsWith;
  return emit({op, operands[0].node, operands[1].node}, Type::kBool, {operands[0], operands[1]});
}

}  // namespace millrace::expression
