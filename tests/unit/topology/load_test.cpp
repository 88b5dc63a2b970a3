// What a topology may say, and what its author reads when it says something else.
#include "connectors/builtin.hpp"
#include "engine/topology/topology.hpp"
#include "operators/builtin.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

const Registry& registry() {
  static const Registry kRegistry = [] {
    Registry made;
    add_builtin_operators(made);
    add_builtin_connectors(made);
    return made;
  }();
  return kRegistry;
}

struct Loaded {
  std::optional<Topology> topology;
  std::unique_ptr<Plan> plan;
  std::string problems;
};

Loaded load(const std::string& text) {
  Loaded loaded;
  config::Problems problems;
  const auto document = config::Document::load(text, "t.yaml", problems);
  if (problems.empty()) loaded.topology = load_topology(document, registry(), nullptr, problems);
  if (loaded.topology) loaded.plan = make_plan(*loaded.topology, problems);
  loaded.problems = config::render_all(problems, text);
  return loaded;
}

std::vector<std::string> names(const Topology& topology) {
  std::vector<std::string> all;
  for (const TopologyNode& node : topology.nodes) all.push_back(node.name);
  return all;
}

TEST(Topology, IsAChainByDefault) {
  const Loaded loaded = load("nodes: {parse: {}, identify: {}, dedupe: {}, sessions: {}}");
  ASSERT_TRUE(loaded.plan) << loaded.problems;
  EXPECT_EQ(loaded.plan->parser_name, "parse");
  EXPECT_EQ(loaded.plan->identifier_name, "identify");
  ASSERT_EQ(loaded.plan->nodes.size(), 2U);
  EXPECT_EQ(loaded.plan->entry, 1U);
  EXPECT_EQ(loaded.plan->nodes[0].next, 2U);
  EXPECT_EQ(loaded.plan->nodes[1].next, 0U);
}

TEST(Topology, PutsNodesInOrderWhateverTheFileSays) {
  const Loaded loaded = load(R"(
nodes:
  late: {use: sample, from: sessions}
  parse: {}
  identify: {from: parse}
  sessions: {from: identify}
)");
  ASSERT_TRUE(loaded.plan) << loaded.problems;
  EXPECT_EQ(names(*loaded.topology),
            (std::vector<std::string>{"parse", "identify", "sessions", "late"}));
}

TEST(Topology, FansOutAndIn) {
  const Loaded loaded = load(R"(
nodes:
  parse: {}
  identify: {}
  left: {use: sample, from: identify}
  right: {use: dedupe, from: identify}
  both: {use: sessions, from: [left, right]}
)");
  ASSERT_TRUE(loaded.plan) << loaded.problems;
  EXPECT_EQ(loaded.plan->entry, 0b011U);
  EXPECT_EQ(loaded.plan->nodes[0].next, 0b100U);
  EXPECT_EQ(loaded.plan->nodes[1].next, 0b100U);
}

TEST(Topology, SendsOutputsAndRejectsToSinks) {
  const Loaded loaded = load(R"(
nodes:
  parse: {}
  identify: {}
  dedupe: {}
  all: {use: file, path: /dev/null}
  bad: {use: file, path: /dev/null, from: [parse.rejects, dedupe]}
)");
  ASSERT_TRUE(loaded.plan) << loaded.problems;
  ASSERT_EQ(loaded.plan->sinks.size(), 2U);
  EXPECT_TRUE(loaded.plan->sinks[0].everything);
  EXPECT_FALSE(loaded.plan->sinks[1].everything);
  EXPECT_EQ(loaded.plan->sinks[1].rejects_of, std::vector<std::string>{"parse"});
  EXPECT_EQ(loaded.plan->sinks[1].outputs_of, std::vector<std::string>{"dedupe"});
}

TEST(Topology, CollectsTheFieldsThatOperatorsRead) {
  const Loaded loaded = load(R"(
events: {purchase: Order Completed}
nodes:
  parse: {}
  identify: {}
  features: {purchase: purchase, value: revenue}
  rules: {segments: {rich: "sum(purchase.revenue, 30d) > 100 and count(purchase where coupon == 'X', 7d) == 0"}}
)");
  ASSERT_TRUE(loaded.plan) << loaded.problems;
  std::vector<std::string> paths;
  for (const Projection::Field& field : loaded.plan->catalog.projection.fields())
    paths.push_back(field.path);
  EXPECT_NE(std::find(paths.begin(), paths.end(), "properties.revenue"), paths.end());
  EXPECT_NE(std::find(paths.begin(), paths.end(), "properties.coupon"), paths.end());
}

struct Mistake {
  const char* what;
  const char* text;
  const char* said;  // a part of what the author reads
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.what; }

class TopologyMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(TopologyMistakes, AreToldWithTheirPlace) {
  const Loaded loaded = load(GetParam().text);
  EXPECT_FALSE(loaded.plan);
  EXPECT_NE(loaded.problems.find(GetParam().said), std::string::npos) << loaded.problems;
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    TopologyMistakes,
    testing::Values(
        Mistake{"NoNodes", "name: x\n", "a topology needs nodes"},
        Mistake{"UnknownOperator",
                "nodes: {parse: {}, identfy: {}}",
                "t.yaml:1:20: error: there is no operator 'identfy'"},
        Mistake{"Suggestion", "nodes: {parse: {}, identfy: {}}", "did you mean 'identify'?"},
        Mistake{"UnknownInput",
                "nodes: {parse: {}, identify: {from: pars}}",
                "there is no node 'pars'"},
        Mistake{"UnknownField",
                "nodes: {parse: {}, identify: {}, dedupe: {windw: 1h}}",
                "unknown field 'windw' in nodes.dedupe"},
        Mistake{"WrongType",
                "nodes: {parse: {}, identify: {}, dedupe: {window: soon}}",
                "nodes.dedupe.window"},
        Mistake{"Circle",
                "nodes: {parse: {}, identify: {}, a: {use: sample, from: [identify, b]}, b: {use: "
                "sample, from: a}}",
                "goes round in a circle"},
        Mistake{
            "NoParser", "nodes: {identify: {}, dedupe: {}}", "the first node has to parse hits"},
        Mistake{"NoIdentify", "nodes: {parse: {}}", "the topology has no `identify` node"},
        Mistake{"TwoParsers",
                "nodes: {parse: {}, second: {use: parse}, identify: {}}",
                "is the second `parse` node"},
        Mistake{"LaneBeforeIdentify",
                "nodes: {parse: {}, dedupe: {}, identify: {}}",
                "put an `identify` node between"},
        Mistake{"IngestInLanes",
                "nodes: {parse: {}, identify: {}, validate: {}}",
                "so it cannot come after 'identify'"},
        Mistake{"RejectsIntoOperator",
                "nodes: {parse: {}, identify: {}, dedupe: {from: parse.rejects}}",
                "rejected rows can go to sinks only"},
        Mistake{"OutOfASink",
                "nodes: {parse: {}, identify: {}, out: {use: file, path: x}, dedupe: {from: out}}",
                "is a sink: nothing comes out of it"},
        Mistake{"OutputsOfParse",
                "nodes: {parse: {}, identify: {}, out: {use: file, path: x, from: parse}}",
                "'parse.rejects'?"},
        Mistake{"ForkBeforeIdentify",
                "nodes: {parse: {}, a: {use: validate, from: parse}, identify: {from: parse}}",
                "are a chain"},
        Mistake{
            "BadName", "nodes: {Parse it: {use: parse}, identify: {}}", "is not a name for a node"},
        Mistake{"InputTwice",
                "nodes: {parse: {}, identify: {}, dedupe: {from: [identify, identify]}}",
                "is named twice"},
        Mistake{"MoreLanesThanShards",
                "shards: 2\nlanes: 4\nnodes: {parse: {}, identify: {}}",
                "more lanes than shards"},
        Mistake{"ReservedEvent",
                "events: {page: Seen}\nnodes: {parse: {}, identify: {}}",
                "means an event of the Segment spec already"},
        Mistake{"UnknownEvent",
                "events: {purchase: Order Completed}\nnodes:\n  parse: {}\n  identify: {}\n  "
                "features: {}\n  rules:\n"
                "    segments:\n      loyal: count(purchse, 30d) >= 3\n",
                "t.yaml:8:20: error: unknown event 'purchse'"},
        Mistake{"NoFeatures",
                "events: {purchase: Order Completed}\nnodes:\n  parse: {}\n  identify: {}\n  "
                "rules:\n    segments:\n"
                "      loyal: count(purchase, 30d) >= 3\n",
                "t.yaml:7:"}),
    [](const auto& one) { return std::string(one.param.what); });

TEST(Topology, TellsEverythingAtOnce) {
  const Loaded loaded = load(
      "shardz: 2\ntick: never\nnodes: {parse: {max_ag: 1d}, identify: {}, x: {use: nothing}}\n");
  for (const char* said : {"shardz", "tick", "max_ag", "nothing"})
    EXPECT_NE(loaded.problems.find(said), std::string::npos) << loaded.problems;
}

}  // namespace
}  // namespace millrace
