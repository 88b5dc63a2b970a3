// `millrace check` as people and scripts use it.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kGood = R"(version: 1
nodes:
  parse: {}
  identify: {}
  dedupe: {window: 24h}
)";

constexpr const char* kBad = R"(version: 1
nodes:
  parse: {}
  identify: {}
  dedupe: {windw: 24h}
  sesions: {gap: 30m}
)";

class CheckCommand : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.file(name)) << text;
    return directory_.file(name);
  }
  TemporaryDirectory directory_;
};

TEST_F(CheckCommand, SaysWhatASoundTopologyHas) {
  const Finished run = run_millrace({"check", write("good.yaml", kGood)});
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, HasSubstr("good.yaml: ok, 3 nodes, 0 segments\n"));
}

TEST_F(CheckCommand, UnderlinesEveryProblemOfEveryFile) {
  const Finished run =
      run_millrace({"check", write("bad.yaml", kBad), write("worse.yaml", "nodes: [")});
  EXPECT_EQ(run.code, 78);
  EXPECT_THAT(run.err, HasSubstr("2 problems in "));
  EXPECT_THAT(run.err,
              HasSubstr("bad.yaml:5:12: error: unknown field 'windw' in nodes.dedupe (did you mean "
                        "'window'?)\n"
                        "    5 |   dedupe: {windw: 24h}\n"
                        "      |            ^^^^^\n"));
  EXPECT_THAT(run.err, HasSubstr("bad.yaml:6:3: error: there is no operator 'sesions'"));
  EXPECT_THAT(run.err, HasSubstr("worse.yaml:1:"));
}

TEST_F(CheckCommand, ListsProblemsAsJson) {
  const Finished bad = run_millrace({"check", "--json", write("bad.yaml", kBad)});
  EXPECT_EQ(bad.code, 78);
  EXPECT_THAT(bad.err, IsEmpty());
  EXPECT_THAT(bad.out,
              HasSubstr("\"line\": 5,\n    \"column\": 12,\n    \"length\": 5,\n    \"path\": "
                        "\"nodes.dedupe\",\n    \"what\": \"unknown field 'windw'\""));
  const Finished good = run_millrace({"check", "--json", "-q", write("good.yaml", kGood)});
  EXPECT_EQ(good.code, 0);
  EXPECT_EQ(good.out, "[]\n");
}

TEST_F(CheckCommand, LooksIntoTheEnvironmentOnlyWhenAsked) {
  const std::string file =
      write("env.yaml", "name: \"${env:MILLRACE_TEST_NAME}\"\n" + std::string(kGood));
  EXPECT_EQ(run_millrace({"check", file}).code, 0);
  const Finished missing = run_millrace({"check", "--environment", file});
  EXPECT_EQ(missing.code, 78);
  EXPECT_THAT(missing.err, HasSubstr("MILLRACE_TEST_NAME"));
  EXPECT_EQ(run_millrace({"check", "--environment", file}, {"MILLRACE_TEST_NAME=shop"}).code, 0);
}

TEST_F(CheckCommand, ReadsStandardInput) {
  const std::string file = write("bad.yaml", kBad);
  const Finished run = run_bash("$millrace check - < " + file);
  EXPECT_EQ(run.code, 78);
  EXPECT_THAT(run.err, HasSubstr("stdin:5:12: error:"));
}

TEST_F(CheckCommand, AFileThatCannotBeReadIsAnotherFailure) {
  const Finished run = run_millrace({"check", directory_.file("none.yaml")});
  EXPECT_EQ(run.code, 74);
  EXPECT_THAT(run.err, HasSubstr("none.yaml: No such file or directory"));
}

}  // namespace
}  // namespace millrace
