#include "engine/topology/graph.hpp"
#include "engine/topology/topology.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

// The keys of a node that are the topology's, not the operator's.
constexpr std::string_view kNodeKeys[] = {"use", "from"};

bool good_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), good);
}

std::optional<TopologyNode> load_node(const std::string& name,
                                      const config::Node& node,
                                      const Registry& registry,
                                      const config::Resolver* resolver,
                                      config::Problems& problems) {
  const std::string path = "nodes." + name;
  const auto fail = [&](const config::Node& at, std::string what, std::string hint = {}) {
    problems.push_back(at.problem(path, std::move(what), std::move(hint)));
    return std::nullopt;
  };
  if (!good_name(name))
    return fail(node,
                fmt::format("{} is not a name for a node", config::quote(name)),
                "use lower-case letters, digits, _ and -");
  if (!node.is_map() && !node.is_null())
    return fail(node, fmt::format("expected a map, found {}", node.kind_name()));
  const config::Node use = node.child("use");
  if (use && !use.is_scalar()) return fail(use, "expected the name of an operator");
  const std::string_view type_name = use ? use.text() : std::string_view(name);
  const OperatorInfo* type = registry.find(type_name);
  if (type == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& [known, info] : registry.all()) names.push_back(known);
    config::Problem problem =
        (use ? use : node)
            .problem(path,
                     fmt::format("there is no operator {}", config::quote(type_name)),
                     config::did_you_mean(type_name, names));
    if (!use) {
      const config::Location at = node.name_location();
      problem.line = at.line;
      problem.column = at.column;
      problem.length = at.length;
      if (problem.hint.empty()) problem.hint = "say which with `use:`";
    }
    problems.push_back(std::move(problem));
    return std::nullopt;
  }
  TopologyNode loaded{name, type, {}, node, {}};
  loaded.prepared =
      type->prepare(node, problems, {.path = path, .resolver = resolver, .also = kNodeKeys});
  return loaded;
}

}  // namespace

std::optional<Topology> load_topology(const config::Document& document,
                                      const Registry& registry,
                                      const config::Resolver* resolver,
                                      config::Problems& problems) {
  const std::size_t before = problems.size();
  Topology topology;
  std::vector<std::string_view> sections;
  for (const auto& [name, info] : registry.sections()) sections.push_back(name);
  topology.settings = config::parse<TopologySettings>(
      document.root(), problems, {.path = "", .resolver = resolver, .also = sections});
  for (const auto& [name, info] : registry.sections()) {
    const config::Node node = document.root().child(name);
    topology.sections.push_back(
        {&info,
         node,
         info.prepare(node, problems, {.path = std::string(name), .resolver = resolver})});
  }
  std::vector<TopologyNode> nodes;
  bool complete = true;
  for (const auto& [name, node] : topology.settings.nodes) {
    auto loaded = load_node(name, node, registry, resolver, problems);
    if (loaded) {
      nodes.push_back(std::move(*loaded));
    } else {
      complete = false;
    }
  }
  // A node that could not be read would make its neighbours look wrong too.
  if (complete && !nodes.empty()) topology.nodes = order_nodes(std::move(nodes), problems);
  if (problems.size() > before) return std::nullopt;
  return topology;
}

}  // namespace millrace
