// The completion scripts, as the shells themselves judge them.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using ::testing::HasSubstr;

// What bash offers for the words of a command line, the last of which is unfinished.
std::string completed(const std::string& words, int last) {
  return run_bash("source <($millrace completion bash); COMP_WORDS=(" + words +
                  "); COMP_CWORD=" + std::to_string(last) + "; _millrace; echo \"${COMPREPLY[*]}\"")
      .out;
}

TEST(Completion, BashAcceptsTheScript) {
  const Finished run =
      run_bash("$millrace completion bash | bash -n && $millrace completion bash | bash");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
}

TEST(Completion, BashCompletesCommandsOptionsAndChoices) {
  EXPECT_EQ(completed("millrace comp", 1), "completion\n");
  EXPECT_EQ(completed("millrace help comp", 2), "completion\n");
  EXPECT_EQ(completed("millrace completion ''", 2), "bash zsh fish\n");
  EXPECT_EQ(completed("millrace completion z", 2), "zsh\n");
  EXPECT_EQ(completed("millrace completion --q", 2), "--quiet\n");
}

TEST(Completion, ZshAndFishKnowEveryOption) {
  for (const char* shell : {"zsh", "fish"}) {
    const Finished run = run_millrace({"completion", shell});
    EXPECT_EQ(run.code, 0);
    for (const char* name : {"completion", "quiet", "no-color", "bash zsh fish"})
      EXPECT_THAT(run.out, HasSubstr(name)) << shell;
    if (run_process({shell, "-c", "true"}).code == 0) {
      EXPECT_EQ(run_bash("$millrace completion " + std::string(shell) + " | " + shell + " -n").code,
                0);
    }
  }
}

}  // namespace
}  // namespace millrace
