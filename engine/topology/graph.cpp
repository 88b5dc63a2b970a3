#include "engine/topology/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

namespace millrace {
namespace {

using config::Node;
using config::Problems;

constexpr std::string_view kRejects = ".rejects";

std::string path_of(const TopologyNode& node) { return "nodes." + node.name; }

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::kParse:
      return "parses hits";
    case Stage::kIngest:
      return "works on events before it is known whose they are";
    case Stage::kIdentify:
      return "finds out whose events are";
    case Stage::kLane:
      return "works on events of known profiles";
    case Stage::kSink:
      return "takes outputs";
  }
  return "?";
}

class Graph {
 public:
  Graph(std::vector<TopologyNode> nodes, Problems& problems)
      : nodes_(std::move(nodes)), problems_(problems) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) index_.emplace(nodes_[i].name, i);
  }

  std::vector<TopologyNode> run() {
    const std::size_t before = problems_.size();
    resolve_inputs();
    if (problems_.size() > before) return {};
    check_stages();
    check_chain(Stage::kParse, "parse");
    check_chain(Stage::kIdentify, "identify");
    if (problems_.size() > before) return {};
    return sorted();
  }

 private:
  void problem(const TopologyNode& node, const Node& at, std::string what, std::string hint = {}) {
    problems_.push_back(at.problem(path_of(node), std::move(what), std::move(hint)));
  }
  void problem(const TopologyNode& node, std::string what, std::string hint = {}) {
    problems_.push_back(node.node.problem_at(
        node.node.name_location(), path_of(node), std::move(what), std::move(hint)));
  }

  void resolve_inputs() {
    std::optional<std::size_t> previous;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      TopologyNode& node = nodes_[i];
      const Node from = node.node.child("from");
      if (!from) {
        // A chain; it begins with the parser, and a sink, which takes everything, is no step of it.
        const Stage stage = node.type->stage;
        if (stage != Stage::kSink && stage != Stage::kParse && previous)
          node.from.push_back({*previous, false});
      } else if (from.is_scalar()) {
        add_input(node, from);
      } else if (from.is_list() && from.size() > 0) {
        for (const Node& item : from.items()) add_input(node, item);
      } else {
        problem(node,
                from,
                fmt::format("expected the name of a node or a list of names, found {}",
                            from.kind_name()));
      }
      if (node.type->stage != Stage::kSink) previous = i;
    }
  }

  void add_input(TopologyNode& node, const Node& item) {
    std::string_view name = item.text();
    const bool rejects = name.ends_with(kRejects);
    if (rejects) name.remove_suffix(kRejects.size());
    const auto at = index_.find(name);
    if (at == index_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [known, i] : index_) names.push_back(known);
      problem(node,
              item,
              fmt::format("there is no node {}", config::quote(name)),
              config::did_you_mean(name, names));
      return;
    }
    const auto same = [&](const TopologyInput& input) {
      return input.node == at->second && input.rejects == rejects;
    };
    if (std::any_of(node.from.begin(), node.from.end(), same)) {
      problem(node, item, fmt::format("{} is named twice", config::quote(item.text())));
      return;
    }
    node.from.push_back({at->second, rejects});
  }

  void check_stages() {
    for (const TopologyNode& node : nodes_) {
      if (node.from.empty() && node.type->stage != Stage::kSink &&
          node.type->stage != Stage::kParse)
        problem(
            node, "gets no events: the first node has to parse hits", "put a `parse` node first");
      for (const TopologyInput& input : node.from) check_edge(node, input);
    }
  }

  void check_edge(const TopologyNode& node, const TopologyInput& input) {
    const TopologyNode& from = nodes_[input.node];
    const Stage to_stage = node.type->stage;
    const Stage from_stage = from.type->stage;
    const Node at = node.node.child("from") ? node.node.child("from") : node.node;
    if (from_stage == Stage::kSink) {
      problem(
          node, at, fmt::format("{} is a sink: nothing comes out of it", config::quote(from.name)));
    } else if (input.rejects && to_stage != Stage::kSink) {
      problem(node,
              at,
              "rejected rows can go to sinks only",
              "name the node without .rejects, or make this a sink");
    } else if (!input.rejects && to_stage == Stage::kSink && from_stage != Stage::kLane) {
      problem(node,
              at,
              fmt::format("{} puts nothing out but rejects", config::quote(from.name)),
              fmt::format("'{}{}'?", from.name, kRejects));
    } else if (to_stage == Stage::kParse) {
      problem(node, at, "parses hits, so it has no input", "put it first, without `from`");
    } else if (to_stage == Stage::kIngest && from_stage > Stage::kIngest) {
      problem(node,
              at,
              fmt::format("{}, so it cannot come after {}, which {}",
                          stage_name(to_stage),
                          config::quote(from.name),
                          stage_name(from_stage)));
    } else if (to_stage == Stage::kIdentify && from_stage > Stage::kIngest) {
      problem(
          node,
          at,
          fmt::format(
              "cannot come after {}, which {}", config::quote(from.name), stage_name(from_stage)));
    } else if (to_stage == Stage::kLane && from_stage < Stage::kIdentify) {
      problem(node,
              at,
              fmt::format("{}, and {} comes before that is known",
                          stage_name(to_stage),
                          config::quote(from.name)),
              "put an `identify` node between");
    } else if (to_stage <= Stage::kIdentify && node.from.size() > 1) {
      problem(node, at, "steps up to `identify` are a chain: one input each");
    }
  }

  // Exactly one node of the stage; and up to there, every node feeds one other.
  void check_chain(Stage stage, std::string_view what) {
    std::size_t count = 0;
    for (const TopologyNode& node : nodes_) {
      if (node.type->stage != stage) continue;
      if (++count == 2)
        problem(node, fmt::format("is the second `{}` node; a topology has one", what));
    }
    if (count == 0 && !nodes_.empty())
      problem(nodes_.front(), fmt::format("the topology has no `{}` node", what));
    if (stage != Stage::kIdentify) return;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].type->stage > Stage::kIngest) continue;
      std::size_t consumers = 0;
      for (const TopologyNode& node : nodes_)
        for (const TopologyInput& input : node.from)
          consumers += input.node == i && !input.rejects ? 1 : 0;
      if (consumers != 1)
        problem(nodes_[i],
                fmt::format("feeds {} nodes; steps up to `identify` are a chain", consumers));
    }
  }

  std::vector<TopologyNode> sorted() {
    // Depth-first from every node in the file's order: inputs come before their node.
    enum class Mark : std::uint8_t { kNew, kOpen, kDone };
    std::vector<Mark> marks(nodes_.size(), Mark::kNew);
    std::vector<std::size_t> order;
    std::vector<std::size_t> open;
    bool cyclic = false;
    const std::function<void(std::size_t)> visit = [&](std::size_t i) {
      if (marks[i] == Mark::kDone || cyclic) return;
      open.push_back(i);
      if (marks[i] == Mark::kOpen) {
        cyclic = true;
        report_cycle(open);
        return;
      }
      marks[i] = Mark::kOpen;
      for (const TopologyInput& input : nodes_[i].from) visit(input.node);
      marks[i] = Mark::kDone;
      open.pop_back();
      order.push_back(i);
    };
    for (std::size_t i = 0; i < nodes_.size(); ++i) visit(i);
    if (cyclic) return {};
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return nodes_[a].type->stage < nodes_[b].type->stage;
    });
    std::vector<std::size_t> place(nodes_.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    std::vector<TopologyNode> out;
    for (const std::size_t i : order) {
      out.push_back(std::move(nodes_[i]));
      for (TopologyInput& input : out.back().from) input.node = place[input.node];
    }
    return out;
  }

  void report_cycle(const std::vector<std::size_t>& open) {
    const auto first = std::find(open.begin(), open.end(), open.back());
    std::string names;
    for (auto at = open.end(); at != first;) {
      --at;
      names += (names.empty() ? "" : " -> ") + nodes_[*at].name;
    }
    problem(nodes_[open.back()], "goes round in a circle: " + names, "events flow one way");
  }

  std::vector<TopologyNode> nodes_;
  std::map<std::string, std::size_t, std::less<>> index_;
  Problems& problems_;
};

}  // namespace

std::vector<TopologyNode> order_nodes(std::vector<TopologyNode> nodes, config::Problems& problems) {
  return Graph(std::move(nodes), problems).run();
}

}  // namespace millrace
