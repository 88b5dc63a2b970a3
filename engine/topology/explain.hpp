// What a topology comes to once it is planned, told to people and programs: stages and nodes, what
// is read of events, what expressions need, what is kept of profiles. `millrace explain` and the
// console show it. No threads, no I/O.
#pragma once

#include "engine/topology/topology.hpp"

#include <string>
#include <utility>
#include <vector>

namespace millrace {

struct ExplainedNode {
  std::string name;
  std::string type;
  std::string summary;
  Stage stage = Stage::kLane;
  std::vector<std::string> from;  // "dedupe", "validate.rejects"; of a sink, empty: everything
  std::vector<std::string> state;
  std::vector<std::string> timers;
  std::vector<std::string> fills_in;  // properties that it makes where an event does not say them
  std::vector<std::string> unread;    // those that it could make, but no node reads
  std::uint32_t publish_delay = 0;    // epochs until what it gathers is read; 0: it gathers nothing
  std::string config;                 // YAML, defaults written out, secrets hidden
};

// A feature or a segment.
struct ExplainedName {
  std::string name;
  std::vector<std::pair<std::string, std::string>> definition;  // key and text: "when", "keep"
  std::vector<std::string> needs;  // what it reads of a profile: "count(purchase, 30d)"
};

// What somebody else than the engine reads of the file.
struct ExplainedSection {
  std::string name;
  std::string summary;
  std::string config;  // YAML, defaults written out, secrets hidden
};

struct Explanation {
  TopologySettings settings;         // `nodes` left out
  std::vector<ExplainedNode> nodes;  // in the order in which an event passes them
  std::vector<std::string> fields;   // of events, which the parser reads; the others it skips
  std::vector<std::pair<std::string, std::string>> events;  // identifier and name
  std::vector<std::string> derived;                         // events that operators make
  std::vector<ExplainedName> features;
  std::vector<ExplainedName> segments;
  std::vector<ExplainedSection> sections;
  std::vector<std::string> aggregates;  // each is kept once, whoever asked
};

// `plan` is the topology's.
Explanation explain(const Topology& topology, const Plan& plan);

std::string explain_as_text(const Explanation& explanation);
// One object, indented.
std::string explain_as_json(const Explanation& explanation);
// A graph for Graphviz, and one for Mermaid.
std::string explain_as_dot(const Explanation& explanation);
std::string explain_as_mermaid(const Explanation& explanation);
// A topology file that means the same and leaves nothing to defaults.
std::string explain_as_config(const Explanation& explanation);

// "identify", "lanes", ...: the stage as people call it.
std::string_view stage_title(Stage stage);

}  // namespace millrace
