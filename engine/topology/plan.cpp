#include "engine/topology/plan.hpp"

#include "engine/topology/topology.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

void declare_events(const Topology& topology,
                    Catalog& catalog,
                    config::Problems& problems,
                    const config::Node& at) {
  for (const auto& [identifier, name] : topology.settings.events) {
    if (catalog.declare_event(identifier, catalog.names.add(name))) continue;
    problems.push_back(at.problem("events." + identifier,
                                  "means an event of the Segment spec already",
                                  "choose another identifier"));
  }
}

PlanNode plan_node(const TopologyNode& node, Lane& lane) {
  PlanNode made{node.name, std::string(node.type->name), node.prepared.make_operator, 0, 0};
  lane.begin_node(node.name);
  // The constructor says what the operator needs; the instance is not used further.
  made.make(lane);
  made.publish_delay = lane.publish_delay();
  return made;
}

// After everything that the catalog gets its names from.
PlanSink plan_sink(const TopologyNode& node,
                   const Topology& topology,
                   const Catalog& catalog,
                   config::Problems& problems) {
  PlanSink made{node.name,
                node.prepared.make_sink,
                node.prepared.make_delivering,
                node.prepared.outbox,
                node.prepared.delivery,
                node.from.empty(),
                {},
                {}};
  for (const TopologyInput& input : node.from)
    (input.rejects ? made.rejects_of : made.outputs_of).push_back(topology.nodes[input.node].name);
  if (!made.make_delivering) return made;
  if (const Status opened = made.make_delivering()->open(catalog); !opened)
    problems.push_back(node.node.problem("nodes." + node.name, opened.error().what));
  if (!made.rejects_of.empty())
    problems.push_back(node.node.child("from").problem(
        "nodes." + node.name,
        fmt::format("`{}` takes segments and effects, not rejected rows", node.type->name),
        "give rejects to a `file`"));
  return made;
}

// Sets of lane nodes by where their events come from. `nodes` are in topological order, so their
// place among lane nodes is too.
void connect(const Topology& topology, Plan& plan) {
  std::vector<std::size_t> place(topology.nodes.size());
  std::size_t lane_nodes = 0;
  for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
    const TopologyNode& node = topology.nodes[i];
    if (node.type->stage != Stage::kLane) continue;
    place[i] = lane_nodes++;
    const std::uint64_t bit = std::uint64_t{1} << place[i];
    for (const TopologyInput& input : node.from) {
      if (topology.nodes[input.node].type->stage == Stage::kLane) {
        plan.nodes[place[input.node]].next |= bit;
      } else {
        plan.entry |= bit;
      }
    }
  }
}

}  // namespace

std::unique_ptr<Plan> make_plan(const Topology& topology, config::Problems& problems) {
  const std::size_t before = problems.size();
  auto plan = std::make_unique<Plan>();
  plan->name = topology.settings.name;
  plan->shards = topology.settings.shards;
  plan->sample = topology.settings.sample;
  plan->memory_bytes = topology.settings.memory.bytes;
  declare_events(topology, plan->catalog, problems, topology.nodes.front().node);
  Lane lane(plan->catalog, plan->numbers, &problems);
  for (const TopologyNode& node : topology.nodes) {
    switch (node.type->stage) {
      case Stage::kParse:
        plan->parser_name = node.name;
        plan->make_parser = node.prepared.make_parser;
        lane.begin_node(node.name);
        plan->make_parser(lane);
        break;
      case Stage::kIngest:
        plan->ingest.push_back(plan_node(node, lane));
        break;
      case Stage::kIdentify:
        plan->identifier_name = node.name;
        plan->make_identifier = node.prepared.make_identifier;
        lane.begin_node(node.name);
        plan->make_identifier(lane);
        break;
      case Stage::kLane:
        if (plan->nodes.size() == kNodesMax) {
          problems.push_back(node.node.problem(
              "nodes." + node.name, fmt::format("there are more than {} nodes", kNodesMax)));
          return nullptr;
        }
        plan->nodes.push_back(plan_node(node, lane));
        break;
      case Stage::kSink:
        plan->sinks.push_back(plan_sink(node, topology, plan->catalog, problems));
        break;
    }
  }
  if (problems.size() > before) return nullptr;
  plan->catalog.read_for_enrichments();
  connect(topology, *plan);
  return plan;
}

}  // namespace millrace
