// `millrace check`: everything that is wrong with topology files, and nothing else.
#include "app/commands.hpp"
#include "app/problem_json.hpp"
#include "app/topology_file.hpp"
#include "engine/base/file.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <optional>

namespace millrace {
namespace {

class Check final : public Action {
 public:
  void declare(Options& options) override {
    Option& topologies =
        options.argument("TOPOLOGY", topologies_, "Topology files; - is standard input.");
    topologies.is_path = topologies.required = true;
    options.flag("--environment",
                 environment_,
                 "Also look up the ${env:NAME} and ${file:PATH} that they refer to.");
    options.flag("--json", json_, "Write the problems as a JSON list to standard output.");
  }

  ExitCode run(Terminal& terminal) override {
    const Registry registry = builtin_registry();
    ExitCode code = ExitCode::kOk;
    config::Problems all;
    for (const std::string& path : topologies_) {
      std::optional<config::ProcessResolver> resolver;
      if (environment_) resolver.emplace(path == "-" ? "." : parent_directory(path));
      auto file = read_topology(path, registry, resolver ? &*resolver : nullptr);
      if (!file) {
        terminal.complain(file.error().what);
        code = ExitCode::kInputOutput;
        continue;
      }
      report(*file, terminal);
      if (!file->sound() && code == ExitCode::kOk) code = ExitCode::kBadConfig;
      all.insert(all.end(), file->problems.begin(), file->problems.end());
    }
    if (json_) print(all, terminal);
    return code;
  }

 private:
  void report(const TopologyFile& file, Terminal& terminal) const {
    if (file.sound()) {
      terminal.say(fmt::format("{}: ok, {}, {}",
                               file.path,
                               counted(file.topology->nodes.size(), "node"),
                               counted(file.plan->catalog.segments().size(), "segment")));
    } else if (!json_) {
      complain_of_problems(file, terminal);
    }
  }

  static void print(const config::Problems& problems, Terminal& terminal) {
    std::string out;
    JsonWriter json(out, JsonWriter::Style::kPretty);
    json.array();
    for (const config::Problem& problem : problems) write_problem(problem, json);
    json.end();
    terminal.print(out + "\n");
  }

  std::vector<std::string> topologies_;
  bool environment_ = false;
  bool json_ = false;
};

}  // namespace

Command check_command() {
  return {
      .name = "check",
      .summary = "Say what is wrong with topology files, with line and column.",
      .examples =
          "millrace check topologies/shop.yaml\n"
          "millrace check --environment topologies/*.yaml\n"
          "millrace check --json - < shop.yaml\n",
      .make = make_action<Check>,
  };
}

}  // namespace millrace
