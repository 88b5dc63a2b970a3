// The schema and the reference page against what the loader does.
#include "engine/topology/reference.hpp"

#include "connectors/builtin.hpp"
#include "engine/topology/topology.hpp"
#include "operators/builtin.hpp"
#include "tests/support/schema_check.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace millrace {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Reference : public ::testing::Test {
 protected:
  Reference() {
    add_builtin_operators(registry_);
    add_builtin_connectors(registry_);
    schema_ = read(topology_schema(registry_)).root();
  }

  static config::Document read(const std::string& text) {
    config::Problems problems;
    auto document = config::Document::load(text, "test.yaml", problems);
    EXPECT_TRUE(problems.empty()) << config::render_all(problems, text);
    return document;
  }
  std::vector<std::string> complaints(const std::string& topology) const {
    return testing::schema_complaints(schema_, read(topology).root());
  }
  bool loads(const std::string& topology) const {
    config::Problems problems;
    load_topology(read(topology), registry_, nullptr, problems);
    return problems.empty();
  }

  Registry registry_;
  config::Node schema_;
};

TEST_F(Reference, TheSchemaAcceptsEveryShippedTopology) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MILLRACE_TOPOLOGIES)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".yaml") || name.ends_with(".test.yaml")) continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    EXPECT_THAT(complaints(text.str()), IsEmpty()) << name;
    ++files;
  }
  EXPECT_GT(files, 0);
}

// One topology with nodes that are written in every way there is.
constexpr const char* kSound = R"(version: 1
name: every_way
tick: 250ms
memory: 1GiB
checkpoint: {records: 5000}
events: {purchase: Order Completed}
nodes:
  parse:
  identify: {identifiers: [user_id]}
  dedupe: {window: 24h}
  visits: {use: sessions, from: [dedupe], gap: 30m}
  sessions: {use: dedupe, from: identify, window: "${env:WINDOW:-1h}"}
  out: {use: file, from: [visits, sessions], path: out.ndjson}
)";

TEST_F(Reference, TheSchemaAcceptsEveryWayToWriteANode) {
  EXPECT_THAT(complaints(kSound), IsEmpty());
  EXPECT_TRUE(loads(kSound));
}

TEST_F(Reference, TheSchemaRefusesWhatTheLoaderRefuses) {
  const std::pair<const char*, const char*> cases[] = {
      {"window: 24h", "windw: 24h"},
      {"window: 24h", "window: soon"},
      {"use: sessions", "use: sesions"},
      {"gap: 30m", "window: 30m"},
      {"  dedupe: {", "  elsewhere: {"},
      {"tick: 250ms", "tick: often"},
      {"version: 1", "version: 2"},
      {"name: every_way", "name: \"not a name\""},
      {"records: 5000", "records: many"},
      {"tick: 250ms", "tock: 250ms"},
      {", path: out.ndjson", ""},
  };
  for (const auto& [good, bad] : cases) {
    std::string text = kSound;
    const auto at = text.find(good);
    ASSERT_NE(at, std::string::npos) << good;
    text.replace(at, std::string_view(good).size(), bad);
    EXPECT_THAT(complaints(text), Not(IsEmpty())) << bad;
    EXPECT_FALSE(loads(text)) << bad;
  }
  EXPECT_THAT(complaints("nodes: {parse: {}, dedupe: {windw: 1h}}"),
              Contains("/nodes/dedupe/windw: is not known"));
}

TEST_F(Reference, AnOperatorsOwnSchemaIsTheOneInTheWhole) {
  const auto document = read(operator_schema(*registry_.find("dedupe")));
  const config::Node one = document.root();
  EXPECT_EQ(one.child("properties"),
            schema_.child("$defs").child("operator.dedupe").child("properties"));
}

TEST_F(Reference, ThePageHasEveryOperatorWithItsFields) {
  const std::string page = reference_page(registry_);
  for (const auto& [name, info] : registry_.all()) {
    EXPECT_THAT(page, HasSubstr("\n### " + std::string(name) + "\n\n" + std::string(info.summary)));
    for (const auto& field : info.config->fields)
      EXPECT_THAT(reference_section(info), HasSubstr("| `" + std::string(field.name) + "` | "));
  }
  EXPECT_THAT(page, HasSubstr("| `checkpoint.records` | "));
}

TEST_F(Reference, ExamplesAreNodesThatLoad) {
  for (const auto& [name, info] : registry_.all()) {
    const std::string text = reference_section(info);
    const auto from = text.find("```yaml\n") + 8;
    const auto document = read(text.substr(from, text.find("```\n", from) - from));
    const auto entries = document.root().entries();
    ASSERT_EQ(entries.size(), 1U) << text;
    EXPECT_EQ(entries[0].key, name);
    config::Problems problems;
    const std::string_view also[] = {"use"};
    info.prepare(entries[0].value, problems, {.path = "example", .also = also});
    const bool needs = std::ranges::any_of(info.config->fields,
                                           [](const auto& field) { return field.limits.required; });
    EXPECT_TRUE(needs || problems.empty()) << config::render_all(problems, "") << text;
  }
}

TEST_F(Reference, JsonHasTheSameSchemas) {
  const auto document = read(registry_as_json(registry_));
  EXPECT_EQ(document.root().child("operators").size(), registry_.all().size());
  EXPECT_THAT(operator_as_json(*registry_.find("sessions")),
              StartsWith("{\n  \"name\": \"sessions\",\n"));
}

TEST_F(Reference, TextListsByStage) {
  const std::string list = list_operators(registry_);
  EXPECT_LT(list.find("  parse "), list.find("  identify "));
  EXPECT_LT(list.find("  identify "), list.find("  dedupe "));
  EXPECT_LT(list.find("  sessions "), list.find("  file "));
  EXPECT_THAT(describe_operator(*registry_.find("sessions")), HasSubstr("  gap  (duration, "));
}

}  // namespace
}  // namespace millrace
