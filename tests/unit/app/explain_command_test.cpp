// `millrace explain` and `millrace describe` as people and scripts use them.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(ExplainCommand, WritesEveryFormat) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("t.yaml");
  std::ofstream(file) << "name: tiny\nnodes: {parse: {}, identify: {}, sessions: {}}\n";
  const std::pair<const char*, const char*> cases[] = {
      {"text", "tiny\n"},
      {"json", "{\n  \"name\": \"tiny\","},
      {"dot", "digraph \"tiny\" {"},
      {"mermaid", "flowchart LR\n"},
      {"config", "version: 1\nname: tiny\n"},
  };
  for (const auto& [format, start] : cases) {
    const Finished run = run_millrace({"explain", file, "--format", format});
    EXPECT_EQ(run.code, 0) << format;
    EXPECT_THAT(run.out, StartsWith(start));
    EXPECT_THAT(run.err, IsEmpty());
  }
  // What it writes as configuration is one.
  EXPECT_EQ(run_bash("$millrace explain " + file + " -f config | $millrace check -").code, 0);
}

TEST(ExplainCommand, RefusesWhatCheckRefuses) {
  const Finished run = run_bash("echo 'nodes: {parse: {}}' | $millrace explain -");
  EXPECT_EQ(run.code, 78);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, HasSubstr("the topology has no `identify` node"));
}

TEST(DescribeCommand, TellsOfOneOperatorOrAll) {
  EXPECT_THAT(run_millrace({"describe"}).out, HasSubstr("\n  sessions "));
  EXPECT_THAT(run_millrace({"describe", "sessions"}).out, StartsWith("sessions (lanes)\n"));
  EXPECT_THAT(run_millrace({"describe", "sessions", "-f", "schema"}).out,
              HasSubstr("\"title\": \"sessions\""));
  EXPECT_THAT(run_millrace({"describe", "-f", "markdown"}).out, StartsWith("# Reference"));
  EXPECT_THAT(run_millrace({"describe", "--json"}).out, HasSubstr("\"operators\": ["));
  const Finished unknown = run_millrace({"describe", "sesions"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("there is no operator 'sesions'; did you mean 'sessions'?"));
}

}  // namespace
}  // namespace millrace
