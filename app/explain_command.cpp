// `millrace explain`: what a topology file comes to.
#include "app/commands.hpp"
#include "app/topology_file.hpp"
#include "engine/topology/explain.hpp"

namespace millrace {
namespace {

class Explain final : public Action {
 public:
  void declare(Options& options) override {
    Option& topology = options.argument("TOPOLOGY", topology_, "The topology's YAML file.");
    topology.is_path = topology.required = true;
    options.value("--format,-f", "FORMAT", format_, "How to write it.").choices = {
        "text", "json", "dot", "mermaid", "config"};
    options.flag("--json", json_, "The same as --format json.");
  }

  ExitCode run(Terminal& terminal) override {
    const Registry registry = builtin_registry();
    const auto file = read_topology(topology_, registry, nullptr);
    if (!file) {
      terminal.complain(file.error().what);
      return ExitCode::kInputOutput;
    }
    if (!file->sound()) {
      complain_of_problems(*file, terminal);
      return ExitCode::kBadConfig;
    }
    terminal.print(render(explain(*file->topology, *file->plan)));
    return ExitCode::kOk;
  }

 private:
  std::string render(const Explanation& explanation) const {
    if (json_ || format_ == "json") return explain_as_json(explanation);
    if (format_ == "dot") return explain_as_dot(explanation);
    if (format_ == "mermaid") return explain_as_mermaid(explanation);
    if (format_ == "config") return explain_as_config(explanation);
    return explain_as_text(explanation);
  }

  std::string topology_;
  std::string format_ = "text";
  bool json_ = false;
};

}  // namespace

Command explain_command() {
  return {
      .name = "explain",
      .summary = "Show what a topology comes to: stages, fields, state, segments, defaults.",
      .examples =
          "millrace explain topologies/shop.yaml\n"
          "millrace explain topologies/shop.yaml --format dot | dot -Tsvg > shop.svg\n"
          "millrace explain topologies/shop.yaml --format config\n",
      .make = make_action<Explain>,
  };
}

}  // namespace millrace
