// The graph that a topology's nodes make, checked and put in order.
#pragma once

#include "engine/topology/topology.hpp"

#include <string>
#include <vector>

namespace millrace {

// Resolves `from:` of every node, puts nodes in topological order (the file's order where that is
// open) and checks what the stages allow. On a problem the result is not usable.
std::vector<TopologyNode> order_nodes(std::vector<TopologyNode> nodes, config::Problems& problems);

}  // namespace millrace
