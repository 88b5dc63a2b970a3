// An expression ready to run: what the compiler makes and the evaluator reads. Immutable; any
// thread.
#pragma once

#include "engine/event/names.hpp"
#include "engine/event/projection.hpp"
#include "engine/event/value.hpp"
#include "engine/expression/aggregate.hpp"
#include "engine/expression/aggregate_state.hpp"
#include "engine/expression/type.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace millrace::expression {

using SegmentId = std::uint32_t;  // the place in Environment::segments
using FeatureId = std::uint32_t;  // the place in Environment::features

enum class Op : std::uint8_t {
  kConstant,     // constants[a]
  kField,        // field a of the event
  kEnvelope,     // Envelope a of the event
  kTrait,        // trait a of the profile
  kKey,          // what the rule's `by` is for this event
  kAggregate,    // aggregate a
  kCountWithin,  // whether count a is in ranges[b]
  kRace,         // node a, which compares two counts and turns when races[b] can
  kSinceLast,    // now - aggregate a, a time
  kSince,        // now - node a, a time
  kAge,          // now - when the profile was first seen
  kInSegment,    // segment a
  kCluster,
  kPercentile,  // rank in the population of node b as feature a
  kConsent,     // purpose a
  kNot,         // node a
  kNegate,
  kPresent,
  kAnd,  // b nodes, at operands[a]
  kOr,
  kAdd,  // nodes a and b
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kRatio,  // as kDivide, but something to nothing is infinite
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kDefault,  // node a, or node b where it is missing
  kContains,
  kStartsWith,
  kEndsWith,
  kInList,  // node a is one of the c constants at b
  kIf,      // node a ? node b : node c
};

enum class Envelope : std::uint8_t {
  kName,
  kKind,
  kSource,
  kUserId,
  kAnonymousId,
  kMessageId,
  kGroupId,
  kTime,
  kReceived
};

struct Node {
  Op op = Op::kConstant;
  std::uint32_t a = 0, b = 0, c = 0;
};

// What an expression reads, each list ascending and without repetition.
struct Needs {
  std::vector<AggregateId> aggregates;
  std::vector<FieldId> fields;
  std::vector<NameId> traits;    // in Catalog::traits
  std::vector<NameId> purposes;  // in Catalog::purposes
  std::vector<SegmentId> segments;
  std::vector<FeatureId> percentiles;
  bool event = false;  // it makes sense at an event only
  bool key = false;
  bool cluster = false;
};

class Program {
 public:
  Program() = default;
  Program(Program&&) = default;
  Program& operator=(Program&&) = default;
  Program(const Program&) = delete;  // constants point into texts
  Program& operator=(const Program&) = delete;

  Type type = Type::kAny;
  std::uint32_t root = 0;
  std::vector<Node> nodes;  // operands come before what uses them
  std::vector<std::uint32_t> operands;
  std::vector<Value> constants;
  std::vector<CountRange> ranges;
  std::vector<CountRace> races;
  std::deque<std::string> texts;  // a deque, because moving it leaves the strings where they are
  Needs needs;
};

}  // namespace millrace::expression
