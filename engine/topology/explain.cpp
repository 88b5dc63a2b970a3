#include "engine/topology/explain.hpp"

#include "engine/base/codec.hpp"
#include "engine/expression/compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

namespace millrace {
namespace {

std::string_view name_of(expression::Function function) {
  using enum expression::Function;
  switch (function) {
    case kCount:
      return "count";
    case kSum:
      return "sum";
    case kAverage:
      return "avg";
    case kMin:
      return "min";
    case kMax:
      return "max";
    case kDistinct:
      return "distinct";
    case kRate:
    case kSumRate:
      return "rate";
    case kFirstTime:
    case kFirstValue:
      return "first";
    case kLastTime:
    case kLastValue:
      return "last";
  }
  return "?";
}

// Says what expressions read in the words of the language.
class Speller {
 public:
  explicit Speller(const Catalog& catalog) : catalog_(catalog) {
    for (const std::string_view identifier : catalog.event_identifiers())
      identifiers_.emplace(catalog.event(identifier), identifier);
  }

  std::string aggregate(const expression::AggregateTable& table,
                        const expression::AggregateSpec& spec) const {
    const expression::StreamSpec& stream = table.stream(spec.stream);
    std::string out = fmt::format("{}({}", name_of(spec.function), event(stream.event));
    std::string_view path = stream.field_path;
    if (path.starts_with("properties.")) path.remove_prefix(11);
    if (!path.empty()) out += fmt::format(".{}", path);
    if (!stream.filter_text.empty()) out += " where " + stream.filter_text;
    if (spec.window.count() > 0) out += ", " + format_duration(spec.window);
    if (spec.offset.count() > 0) out += ", offset=" + format_duration(spec.offset);
    return out + ")";
  }

  // What `text` reads of a profile; nothing if it is no expression. `features` come before it.
  std::vector<std::string> needs(const std::string& text, std::size_t features) const {
    // Compiled beside the catalog, which stays as it is.
    Projection fields = catalog_.projection;
    NameTable names = catalog_.names;
    expression::Catalog scratch(fields, names);
    scratch.traits = catalog_.expressions.traits;
    auto environment = catalog_.environment();
    environment.features.resize(std::min(features, environment.features.size()));
    environment.event = true;
    environment.key = expression::Type::kAny;
    const auto compiled = expression::compile(text, environment, scratch);
    const auto* program = std::get_if<expression::Program>(&compiled);
    std::vector<std::string> out;
    if (program == nullptr) return out;
    const expression::Needs& needs = program->needs;
    for (const auto id : needs.aggregates)
      out.push_back(aggregate(scratch.aggregates, scratch.aggregates.aggregate(id)));
    for (const NameId trait : needs.traits)
      out.push_back(fmt::format("profile.{}", scratch.traits.text(trait)));
    for (const auto segment : needs.segments)
      out.push_back(fmt::format("in({})", environment.segments[segment]));
    for (const auto feature : needs.percentiles)
      out.push_back(fmt::format("percentile({})", environment.features[feature].name));
    for (const NameId purpose : needs.purposes)
      out.push_back(fmt::format("consent({})", scratch.purposes.text(purpose)));
    if (needs.cluster) out.emplace_back("cluster()");
    return out;
  }

 private:
  std::string event(NameId name) const {
    if (name == expression::kAnyEvent) return "any";
    const auto at = identifiers_.find(name);
    return std::string(at == identifiers_.end() ? catalog_.names.text(name) : at->second);
  }

  const Catalog& catalog_;
  std::map<NameId, std::string> identifiers_;
};

// A value of the configuration on one line, as YAML's flow style has it.
std::string flow(const config::Node& node) {
  if (node.is_scalar()) return std::string(node.text());
  if (node.is_null()) return "null";
  std::string out;
  for (const auto& entry : node.entries())
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", entry.key, flow(entry.value));
  for (const auto& item : node.items()) out += (out.empty() ? "" : ", ") + flow(item);
  return (node.is_map() ? "{" : "[") + out + (node.is_map() ? "}" : "]");
}

// What a node's configuration says under a name, wherever it gives names to things.
std::optional<config::Node> definition_of(const config::Node& node,
                                          std::string_view name,
                                          int depth = 3) {
  if (depth == 0) return std::nullopt;
  if (config::Node here = node.child(name)) return here;
  for (const auto& entry : node.entries())
    if (auto below = definition_of(entry.value, name, depth - 1)) return below;
  return std::nullopt;
}

ExplainedName explain_segment(const Topology& topology,
                              const Catalog& catalog,
                              const Speller& speller,
                              const std::string& name) {
  ExplainedName out{name, {}, {}};
  for (const TopologyNode& node : topology.nodes) {
    if (node.type->stage != Stage::kLane) continue;
    const auto definition = definition_of(node.node, name);
    if (!definition) continue;
    if (definition->is_scalar()) out.definition.emplace_back("when", definition->text());
    for (const auto& entry : definition->entries())
      out.definition.emplace_back(entry.key, flow(entry.value));
    break;
  }
  for (const auto& [key, text] : out.definition)
    for (std::string& need : speller.needs(text, catalog.features.size()))
      if (std::find(out.needs.begin(), out.needs.end(), need) == out.needs.end())
        out.needs.push_back(std::move(need));
  return out;
}

// Columns are named node.name, timers timer:node.name; see Lane. In the order of their numbers.
void add_state(const Plan& plan, std::vector<ExplainedNode>& nodes) {
  std::string bytes;
  plan.numbers.encode(bytes);
  ByteReader reader(bytes);
  std::map<std::uint64_t, std::string> names;
  for (std::uint64_t left = reader.varint(); left > 0; --left) {
    std::string name(reader.text());
    names.emplace(reader.varint(), std::move(name));
  }
  constexpr std::string_view kTimer = "timer:";
  for (const auto& [number, whole] : names) {
    std::string_view name = whole;
    const bool timer = name.starts_with(kTimer);
    if (timer) name.remove_prefix(kTimer.size());
    const std::size_t dot = name.find('.');
    const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const ExplainedNode& node) {
      return node.name == name.substr(0, dot);
    });
    if (at == nodes.end()) continue;
    (timer ? at->timers : at->state).emplace_back(name.substr(dot + 1));
  }
}

std::vector<ExplainedNode> explain_nodes(const Topology& topology, const Plan& plan) {
  std::vector<ExplainedNode> out;
  for (const TopologyNode& node : topology.nodes) {
    ExplainedNode& made = out.emplace_back();
    made.name = node.name;
    made.type = node.type->name;
    made.summary = node.type->summary;
    made.stage = node.type->stage;
    made.config = node.prepared.effective;
    for (const TopologyInput& input : node.from)
      made.from.push_back(topology.nodes[input.node].name + (input.rejects ? ".rejects" : ""));
    for (const PlanNode& planned : plan.nodes)
      if (planned.name == node.name) made.publish_delay = planned.publish_delay;
  }
  for (const Enrichment& enrichment : plan.catalog.enrichments)
    for (ExplainedNode& node : out)
      if (node.name == enrichment.node)
        for (const std::string& path : enrichment.makes)
          (plan.catalog.projection.find(path) == kNoField ? node.unread : node.fills_in)
              .push_back(path);
  add_state(plan, out);
  return out;
}

}  // namespace

Explanation explain(const Topology& topology, const Plan& plan) {
  const Catalog& catalog = plan.catalog;
  const Speller speller(catalog);
  Explanation out;
  out.settings = topology.settings;
  out.settings.nodes.clear();
  out.nodes = explain_nodes(topology, plan);
  for (const TopologySection& section : topology.sections)
    out.sections.push_back({std::string(section.type->name),
                            std::string(section.type->summary),
                            section.prepared.effective});
  for (const Projection::Field& field : catalog.projection.fields())
    out.fields.push_back(field.path);
  out.events = topology.settings.events;
  for (const auto& [name, id] : catalog.names.derived()) out.derived.push_back(name);
  std::sort(out.derived.begin(), out.derived.end());
  for (std::size_t i = 0; i < catalog.features.size(); ++i) {
    const auto& feature = catalog.features[i];
    out.features.push_back({feature.name, {{"is", feature.text}}, speller.needs(feature.text, i)});
  }
  for (const std::string& segment : catalog.segments())
    out.segments.push_back(explain_segment(topology, catalog, speller, segment));
  const expression::AggregateTable& table = catalog.expressions.aggregates;
  for (std::size_t id = 0; id < table.aggregates(); ++id)
    out.aggregates.push_back(
        speller.aggregate(table, table.aggregate(static_cast<expression::AggregateId>(id))));
  return out;
}

std::string_view stage_title(Stage stage) {
  switch (stage) {
    case Stage::kParse:
      return "parse";
    case Stage::kIngest:
      return "ingest";
    case Stage::kIdentify:
      return "identify";
    case Stage::kLane:
      return "lanes";
    case Stage::kSink:
      return "sinks";
  }
  return "?";
}

}  // namespace millrace
