#include "engine/expression/evaluator.hpp"

#include "engine/expression/affine.hpp"

#include <algorithm>

namespace millrace::expression {
namespace {

const AggregateState kNothing;

std::string_view kind_text(EventKind kind) {
  switch (kind) {
    case EventKind::kTrack:
      return "track";
    case EventKind::kPage:
      return "page";
    case EventKind::kScreen:
      return "screen";
    case EventKind::kIdentify:
      return "identify";
    case EventKind::kGroup:
      return "group";
    case EventKind::kAlias:
      return "alias";
    case EventKind::kDerived:
      return "derived";
    case EventKind::kEnter:
      return "enter";
    case EventKind::kExit:
      return "exit";
    case EventKind::kTick:
      return "tick";
    case EventKind::kEpoch:
      return "epoch";
  }
  return {};
}

Value text_or_missing(std::string_view text) { return text.empty() ? Value() : Value::of(text); }

Value envelope(const Event& event, Envelope which) {
  switch (which) {
    case Envelope::kName:
      return text_or_missing(event.name_text);
    case Envelope::kKind:
      return Value::of(kind_text(event.kind));
    case Envelope::kSource:
      return text_or_missing(event.source);
    case Envelope::kUserId:
      return text_or_missing(event.user_id);
    case Envelope::kAnonymousId:
      return text_or_missing(event.anonymous_id);
    case Envelope::kMessageId:
      return text_or_missing(event.message_id);
    case Envelope::kGroupId:
      return text_or_missing(event.group_id);
    case Envelope::kTime:
      return Value::of(event.time);
    case Envelope::kReceived:
      return Value::of(event.received);
  }
  return {};
}

enum class Logic { kFalse, kTrue, kMissing };

Logic logic_of(const Value& value) {
  if (!value.is(ValueKind::kBool)) return Logic::kMissing;
  return value.boolean() ? Logic::kTrue : Logic::kFalse;
}

class Evaluation {
 public:
  Evaluation(const Program& program, const AggregateTable& table, const Facts& facts, Time now)
      : program_(program), table_(table), facts_(facts), now_(now) {}

  Reading run(std::uint32_t index) const {
    const Node& node = program_.nodes[index];
    switch (node.op) {
      case Op::kConstant:
        return {program_.constants[node.a]};
      case Op::kField:
        return {facts_.event ? facts_.event->value(static_cast<FieldId>(node.a)) : Value()};
      case Op::kEnvelope:
        return {facts_.event ? envelope(*facts_.event, static_cast<Envelope>(node.a)) : Value()};
      case Op::kTrait:
        return {facts_.trait(static_cast<NameId>(node.a))};
      case Op::kKey:
        return {facts_.key};
      case Op::kAggregate:
        return state(node.a).read(table_, node.a, now_);
      case Op::kCountWithin:
        return count_within(node);
      case Op::kRace:
        return race(node);
      case Op::kSinceLast:
        return since(state(node.a).read(table_, node.a, now_));
      case Op::kSince:
        return since(run(node.a));
      case Op::kAge:
        return age();
      case Op::kInSegment:
        return {Value::of(facts_.in_segment(node.a))};
      case Op::kCluster:
        return {facts_.cluster()};
      case Op::kPercentile:
        return percentile(node);
      case Op::kConsent:
        return {facts_.consent(static_cast<NameId>(node.a))};
      default:
        return run_operator(node);
    }
  }

 private:
  Reading run_operator(const Node& node) const {
    switch (node.op) {
      case Op::kNot:
        return negation(run(node.a));
      case Op::kNegate:
        return calculate(Op::kSubtract, {Value::of(0.0)}, run(node.a));
      case Op::kPresent:
        return present(run(node.a));
      case Op::kAnd:
        return junction(node, Logic::kFalse);
      case Op::kOr:
        return junction(node, Logic::kTrue);
      case Op::kAdd:
      case Op::kSubtract:
      case Op::kMultiply:
      case Op::kDivide:
      case Op::kModulo:
      case Op::kRatio:
        return calculate(node.op, run(node.a), run(node.b));
      case Op::kDefault:
        return fallback(node);
      case Op::kContains:
      case Op::kStartsWith:
      case Op::kEndsWith:
        return text_test(node);
      case Op::kInList:
        return in_list(node);
      case Op::kIf:
        return choice(node);
      default:
        return compare(node.op, run(node.a), run(node.b), now_);
    }
  }

  const AggregateState& state(AggregateId id) const {
    const bool keyed = table_.stream(table_.aggregate(id).stream).keyed;
    const AggregateState* at = keyed ? facts_.keyed : facts_.aggregates;
    return at ? *at : kNothing;
  }

  Reading count_within(const Node& node) const {
    const Truth truth = state(node.a).count_within(table_, node.a, program_.ranges[node.b], now_);
    return {Value::of(truth.value), 0, truth.until};
  }

  Reading race(const Node& node) const {
    Reading compared = run(node.a);
    if (compared.until == kNever) return compared;
    const CountRace& race = program_.races[node.b];
    compared.until = std::max(compared.until, state(race.left).race_until(table_, race, now_));
    return compared;
  }

  Reading since(const Reading& start) const {
    if (!start.value.is(ValueKind::kTime)) return {Value(), 0, start.until};
    const Duration passed = now_ - start.value.time();
    return {Value::of(static_cast<double>(passed.count())), 1, start.until};
  }

  Reading age() const {
    const Time first = facts_.first_seen();
    return first == kNever ? Reading() : since({Value::of(first)});
  }

  Reading percentile(const Node& node) const {
    Reading of = run(node.b);
    if (of.value.is(ValueKind::kNumber)) {
      of.value = facts_.percentile(node.a, of.value.number());
    } else {
      of.value = Value();
    }
    return of;
  }

  static Reading negation(Reading of) {
    const Logic logic = logic_of(of.value);
    of.value = logic == Logic::kMissing ? Value() : Value::of(logic == Logic::kFalse);
    return of;
  }

  static Reading present(const Reading& of) { return {Value::of(of.value.present()), 0, of.until}; }

  // Kleene's logic: `decisive` decides alone (false for and, true for or). The result then stays as
  // long as any of those that decide it does; otherwise as long as nothing changes. Of those behind
  // one that decides for long, none is looked at: evaluating all at every event costs more than
  // evaluating again once a day.
  Reading junction(const Node& node, Logic decisive) const {
    constexpr Duration kLong = std::chrono::days(1);
    Time decided_until = kBeginning, all_until = kNever;
    bool missing = false;
    for (std::uint32_t i = 0; i < node.b; ++i) {
      const Reading of = run(program_.operands[node.a + i]);
      const Logic logic = logic_of(of.value);
      if (logic == decisive) {
        decided_until = std::max(decided_until, of.until);
        if (of.until == kNever || of.until - now_ >= kLong) break;
      }
      missing |= logic == Logic::kMissing;
      all_until = std::min(all_until, of.until);
    }
    if (decided_until != kBeginning) return {Value::of(decisive == Logic::kTrue), 0, decided_until};
    return {missing ? Value() : Value::of(decisive == Logic::kFalse), 0, all_until};
  }

  Reading fallback(const Node& node) const {
    const Reading first = run(node.a);
    if (first.value.present()) return first;
    Reading second = run(node.b);
    second.until = std::min(first.until, second.until);
    return second;
  }

  Reading text_test(const Node& node) const {
    const Reading text = run(node.a), part = run(node.b);
    Reading result{Value(), 0, std::min(text.until, part.until)};
    if (!text.value.is(ValueKind::kString) || !part.value.is(ValueKind::kString)) return result;
    const std::string_view in = text.value.text(), wanted = part.value.text();
    const bool found = node.op == Op::kContains     ? in.find(wanted) != std::string_view::npos
                       : node.op == Op::kStartsWith ? in.starts_with(wanted)
                                                    : in.ends_with(wanted);
    result.value = Value::of(found);
    return result;
  }

  Reading in_list(const Node& node) const {
    Reading of = run(node.a);
    if (!of.value.present() || of.value.is(ValueKind::kOther)) {
      of.value = Value();
      return of;
    }
    const auto first = program_.constants.begin() + node.b;
    of.value = Value::of(std::find(first, first + node.c, of.value) != first + node.c);
    return of;
  }

  Reading choice(const Node& node) const {
    const Reading condition = run(node.a);
    const Logic logic = logic_of(condition.value);
    if (logic == Logic::kMissing) return {Value(), 0, condition.until};
    Reading chosen = run(logic == Logic::kTrue ? node.b : node.c);
    chosen.until = std::min(chosen.until, condition.until);
    return chosen;
  }

  const Program& program_;
  const AggregateTable& table_;
  const Facts& facts_;
  const Time now_;
};

// An event of another kind is not something that the customer did.
bool counts(EventKind kind) {
  return kind == EventKind::kTrack || kind == EventKind::kPage || kind == EventKind::kScreen ||
         kind == EventKind::kDerived;
}

}  // namespace

Reading evaluate(const Program& program,
                 const AggregateTable& table,
                 const Facts& facts,
                 Time now) {
  return Evaluation(program, table, facts, now).run(program.root);
}

Truth holds(const Program& program, const AggregateTable& table, const Facts& facts, Time now) {
  const Reading reading = evaluate(program, table, facts, now);
  return {logic_of(reading.value) == Logic::kTrue, reading.until};
}

std::size_t feed(const AggregateTable& table,
                 const Facts& facts,
                 AggregateState& profile,
                 AggregateState* keyed) {
  const Event& event = *facts.event;
  if (!counts(event.kind)) return 0;
  std::size_t merged = 0;
  for (const StreamId id : table.streams_of(event.name)) {
    const StreamSpec& stream = table.stream(id);
    if (stream.event == kAnyEvent && event.kind == EventKind::kDerived) continue;
    AggregateState* state = stream.keyed ? keyed : &profile;
    if (!state) continue;
    const Value value = stream.field ? event.value(*stream.field) : Value();
    if (stream.field && !value.present()) continue;
    if (stream.filter && !holds(*stream.filter, table, facts, event.now).value) continue;
    merged += state->add(table, id, event.time, value, event.now);
  }
  return merged;
}

}  // namespace millrace::expression
