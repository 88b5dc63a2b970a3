// Sections of a topology file that somebody else than the engine reads.
#include "connectors/builtin.hpp"
#include "engine/topology/explain.hpp"
#include "engine/topology/reference.hpp"
#include "operators/builtin.hpp"
#include "tests/support/schema_check.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Kitchen {
  static constexpr std::string_view kName = "kitchen";
  static constexpr std::string_view kSummary = "What is cooked beside the engine.";
  struct Config {
    std::string dish = "soup";
    std::uint32_t guests = 4;

    static constexpr auto fields() {
      using config::field;
      return std::tuple{
          field("dish", &Config::dish, "What is served."),
          field("guests", &Config::guests, "How many come.", {.min = 1U, .max = 12U}),
      };
    }
  };
};

class Section : public ::testing::Test {
 protected:
  Section() {
    add_builtin_operators(registry_);
    registry_.add_section<Kitchen>();
  }

  std::optional<Topology> load(const std::string& head) {
    text_ = head + "nodes: {parse: {}, identify: {}, dedupe: {}}\n";
    config::Problems problems;
    const auto document = config::Document::load(text_, "t.yaml", problems);
    auto topology = load_topology(document, registry_, nullptr, problems);
    problems_ = config::render_all(problems, text_);
    return topology;
  }

  Registry registry_;
  std::string text_;
  std::string problems_;
};

TEST_F(Section, IsReadWithTheFile) {
  const auto topology = load("kitchen: {dish: stew}\n");
  ASSERT_TRUE(topology) << problems_;
  EXPECT_EQ(topology->section<Kitchen>().dish, "stew");
  EXPECT_EQ(topology->section<Kitchen>().guests, 4U);
}

TEST_F(Section, IsItsDefaultsWhenTheFileDoesNotSayIt) {
  const auto topology = load("");
  ASSERT_TRUE(topology) << problems_;
  EXPECT_EQ(topology->section<Kitchen>().dish, "soup");
}

TEST_F(Section, HasItsMistakesShownInTheirPlace) {
  EXPECT_FALSE(load("kitchen:\n  guests: 13\n  dsh: stew\n"));
  EXPECT_THAT(problems_, HasSubstr("t.yaml:2:11: error: "));
  EXPECT_THAT(problems_, HasSubstr("t.yaml:3:3: error: unknown field 'dsh'"));
  EXPECT_THAT(problems_, HasSubstr("did you mean 'dish'?"));
}

TEST_F(Section, IsAmongWhatAMisspeltKeyMayHaveMeant) {
  EXPECT_FALSE(load("kitchn: {}\n"));
  EXPECT_THAT(problems_, HasSubstr("did you mean 'kitchen'?"));
}

TEST_F(Section, IsUnknownToARegistryWithoutIt) {
  config::Problems problems;
  Registry other;
  add_builtin_operators(other);
  const auto document =
      config::Document::load("kitchen: {}\nnodes: {parse: {}, identify: {}}\n", "t.yaml", problems);
  EXPECT_FALSE(load_topology(document, other, nullptr, problems));
}

TEST_F(Section, IsExplainedWithItsDefaults) {
  const auto topology = load("kitchen: {dish: stew}\n");
  config::Problems problems;
  const auto plan = make_plan(*topology, problems);
  ASSERT_TRUE(plan);
  const std::string config = explain_as_config(explain(*topology, *plan));
  EXPECT_THAT(config, HasSubstr("kitchen:\n  dish: stew\n  guests: 4\n"));
  EXPECT_THAT(explain_as_json(explain(*topology, *plan)), HasSubstr("\"name\": \"kitchen\""));
}

TEST_F(Section, IsInTheSchemaAndOnThePage) {
  config::Problems problems;
  const auto schema =
      config::Document::load(topology_schema(registry_), "schema.json", problems).root();
  const auto complaints = [&](const std::string& text) {
    return testing::schema_complaints(schema,
                                      config::Document::load(text, "t.yaml", problems).root());
  };
  EXPECT_THAT(complaints("kitchen: {guests: 2}\nnodes: {parse: {}}\n"), IsEmpty());
  EXPECT_THAT(complaints("kitchen: {guests: 13}\nnodes: {parse: {}}\n"), Not(IsEmpty()));
  EXPECT_THAT(complaints("kitchen: {guest: 2}\nnodes: {parse: {}}\n"), Not(IsEmpty()));
  EXPECT_THAT(reference_page(registry_), HasSubstr("## Section `kitchen`\n\nWhat is cooked"));
  EXPECT_THAT(describe_section(registry_.sections().at("kitchen")), HasSubstr("guests: 4"));
}

}  // namespace
}  // namespace millrace
