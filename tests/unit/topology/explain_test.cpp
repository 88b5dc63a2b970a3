// What is told of a small topology, to the letter.
#include "engine/topology/explain.hpp"

#include "connectors/builtin.hpp"
#include "operators/builtin.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Stands for every operator that gives names to conditions.
struct GroupConfig {
  config::Text when;
  Duration keep{0};
  static constexpr auto fields() {
    using config::field;
    return std::tuple{field("when", &GroupConfig::when, "Condition.", {.required = true}),
                      field("keep", &GroupConfig::keep, "How long it holds on.")};
  }
};
struct GroupsConfig {
  std::vector<std::pair<std::string, GroupConfig>> groups;
  config::Secret password;
  static constexpr auto fields() {
    using config::field;
    return std::tuple{field("groups", &GroupsConfig::groups, "By name."),
                      field("password", &GroupsConfig::password, "Not for eyes.")};
  }
};

class Groups final : public Operator {
 public:
  using Config = GroupsConfig;
  static constexpr std::string_view kName = "groups";
  static constexpr std::string_view kSummary = "Groups profiles.";

  Groups(const Config& config, Lane& lane) {
    lane.state<Bits>("member");
    lane.timer("leave");
    lane.gather_at_epochs(2);
    for (const auto& [name, group] : config.groups) lane.catalog().declare_segment(name);
  }
  Verdict process(Event&, Output&) override { return Verdict::keep(); }

 private:
  struct Bits {
    std::uint64_t bits = 0;
    void encode(ByteWriter& to) const { to.varint(bits); }
    bool decode(ByteReader& from, std::uint32_t) {
      bits = from.varint();
      return from.ok();
    }
    std::size_t heap_bytes() const { return 0; }
    static constexpr std::uint32_t kVersion = 1;
    bool empty() const { return bits == 0; }
    void merge(const Bits& other) { bits |= other.bits; }
  };
};

constexpr const char* kTopology = R"yaml(name: small
description: A few buyers.
lanes: 2
tick: 1s
epoch: 1m
events: {purchase: Order Completed}
nodes:
  parse:
  identify:
  sessions: {gap: 30m}
  features:
    define:
      spend: sum(purchase.value, 90d)
  tiers:
    use: groups
    password: hunter2
    groups:
      loyal: {when: "count(purchase, 30d) >= 3", keep: 90d}
      rich: {when: "spend > 500 and in(loyal)"
}
  out: {use: file, path: out.ndjson}
  bad: {use: file, from: parse.rejects, path: bad.ndjson, outputs: false}
)yaml";

class Explain : public ::testing::Test {
 protected:
  Explain() {
    add_builtin_operators(registry_);
    add_builtin_connectors(registry_);
    registry_.add<Groups>();
  }

  Explanation explain_text(std::string text) {
    config::Problems problems;
    const auto document = config::Document::load(text, "small.yaml", problems);
    const auto topology = load_topology(document, registry_, nullptr, problems);
    EXPECT_TRUE(topology) << config::render_all(problems, text);
    const auto plan = make_plan(*topology, problems);
    EXPECT_TRUE(plan) << config::render_all(problems, text);
    return explain(*topology, *plan);
  }

  Registry registry_;
};

// Nothing is read of events for what nobody reads.
TEST_F(Explain, TellsWhatNodesFillIn) {
  const auto told = [&](const std::string& rule) {
    return explain_text("name: small\nnodes:\n  parse: {}\n  campaign: {}\n  referrer: {}\n" +
                        rule + "  identify: {}\n  sessions: {}\n");
  };
  const Explanation nobody = told("");
  EXPECT_THAT(nobody.fields, Not(::testing::Contains("context.page.url")));
  EXPECT_THAT(nobody.nodes[2].fills_in, ElementsAre());
  const Explanation read =
      told("  validate: {events: {page: {context.referrer.name: {max_length: 5}}}}\n");
  EXPECT_THAT(read.fields,
              ElementsAre("context.referrer.name",
                          "context.page.url",
                          "context.page.referrer",
                          "context.campaign.medium",
                          "context.campaign.click_network",
                          "context.page.search"));
  EXPECT_THAT(read.nodes[1].fills_in,
              ElementsAre("context.campaign.medium", "context.campaign.click_network"));
  EXPECT_THAT(read.nodes[2].unread, ElementsAre("context.referrer.type", "context.referrer.term"));
  const Explanation places =
      told("  validate: {events: {page: {context.location.country: {max_length: 2}}}}\n");
  EXPECT_THAT(places.fields, ElementsAre("context.location.country", "context.ip"));
  EXPECT_THAT(places.nodes[0].fills_in, ElementsAre("context.location.country"));
  EXPECT_THAT(explain_as_text(read),
              HasSubstr("fills in context.campaign.medium, context.campaign.click_network\n"));
}

TEST_F(Explain, TellsPeopleStagesStateAndNeeds) {
  EXPECT_THAT(explain_as_text(explain_text(kTopology)), ::testing::StartsWith(R"(small
  A few buyers.
  64 shards on 2 lanes
  at most 16 batches of 128 records in flight
  a tick every 1s, an epoch every 1m over about 20000 profiles
  2GiB of profiles in memory, a checkpoint every 1000000 records

parse: hits become events, in parallel
  parse  parse  from the journal

identify: whose event it is, one thread in the journal's order
  identify  identify  from parse

lanes: one thread each; an event passes all nodes before the next one starts
  sessions  sessions  from identify
            keeps session
            timers end
)"));
  EXPECT_THAT(explain_as_text(explain_text(kTopology)), HasSubstr(R"(
  tiers     groups    from features
            keeps member
            timers leave
            gathers at epochs, reads 2 later

sinks: batches of outputs, in the journal's order
  out  file  from everything
  bad  file  from parse.rejects
)"));
  EXPECT_THAT(explain_as_text(explain_text(kTopology)), HasSubstr(R"(
segments
  loyal
    when count(purchase, 30d) >= 3
    keep 90d
    needs count(purchase, 30d)
  rich
    when spend > 500 and in(loyal)
    needs sum(purchase.value, 90d), in(loyal)
)"));
}

TEST_F(Explain, KnowsWhatIsReadOfEvents) {
  const Explanation explanation = explain_text(kTopology);
  EXPECT_THAT(explanation.fields, ::testing::Contains("properties.value"));
  EXPECT_THAT(explanation.derived, ::testing::IsSupersetOf({"session_start", "enter(loyal)"}));
  EXPECT_THAT(explanation.aggregates, ElementsAre("sum(purchase.value, 90d)"));
}

TEST_F(Explain, DrawsGraphs) {
  const Explanation explanation = explain_text(R"(name: tiny
nodes:
  parse:
  identify:
  visits: {use: sessions}
  bad: {use: file, from: parse.rejects, path: bad.ndjson}
  out: {use: file, path: out.ndjson}
)");
  EXPECT_EQ(explain_as_dot(explanation), R"(digraph "tiny" {
  rankdir=LR;
  node [shape=box];
  subgraph cluster_parse {
    label="parse";
    "parse" [label="parse"];
  }
  subgraph cluster_identify {
    label="identify";
    "identify" [label="identify"];
  }
  subgraph cluster_lanes {
    label="lanes";
    "visits" [label="visits\nsessions"];
  }
  subgraph cluster_sinks {
    label="sinks";
    "bad" [label="bad\nfile"];
    "out" [label="out\nfile"];
  }
  "parse" -> "identify";
  "identify" -> "visits";
  "parse" -> "bad" [label="rejects", style=dashed];
  "visits" -> "out" [style=dashed];
}
)");
  EXPECT_EQ(explain_as_mermaid(explanation), R"(flowchart LR
  subgraph s_parse["parse"]
    n_parse["parse"]
  end
  subgraph s_identify["identify"]
    n_identify["identify"]
  end
  subgraph s_lanes["lanes"]
    n_visits["visits<br>sessions"]
  end
  subgraph s_sinks["sinks"]
    n_bad["bad<br>file"]
    n_out["out<br>file"]
  end
  n_parse --> n_identify
  n_identify --> n_visits
  n_parse -. rejects .-> n_bad
  n_visits -.-> n_out
)");
}

TEST_F(Explain, TheEffectiveConfigurationMeansTheSameAndHidesSecrets) {
  const Explanation first = explain_text(kTopology);
  const std::string config = explain_as_config(first);
  EXPECT_THAT(config,
              HasSubstr("  sessions:\n    use: sessions\n    from: [identify]\n    gap: 30m\n"));
  EXPECT_THAT(config, HasSubstr("password: \"***\""));
  EXPECT_THAT(config, Not(HasSubstr("hunter2")));
  EXPECT_EQ(explain_as_config(explain_text(config)), config);
}

TEST_F(Explain, JsonIsADocumentThatCanBeRead) {
  config::Problems problems;
  const std::string json = explain_as_json(explain_text(kTopology));
  EXPECT_THAT(json, Not(HasSubstr("hunter2")));
  const auto document = config::Document::load(json, "explain.json", problems);
  ASSERT_TRUE(problems.empty()) << config::render_all(problems, json);
  const config::Node loyal = document.root().child("segments").item(0);
  EXPECT_EQ(loyal.child("name").text(), "loyal");
  EXPECT_EQ(loyal.child("definition").child("keep").text(), "90d");
  EXPECT_EQ(loyal.child("needs").item(0).text(), "count(purchase, 30d)");
  EXPECT_EQ(document.root().child("nodes").item(4).child("publish_delay").text(), "2");
}

}  // namespace
}  // namespace millrace
