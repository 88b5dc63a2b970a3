// The behaviour of the program that scripts and people rely on, by running it.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Case {
  std::vector<std::string> arguments;
  int code;
  const char* out;  // part of standard output; null: it is empty
  const char* err;  // the same for standard error
};

::testing::Matcher<const std::string&> says(const char* text) {
  if (text) return HasSubstr(text);
  return IsEmpty();
}

TEST(Program, ExitCodesAndStreams) {
  const Case cases[] = {
      {{}, 64, nullptr, "Commands"},
      {{"--version"}, 0, "millrace 0.", nullptr},
      {{"--help"}, 0, "Commands", nullptr},
      {{"-h"}, 0, "Commands", nullptr},
      {{"help"}, 0, "Commands", nullptr},
      {{"help", "completion"}, 0, "source <(millrace completion bash)", nullptr},
      {{"completion", "--help"}, 0, "SHELL", nullptr},
      {{"completion", "bash", "-h"}, 0, "SHELL", nullptr},
      {{"help", "complet"}, 64, nullptr, "did you mean 'completion'?"},
      {{"complation"}, 64, nullptr, "unknown command 'complation'; did you mean 'completion'?"},
      {{"xyzzy"}, 64, nullptr, "unknown command 'xyzzy'\n"},
      {{"--verison"}, 64, nullptr, "unknown option '--verison'; did you mean '--version'?"},
      {{"completion"}, 64, nullptr, "completion: SHELL is missing"},
      {{"completion", "bsah"},
       64,
       nullptr,
       "'bsah' is not one of bash, zsh, fish; did you mean 'bash'?"},
      {{"completion", "bash", "zsh"}, 64, nullptr, "unexpected argument 'zsh'"},
      {{"completion", "bash", "--quite"},
       64,
       nullptr,
       "unknown option '--quite'; did you mean '--quiet'?"},
      {{"completion", "--quiet=no", "bash"}, 64, nullptr, "completion: --quiet takes no value"},
      {{"completion", "bash", "-q"}, 0, "complete -o filenames -F _millrace millrace", nullptr},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.arguments));
    const Finished run = run_millrace(c.arguments);
    EXPECT_EQ(run.code, c.code);
    EXPECT_THAT(run.out, says(c.out));
    EXPECT_THAT(run.err, says(c.err));
  }
}

TEST(Program, HelpShowsExamplesFirst) {
  const std::string help = run_millrace({"help", "completion"}).out;
  EXPECT_LT(help.find("Examples"), help.find("Usage"));
  EXPECT_LT(help.find("Usage"), help.find("Options"));
  EXPECT_THAT(help, HasSubstr("One of: bash, zsh, fish."));
}

TEST(Program, WritesNoColourWhereNobodySeesIt) {
  for (const char* variable : {"NO_COLOR=", "NO_COLOR=1", "TERM=xterm-256color"})
    EXPECT_THAT(run_millrace({"help"}, {variable}).out, Not(HasSubstr("\x1b"))) << variable;
}

// `script` gives the program a terminal of its own.
TEST(Program, ColoursTerminalsUnlessToldNotTo) {
  if (run_bash("command -v script").code != 0) GTEST_SKIP() << "needs script(1)";
  const auto on_terminal = [](const std::string& words) {
    return run_bash("script -qec \"" + words + "\" /dev/null").out;
  };
  EXPECT_THAT(on_terminal("env -u NO_COLOR TERM=xterm $millrace help"),
              HasSubstr("\x1b[1mExamples\x1b[0m"));
  EXPECT_THAT(on_terminal("NO_COLOR=1 TERM=xterm $millrace help"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(on_terminal("env -u NO_COLOR TERM=dumb $millrace help"), Not(HasSubstr("\x1b")));
  EXPECT_THAT(on_terminal("env -u NO_COLOR TERM=xterm $millrace nonsense"),
              HasSubstr("\x1b[31mmillrace:"));
}

TEST(Program, IsQuietWhenTheReaderLeaves) {
  const Finished run = run_bash("set -o pipefail; $millrace completion bash | true");
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.err, IsEmpty());
}

TEST(Program, ReportsAFullDisk) {
  const Finished run = run_bash("$millrace completion bash > /dev/full");
  EXPECT_EQ(run.code, 74);
  EXPECT_THAT(run.err, StartsWith("millrace: cannot write to standard output: No space left"));
}

}  // namespace
}  // namespace millrace
