// Explanations as drawings: Graphviz (graphviz.org/doc/info/lang.html) and Mermaid
// (mermaid.js.org/syntax/flowchart.html). Names of nodes are letters, digits, _ and -, and so need
// no escaping inside quotes.
#include "engine/topology/explain.hpp"

#include <fmt/format.h>

#include <functional>

namespace millrace {
namespace {

constexpr Stage kStages[] = {
    Stage::kParse, Stage::kIngest, Stage::kIdentify, Stage::kLane, Stage::kSink};

struct Edge {
  std::string from;
  std::string to;
  enum class Kind : std::uint8_t { kEvents, kRejects, kOutputs } kind = Kind::kEvents;
};

constexpr std::string_view kRejects = ".rejects";

std::vector<Edge> edges_of(const Explanation& explanation) {
  std::vector<Edge> out;
  for (const ExplainedNode& node : explanation.nodes) {
    const bool sink = node.stage == Stage::kSink;
    for (const std::string& from : node.from) {
      const bool rejects = from.ends_with(kRejects);
      out.push_back({from.substr(0, from.size() - (rejects ? kRejects.size() : 0)),
                     node.name,
                     rejects ? Edge::Kind::kRejects
                     : sink  ? Edge::Kind::kOutputs
                             : Edge::Kind::kEvents});
    }
    if (!sink || !node.from.empty()) continue;
    for (const ExplainedNode& lane : explanation.nodes)
      if (lane.stage == Stage::kLane) out.push_back({lane.name, node.name, Edge::Kind::kOutputs});
  }
  return out;
}

std::string label(const ExplainedNode& node, std::string_view line_break) {
  return node.name == node.type ? node.name
                                : fmt::format("{}{}{}", node.name, line_break, node.type);
}

// Calls `group` for each stage that has nodes, with what `line` makes of them.
std::string by_stage(const Explanation& explanation,
                     const std::function<std::string(const ExplainedNode&)>& line,
                     const std::function<std::string(Stage, const std::string&)>& group) {
  std::string out;
  for (const Stage stage : kStages) {
    std::string lines;
    for (const ExplainedNode& node : explanation.nodes)
      if (node.stage == stage) lines += line(node);
    if (!lines.empty()) out += group(stage, lines);
  }
  return out;
}

}  // namespace

std::string explain_as_dot(const Explanation& explanation) {
  std::string out = fmt::format("digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box];\n",
                                explanation.settings.name);
  out += by_stage(
      explanation,
      [](const ExplainedNode& node) {
        return fmt::format("    \"{}\" [label=\"{}\"];\n", node.name, label(node, "\\n"));
      },
      [](Stage stage, const std::string& lines) {
        const std::string_view title = stage_title(stage);
        return fmt::format(
            "  subgraph cluster_{} {{\n    label=\"{}\";\n{}  }}\n", title, title, lines);
      });
  for (const Edge& edge : edges_of(explanation)) {
    const std::string_view style = edge.kind == Edge::Kind::kEvents ? ""
                                   : edge.kind == Edge::Kind::kRejects
                                       ? " [label=\"rejects\", style=dashed]"
                                       : " [style=dashed]";
    out += fmt::format("  \"{}\" -> \"{}\"{};\n", edge.from, edge.to, style);
  }
  return out + "}\n";
}

std::string explain_as_mermaid(const Explanation& explanation) {
  // Some words, such as `end`, cannot be identifiers of Mermaid: a prefix makes them ordinary.
  std::string out = "flowchart LR\n";
  out += by_stage(
      explanation,
      [](const ExplainedNode& node) {
        return fmt::format("    n_{}[\"{}\"]\n", node.name, label(node, "<br>"));
      },
      [](Stage stage, const std::string& lines) {
        const std::string_view title = stage_title(stage);
        return fmt::format("  subgraph s_{}[\"{}\"]\n{}  end\n", title, title, lines);
      });
  for (const Edge& edge : edges_of(explanation)) {
    const std::string_view arrow = edge.kind == Edge::Kind::kEvents    ? "-->"
                                   : edge.kind == Edge::Kind::kRejects ? "-. rejects .->"
                                                                       : "-.->";
    out += fmt::format("  n_{} {} n_{}\n", edge.from, arrow, edge.to);
  }
  return out;
}

}  // namespace millrace
