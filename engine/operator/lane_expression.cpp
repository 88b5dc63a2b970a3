#include "engine/operator/lane_expression.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>

namespace millrace {
namespace {

struct Reader {
  Fact fact;
  bool reads;
  std::string_view word;  // where in the text; empty: all of it
  std::string_view what;
  std::string_view hint;
};

// What the program reads and nobody before this node keeps.
std::optional<Reader> unanswered(const expression::Needs& needs, const LaneFacts& facts) {
  const std::array<Reader, 5> readers = {{
      {Fact::kAggregates,
       !needs.aggregates.empty(),
       "",
       "this counts events, but no node before this one remembers them",
       "put a node of type features before it"},
      {Fact::kTraits,
       !needs.traits.empty(),
       "profile",
       "no node before this one keeps traits of profiles",
       "put a node of type features before it"},
      {Fact::kCluster,
       needs.cluster,
       "cluster",
       "no node before this one clusters profiles",
       "put a node of type cluster before it"},
      {Fact::kConsents,
       !needs.purposes.empty(),
       "consent",
       "no node before this one keeps consent",
       ""},
      {Fact::kPercentiles,
       !needs.percentiles.empty(),
       "percentile",
       "no node before this one knows the population",
       ""},
  }};
  for (const Reader& reader : readers)
    if (reader.reads && !facts.provided(reader.fact)) return reader;
  return std::nullopt;
}

}  // namespace

std::optional<expression::Program> compile(Lane& lane,
                                           const config::Text& text,
                                           std::string_view path,
                                           const expression::Environment& environment,
                                           expression::Type expected) {
  const std::string whole_path = lane.path() + "." + std::string(path);
  auto made = expression::compile(text.value, environment, lane.catalog().expressions, expected);
  if (auto* fault = std::get_if<expression::Fault>(&made)) {
    const config::Span span{fault->offset, std::max<std::size_t>(fault->length, 1)};
    lane.report(text.problem(span, whole_path, std::move(fault->what), std::move(fault->hint)));
    return std::nullopt;
  }
  auto& program = std::get<expression::Program>(made);
  // What was planned well is built well, also where only those that publish are built.
  const auto missing = lane.planning() ? unanswered(program.needs, lane.facts()) : std::nullopt;
  if (missing) {
    const std::size_t at = missing->word.empty() ? 0 : text.value.find(missing->word);
    // A feature may read it where the text does not.
    const bool whole = missing->word.empty() || at == std::string::npos;
    const config::Span span = whole ? config::Span{0, std::max<std::size_t>(text.value.size(), 1)}
                                    : config::Span{at, missing->word.size()};
    lane.report(
        text.problem(span, whole_path, std::string(missing->what), std::string(missing->hint)));
    return std::nullopt;
  }
  return std::move(program);
}

std::optional<expression::Program> compile_to_look(const Lane& lane,
                                                   std::string_view text,
                                                   const expression::Environment& environment) {
  const expression::Catalog& known = lane.catalog().expressions;
  Projection fields = known.fields;
  NameTable names = known.names;
  expression::Catalog copy(fields, names);
  copy.aggregates = known.aggregates;
  copy.traits = known.traits;
  copy.purposes = known.purposes;
  auto made = expression::compile(text, environment, copy, expression::Type::kAny);
  auto* program = std::get_if<expression::Program>(&made);
  if (program == nullptr || unanswered(program->needs, lane.facts()) ||
      copy.aggregates.aggregates() != known.aggregates.aggregates() ||
      copy.traits.size() != known.traits.size())
    return std::nullopt;
  return std::move(*program);
}

bool moves_with_time(const expression::Program& program, const expression::AggregateTable& table) {
  using expression::Op;
  for (const expression::Node& node : program.nodes) {
    if (node.op == Op::kSinceLast || node.op == Op::kSince || node.op == Op::kAge) return true;
    if (node.op == Op::kAggregate || node.op == Op::kCountWithin)
      if (table.aggregate(node.a).window.count() > 0) return true;
  }
  return false;
}

void EventIndex::add(std::size_t item, const expression::Program& program, const Lane& lane) {
  const auto& needs = program.needs;
  const auto& table = lane.catalog().expressions.aggregates;
  for (const expression::AggregateId id : needs.aggregates) {
    const NameId name = table.stream(table.aggregate(id).stream).event;
    if (name == expression::kAnyEvent) {
      set(any_, 0, item);
    } else {
      set_at(name, item);
    }
  }
  for (const NameId trait : needs.traits) {
    set_at(kIdentifyName, item);
    if (lane.facts().trait_moves(trait)) set(all_, 0, item);
  }
  for (const expression::SegmentId segment : needs.segments) {
    set_at(lane.catalog().enter_name(static_cast<SegmentId>(segment)), item);
    set_at(lane.catalog().exit_name(static_cast<SegmentId>(segment)), item);
  }
  if (needs.event || needs.cluster || !needs.percentiles.empty() || !needs.purposes.empty())
    set(all_, 0, item);
}

void EventIndex::finish(const Catalog& catalog) {
  names_ = catalog.names.size();
  by_name_.resize(std::max(by_name_.size(), std::max<std::size_t>(names_ * words_, 1)));
  std::vector<bool> derived(names_);
  for (const auto& [text, name] : catalog.names.derived()) derived[name] = true;
  for (std::size_t name = 0; name < names_; ++name)
    for (std::size_t word = 0; word < words_; ++word)
      by_name_[name * words_ + word] |= all_[word] | (derived[name] ? 0 : any_[word]);
}

}  // namespace millrace
