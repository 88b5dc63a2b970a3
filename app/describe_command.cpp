// `millrace describe`: what a topology may say, from the program's own declarations.
#include "app/cli/suggestion.hpp"
#include "app/commands.hpp"
#include "app/topology_file.hpp"
#include "connectors/protocols/protocols.hpp"
#include "engine/topology/reference.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

class Describe final : public Action {
 public:
  void declare(Options& options) override {
    options.argument("NAME", name_, "An operator, sink or section; all of them if there is none.");
    options.value("--format,-f", "FORMAT", format_, "How to write it.").choices = {
        "text", "json", "markdown", "schema", "protocols"};
    options.flag("--json", json_, "The same as --format json.");
  }

  ExitCode run(Terminal& terminal) override {
    if (json_) format_ = "json";
    const Registry registry = builtin_registry();
    if (name_.empty()) {
      terminal.print(all(registry));
      return ExitCode::kOk;
    }
    if (const auto section = registry.sections().find(name_);
        section != registry.sections().end()) {
      terminal.print(one(section->second));
      return ExitCode::kOk;
    }
    const OperatorInfo* info = registry.find(name_);
    if (info == nullptr) {
      std::vector<std::string> known;
      for (const auto& [name, other] : registry.all()) known.emplace_back(name);
      for (const auto& [name, other] : registry.sections()) known.emplace_back(name);
      terminal.complain(
          fmt::format("there is no operator '{}'{}", name_, did_you_mean(name_, known)));
      return ExitCode::kNotFound;
    }
    terminal.print(one(*info));
    return ExitCode::kOk;
  }

 private:
  std::string all(const Registry& registry) const {
    if (format_ == "json") return registry_as_json(registry);
    if (format_ == "markdown") return reference_page(registry);
    if (format_ == "schema") return topology_schema(registry);
    if (format_ == "protocols") return protocols::protocols_reference();
    return list_operators(registry);
  }

  std::string one(const SectionInfo& info) const {
    if (format_ == "json") return section_as_json(info);
    if (format_ == "markdown") return reference_section(info);
    if (format_ == "schema") return section_schema(info);
    return describe_section(info);
  }

  std::string one(const OperatorInfo& info) const {
    if (format_ == "json") return operator_as_json(info);
    if (format_ == "markdown") return reference_section(info);
    if (format_ == "schema") return operator_schema(info);
    return describe_operator(info);
  }

  std::string name_;
  std::string format_ = "text";
  bool json_ = false;
};

}  // namespace

Command describe_command() {
  return {
      .name = "describe",
      .summary = "Say what a topology may say: operators, their fields, a schema for editors.",
      .examples =
          "millrace describe\n"
          "millrace describe sessions\n"
          "millrace describe --format schema > topologies/schema.json\n"
          "millrace describe --format markdown > docs/reference.md\n"
          "millrace describe --format protocols > docs/protocols.md\n",
      .make = make_action<Describe>,
  };
}

}  // namespace millrace
