// What fields() says to people and editors: the JSON schema and the reference page.
#include "tests/unit/config/sample.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace millrace::config {
namespace {

std::string golden(const std::string& name) {
  std::ifstream in(std::string(MILLRACE_GOLDEN_DIR) + "/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(JsonSchema, DescribesEveryType) {
  EXPECT_EQ(json_schema<Sample>("Sample"), golden("sample.schema.json"));
}

TEST(ReferenceTable, DescribesEveryType) {
  EXPECT_EQ(reference_table<Sample>(), golden("sample.reference.md"));
}

// A condition that holds conditions.
struct Tree {
  std::string name = "leaf";
  std::vector<Tree> parts{};

  static constexpr auto fields() {
    return std::tuple{
        field("name",
              &Tree::name,
              "What it is | was.",
              {.one_of = {"leaf", "branch"}, .deprecated = "use 'kind'"}),
        field("parts", &Tree::parts, "What it is made of.", {.min_items = 1, .max_items = 5}),
    };
  }
};

TEST(JsonSchema, StopsAtAStructWithinItself) {
  std::string out;
  JsonWriter json(out);
  write_schema(describe<Tree>(), json);
  EXPECT_EQ(
      out,
      R"J({"type":["object","null"],"properties":{)J"
      R"J("name":{"description":"What it is | was. (one of leaf, branch) Deprecated: use 'kind'.","deprecated":true,)J"
      R"J("default":"leaf","anyOf":[{"type":"string","enum":["leaf","branch"]},{"type":"string","pattern":"\\$\\{(env|file):"}]},)J"
      R"J("parts":{"description":"What it is made of. (from 1 to 5 items)","default":[],"type":"array","minItems":1,"maxItems":5,"items":{}}},)J"
      R"J("additionalProperties":false})J");
}

TEST(ReferenceTable, TellsLimitsAndDeprecation) {
  EXPECT_EQ(reference_table<Tree>(),
            "| field | type | default | meaning |\n|---|---|---|---|\n"
            "| `name` | string, one of leaf, branch | `leaf` | What it is \\| was. Deprecated: use "
            "'kind'. |\n"
            "| `parts` | list of section, from 1 to 5 items |  | What it is made of. |\n");
}

TEST(Parse, ReadsAStructWithinItself) {
  const auto tree = read_ok<Tree>("parts: [{name: branch, parts: [{}]}, {}]");
  ASSERT_EQ(tree.parts.size(), 2U);
  EXPECT_EQ(tree.parts[0].parts.size(), 1U);
  EXPECT_EQ(tree.parts[0].name, "branch");
}

}  // namespace
}  // namespace millrace::config
