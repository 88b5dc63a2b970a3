// Explanations for people to read: plain text, and the configuration with nothing left out.
#include "engine/topology/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace millrace {
namespace {

std::string_view how(Stage stage) {
  switch (stage) {
    case Stage::kParse:
      return "parse: hits become events, in parallel";
    case Stage::kIngest:
      return "ingest: events before it is known whose they are, in parallel";
    case Stage::kIdentify:
      return "identify: whose event it is, one thread in the journal's order";
    case Stage::kLane:
      return "lanes: one thread each; an event passes all nodes before the next one starts";
    case Stage::kSink:
      return "sinks: batches of outputs, in the journal's order";
  }
  return "?";
}

std::string inputs(const ExplainedNode& node) {
  if (!node.from.empty()) return fmt::format("from {}", fmt::join(node.from, ", "));
  return node.stage == Stage::kSink ? "from everything" : "from the journal";
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    out.append(indent).append(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

class TextWriter {
 public:
  explicit TextWriter(const Explanation& explanation) : all_(explanation) {}

  std::string write() {
    head();
    for (const Stage stage :
         {Stage::kParse, Stage::kIngest, Stage::kIdentify, Stage::kLane, Stage::kSink})
      this->stage(stage);
    list("fields read of every event; the parser skips all others", all_.fields);
    std::vector<std::string> events;
    for (const auto& [identifier, name] : all_.events)
      events.push_back(fmt::format("{} = \"{}\"", identifier, name));
    for (const std::string& name : all_.derived) events.push_back(name + ", made here");
    list("events by name", events);
    names("features", all_.features);
    names("segments", all_.segments);
    list("aggregates, each kept once a profile", all_.aggregates);
    return std::move(out_);
  }

 private:
  void head() {
    const TopologySettings& s = all_.settings;
    out_ = s.name + "\n";
    if (!s.description.empty()) out_ += fmt::format("  {}\n", s.description);
    out_ += fmt::format("  {} shards on {}\n",
                        s.shards,
                        s.lanes == 0 ? "one lane a core" : fmt::format("{} lanes", s.lanes));
    out_ += fmt::format("  at most {} batches of {} records in flight\n", s.in_flight, s.batch);
    out_ += fmt::format("  a tick every {}, an epoch every {} over about {} profiles\n",
                        format_duration(s.tick),
                        format_duration(s.epoch),
                        s.sample);
    out_ += fmt::format("  {} of profiles in memory, a checkpoint every {} records\n",
                        config::format_size(s.memory),
                        s.checkpoint.records);
  }

  void stage(Stage stage) {
    std::size_t name = 0;
    std::size_t type = 0;
    bool any = false;
    for (const ExplainedNode& node : all_.nodes) {
      if (node.stage != stage) continue;
      name = std::max(name, node.name.size());
      type = std::max(type, node.type.size());
      any = true;
    }
    if (!any) return;
    out_ += fmt::format("\n{}\n", how(stage));
    for (const ExplainedNode& node : all_.nodes)
      if (node.stage == stage) this->node(node, name, type);
  }

  void node(const ExplainedNode& node, std::size_t name, std::size_t type) {
    out_ += fmt::format("  {:<{}}  {:<{}}  {}\n", node.name, name, node.type, type, inputs(node));
    if (!node.state.empty())
      out_ += fmt::format("  {:<{}}  keeps {}\n", "", name, fmt::join(node.state, ", "));
    if (!node.timers.empty())
      out_ += fmt::format("  {:<{}}  timers {}\n", "", name, fmt::join(node.timers, ", "));
    if (!node.fills_in.empty())
      out_ += fmt::format("  {:<{}}  fills in {}\n", "", name, fmt::join(node.fills_in, ", "));
    if (!node.unread.empty() && node.stage != Stage::kParse)
      out_ += fmt::format("  {:<{}}  does not make {}, which nobody reads\n",
                          "",
                          name,
                          fmt::join(node.unread, ", "));
    if (node.publish_delay > 0)
      out_ += fmt::format(
          "  {:<{}}  gathers at epochs, reads {} later\n", "", name, node.publish_delay);
  }

  void list(std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    out_ += fmt::format("\n{}\n", title);
    for (const std::string& line : lines) out_ += fmt::format("  {}\n", line);
  }

  void names(std::string_view title, const std::vector<ExplainedName>& all) {
    if (all.empty()) return;
    out_ += fmt::format("\n{}\n", title);
    for (const ExplainedName& one : all) {
      out_ += fmt::format("  {}\n", one.name);
      for (const auto& [key, text] : one.definition) out_ += fmt::format("    {} {}\n", key, text);
      if (!one.needs.empty()) out_ += fmt::format("    needs {}\n", fmt::join(one.needs, ", "));
    }
  }

  const Explanation& all_;
  std::string out_;
};

}  // namespace

std::string explain_as_text(const Explanation& explanation) {
  return TextWriter(explanation).write();
}

std::string explain_as_config(const Explanation& explanation) {
  // `nodes` is the last of the settings, and empty.
  std::string out = config::to_yaml(explanation.settings);
  out.erase(out.rfind("nodes:"));
  for (const ExplainedSection& section : explanation.sections)
    out += section.config == "{}\n"
               ? fmt::format("{}: {{}}\n", section.name)
               : fmt::format("{}:\n{}", section.name, indented(section.config, "  "));
  out += "nodes:\n";
  for (const ExplainedNode& node : explanation.nodes) {
    out += fmt::format("  {}:\n    use: {}\n", node.name, node.type);
    if (!node.from.empty()) out += fmt::format("    from: [{}]\n", fmt::join(node.from, ", "));
    if (node.config != "{}\n") out += indented(node.config, "    ");
  }
  return out;
}

}  // namespace millrace
