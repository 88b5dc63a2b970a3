// `millrace test` as people and scripts use it.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TestCommand : public ::testing::Test {
 protected:
  TestCommand() {
    write("t.yaml",
          "nodes: {parse: {}, identify: {}, sessions: {}, out: {use: file, path: /dev/full}}\n");
  }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.file(name)) << text;
    return directory_.file(name);
  }
  TemporaryDirectory directory_;
};

constexpr const char* kGood =
    "topology: t.yaml\ncases: [{name: two people, events: [0d page, 1d page user=bob], profiles: "
    "2}]\n";
constexpr const char* kWrong =
    "topology: t.yaml\ncases:\n- name: nobody\n  events: [0d page]\n  profiles: 0\n";

TEST_F(TestCommand, PassesAndTouchesNoSink) {
  const Finished run = run_millrace({"test", write("good.test.yaml", kGood)});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("  ok    two people\n"));
  EXPECT_EQ(run.err, "1 of 1 case passed\n");
}

TEST_F(TestCommand, FailsWithAReport) {
  const std::string wrong = write("wrong.test.yaml", kWrong);
  const Finished run = run_millrace({"test", write("good.test.yaml", kGood), wrong});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(
      run.out,
      HasSubstr("  FAIL  nobody  (" + wrong + ":3)\n        there are 1 profiles, expected 0\n"));
  EXPECT_EQ(run.err, "1 of 2 cases passed\n");
  const Finished json = run_millrace({"test", "--json", "-q", wrong});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, HasSubstr("\"passed\": false"));
  EXPECT_THAT(json.err, IsEmpty());
}

TEST_F(TestCommand, TellsAnUnsoundFileFromAFailure) {
  const Finished run =
      run_millrace({"test", write("bad.test.yaml", "topology: t.yaml\ncses: []\n")});
  EXPECT_EQ(run.code, 78);
  EXPECT_THAT(run.err, HasSubstr("bad.test.yaml:2:1: error: unknown field 'cses'"));
  EXPECT_EQ(run_millrace({"test", directory_.file("none.test.yaml")}).code, 74);
}

TEST_F(TestCommand, FindsTheTestsOfTheDirectoryItself) {
  EXPECT_EQ(run_bash("cd " + directory_.file("") + " && $millrace test").code, 2);
  const Finished run = run_bash("cd " + directory_.file("") +
                                " && mkdir topologies && cp t.yaml topologies && echo '" + kGood +
                                "' > topologies/a.test.yaml && $millrace test --fast");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("topologies/a.test.yaml\n"));
}

}  // namespace
}  // namespace millrace
