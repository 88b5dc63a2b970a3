// A topology file, read and checked: an immutable value. No threads, no network, no disk but the
// file that the caller read.
//
//   load    text -> settings and nodes, each with its operator's configuration read
//   check   the graph: inputs, ports, stages, cycles
//   plan    constructs every operator once on a lane for planning, which collects fields, names and
//   state
//
// Each adds everything that it finds wrong to one list of problems. The program's `check` stops
// here.
#pragma once

#include "engine/base/check.hpp"
#include "engine/config/node.hpp"
#include "engine/config/resolver.hpp"
#include "engine/operator/registry.hpp"
#include "engine/topology/plan.hpp"
#include "engine/topology/settings.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct TopologyInput {
  std::size_t node = 0;  // in Topology::nodes
  bool rejects = false;  // its rejected rows, instead of what it keeps and emits
};

struct TopologyNode {
  std::string name;
  const OperatorInfo* type = nullptr;  // of the registry
  std::vector<TopologyInput> from;     // empty: the hits; for a sink: everything
  config::Node node;                   // where it is written
  Prepared prepared;
};

struct TopologySection {
  const SectionInfo* type = nullptr;  // of the registry
  config::Node node;                  // where it is written; absent if it is not
  PreparedSection prepared;
};

struct Topology {
  TopologySettings settings;
  std::vector<TopologyNode> nodes;        // every node after those that it gets events from
  std::vector<TopologySection> sections;  // all that the registry knows, by name

  // What the file says of a section, or its defaults. Precondition: the registry knows T.
  template <Declared T>
  const typename T::Config& section() const {
    const auto* config = std::any_cast<typename T::Config>(find_section(T::kName));
    CHECK(config != nullptr);
    return *config;
  }

 private:
  const std::any* find_section(std::string_view name) const {
    for (const TopologySection& section : sections)
      if (section.type->name == name) return &section.prepared.config;
    return nullptr;
  }
};

// Null, and at least one problem, if anything is wrong. The registry outlives the topology. Without
// a resolver, `${...}` without a default stays unchecked.
std::optional<Topology> load_topology(const config::Document& document,
                                      const Registry& registry,
                                      const config::Resolver* resolver,
                                      config::Problems& problems);

// Null, and at least one problem, if an operator finds something wrong. The topology outlives the
// plan.
std::unique_ptr<Plan> make_plan(const Topology& topology, config::Problems& problems);

}  // namespace millrace
