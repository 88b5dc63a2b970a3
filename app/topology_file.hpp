// A topology file from disk or standard input, loaded, checked and planned: what `check`, `explain`
// and their like begin with. Nothing is started and nothing but the file is read, unless a resolver
// says so.
#pragma once

#include "app/cli/terminal.hpp"
#include "engine/base/result.hpp"
#include "engine/config/resolver.hpp"
#include "engine/topology/topology.hpp"

#include <memory>
#include <string>

namespace millrace {

struct TopologyFile {
  std::string path;
  std::string source;
  config::Problems problems;           // if there is any, the rest may be missing
  std::unique_ptr<Topology> topology;  // at an address that stays: the plan refers to it
  std::unique_ptr<Plan> plan;

  bool sound() const { return problems.empty() && plan != nullptr; }
};

// An error if the file cannot be read; what is wrong in it is in `problems`. `-` is standard input.
Result<TopologyFile> read_topology(const std::string& path,
                                   const Registry& registry,
                                   const config::Resolver* resolver);

// Shows what is wrong, with the lines underlined.
void complain_of_problems(const TopologyFile& file, Terminal& terminal);

// "1 node", "2 nodes".
std::string counted(std::size_t count, std::string_view noun);

// All operators, sources and sinks of this build.
Registry builtin_registry();

}  // namespace millrace
