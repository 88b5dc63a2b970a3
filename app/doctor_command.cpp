// `millrace doctor`: whether this machine is fit to run a topology.
#include "app/commands.hpp"
#include "app/doctor/checkup.hpp"
#include "app/topology_file.hpp"
#include "connectors/admission/collect_section.hpp"
#include "engine/base/file.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

using doctor::Finding;
using doctor::Findings;
using doctor::Verdict;

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      return "fail";
  }
  return "?";
}

class Doctor final : public Action {
 public:
  void declare(Options& options) override {
    Option& topology = options.argument("TOPOLOGY", topology_, "The topology that is to run.");
    topology.is_path = topology.required = true;
    options.value("--data", "DIR", data_, "As for run.").is_path = true;
    options.value("--listen", "ADDR:PORT", listen_, "As for run.");
    options.value("--keys", "FILE", keys_, "As for run.").is_path = true;
    options.flag("--json", json_, "Write the findings as JSON.");
  }

  ExitCode run(Terminal& terminal) override {
    const Registry registry = builtin_registry();
    const config::ProcessResolver resolver(parent_directory(topology_));
    const auto file = read_topology(topology_, registry, &resolver);
    if (!file) {
      terminal.complain(file.error().what);
      return ExitCode::kInputOutput;
    }
    Findings findings;
    ServerSection::Config server;
    JournalConfig journal;
    admission::GeoConfig geo;
    if (file->sound()) {
      findings.push_back({Verdict::kOk, "topology", topology_ + " is sound", ""});
      server = file->topology->section<ServerSection>();
      journal = file->topology->settings.journal;
      geo = file->topology->section<admission::CollectSection>().geo;
    } else {
      findings.push_back({Verdict::kFail,
                          "topology",
                          counted(file->problems.size(), "problem"),
                          "millrace check " + topology_});
    }
    if (!data_.empty()) server.data = data_;
    if (!keys_.empty()) server.keys = keys_;
    if (!listen_.empty()) server.listen = listen_;
    const auto add = [&](const Findings& more) {
      findings.insert(findings.end(), more.begin(), more.end());
    };
    add(doctor::check_data(server.data, journal));
    add(doctor::check_network(server));
    add(doctor::check_keys(server));
    findings.push_back(doctor::check_places(geo));
    findings.push_back(doctor::check_clock());
    print(findings, terminal);
    for (const Finding& finding : findings)
      if (finding.verdict == Verdict::kFail) return ExitCode::kFailed;
    return ExitCode::kOk;
  }

 private:
  void print(const Findings& findings, Terminal& terminal) const {
    std::string out;
    JsonWriter json(out);
    if (json_) json.array();
    for (const Finding& finding : findings) {
      if (json_) {
        json.object().key("verdict").value(name_of(finding.verdict));
        json.key("check").value(finding.check).key("what").value(finding.what);
        json.key("advice").value(finding.advice).end();
        continue;
      }
      out += fmt::format("{:<5} {:<9} {}\n", name_of(finding.verdict), finding.check, finding.what);
      if (!finding.advice.empty()) out += fmt::format("                {}\n", finding.advice);
    }
    if (json_) json.end();
    terminal.print(json_ ? out + "\n" : out);
  }

  std::string topology_;
  std::string data_;
  std::string keys_;
  std::vector<std::string> listen_;
  bool json_ = false;
};

}  // namespace

Command doctor_command() {
  return {
      .name = "doctor",
      .summary = "Say whether this machine is fit to run a topology, and what to do about it.",
      .examples =
          "millrace doctor topologies/shop.yaml\n"
          "millrace doctor topologies/shop.yaml --data /var/lib/millrace --listen 0.0.0.0:8080\n",
      .make = make_action<Doctor>,
  };
}

}  // namespace millrace
