#include "app/topology_file.hpp"

#include "app/cli/output.hpp"
#include "connectors/builtin.hpp"
#include "operators/builtin.hpp"

#include <fmt/format.h>

namespace millrace {

Result<TopologyFile> read_topology(const std::string& path,
                                   const Registry& registry,
                                   const config::Resolver* resolver) {
  auto text = read_input(path, config::DocumentLimits().bytes);
  if (!text) return text.error();
  TopologyFile file{path == "-" ? "stdin" : path, *std::move(text), {}, nullptr, nullptr};
  const auto document = config::Document::load(file.source, file.path, file.problems);
  if (!file.problems.empty()) return file;
  auto topology = load_topology(document, registry, resolver, file.problems);
  if (!topology) return file;
  file.topology = std::make_unique<Topology>(*std::move(topology));
  file.plan = make_plan(*file.topology, file.problems);
  return file;
}

void complain_of_problems(const TopologyFile& file, Terminal& terminal) {
  std::string text = config::render_all(file.problems, file.source);
  text.pop_back();  // complain() ends the line
  terminal.complain(
      fmt::format("{} in {}\n{}", counted(file.problems.size(), "problem"), file.path, text));
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Registry builtin_registry() {
  Registry registry;
  add_builtin_operators(registry);
  add_builtin_connectors(registry);
  return registry;
}

}  // namespace millrace
