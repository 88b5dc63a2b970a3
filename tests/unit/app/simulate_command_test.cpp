// `millrace simulate` as scripts use it.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::ptrdiff_t lines_in(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(SimulateCommand, WritesDataToOutAndTheSummaryToErr) {
  const Finished run = run_millrace({"simulate", "--shoppers", "20", "--events", "100"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(lines_in(run.out), 100);
  EXPECT_THAT(run.out, StartsWith("{\"timestamp\":\"2026-11-0"));
  EXPECT_THAT(run.err, StartsWith("simulated 100 lines: 100 events"));
  const Finished quiet =
      run_millrace({"simulate", "--shoppers", "20", "--events", "100", "--quiet"});
  EXPECT_EQ(quiet.out, run.out);
  EXPECT_THAT(quiet.err, IsEmpty());
}

TEST(SimulateCommand, SummaryCanBeJson) {
  const Finished run = run_millrace({"simulate",
                                     "--shoppers",
                                     "20",
                                     "--events",
                                     "5k",
                                     "--dirt",
                                     "--malformed",
                                     "0.1",
                                     "--json",
                                     "--out",
                                     "/dev/null"});
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_THAT(run.err, StartsWith("{\"lines\":5000,\"bytes\":"));
  EXPECT_THAT(run.err, HasSubstr("\"malformedByKind\":{\"truncated\":"));
  EXPECT_EQ(lines_in(run.err), 1);
}

TEST(SimulateCommand, WritesFiles) {
  const TemporaryDirectory directory;
  const Finished run = run_millrace({"simulate",
                                     "--shoppers",
                                     "30",
                                     "--days",
                                     "3",
                                     "--out",
                                     directory.file("events"),
                                     "--personas-out",
                                     directory.file("truth")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, IsEmpty());
  EXPECT_EQ(lines_in(read_file(directory.file("truth"))), 30);
  EXPECT_THAT(run.err,
              HasSubstr(std::to_string(lines_in(read_file(directory.file("events")))) + " lines"));
}

TEST(SimulateCommand, RefusesWhatMakesNoSense) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--shoppers", "0"}, "--shoppers is from 1"},
      {{"--shoppers", "200M"}, "--shoppers is from 1"},
      {{"--days", "0"}, "--days is from 1"},
      {{"--late", "1.5"}, "from 0 to 1"},
      {{"--malformed", "0.6", "--oversized", "0.6"}, "more than 1 together"},
      {{"--max-late", "1s"}, "longer than 1s"},
      {{"--persona-mix", "royal=1"}, "'royal' is no persona; there are"},
      {{"--start", "soon"}, "expected a date"},
      {{"--rate", "fast"}, "expected a whole number"},
      {{"--rate", "0"}, "--rate"},
      {{"--sed", "1"}, "did you mean '--seed'?"},
  };
  for (const auto& [arguments, expected] : cases) {
    std::vector<std::string> words = {"simulate"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Finished run = run_millrace(words);
    EXPECT_EQ(run.code, 64) << arguments.front();
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_THAT(run.err, HasSubstr(expected));
  }
}

TEST(SimulateCommand, SaysWhatItCannotWrite) {
  EXPECT_EQ(run_millrace({"simulate", "--out", "/nowhere/events"}).code, 73);
  EXPECT_EQ(run_millrace({"simulate", "--personas-out", "/nowhere/truth"}).code, 73);
  EXPECT_EQ(run_millrace({"simulate", "--out", "/dev/full"}).code, 74);
  EXPECT_EQ(run_millrace(
                {"simulate", "--events", "5", "--out", "/dev/null", "--personas-out", "/dev/full"})
                .code,
            74);
}

TEST(SimulateCommand, StopsQuietlyWhenTheReaderLeaves) {
  const Finished run =
      run_bash("$millrace simulate --events 1G --quiet | head -n 3; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(lines_in(run.out), 3);
  EXPECT_THAT(run.err, IsEmpty());
}

// The first line proves that it runs; then it is interrupted.
TEST(SimulateCommand, InterruptStopsItWithWholeLines) {
  const Finished run = run_bash(R"(
    coproc "$millrace" simulate --events 1G --rate 1000/s
    pid=$COPROC_PID; exec {lines}<&"${COPROC[0]}"
    read -r -u "$lines" first
    kill -INT "$pid"
    printf '%s\n' "$first"
    cat <&"$lines"
    wait "$pid")");
  EXPECT_EQ(run.code, 130);
  EXPECT_THAT(run.out, ::testing::EndsWith("\"}\n"));
  EXPECT_THAT(run.err, HasSubstr("simulated "));
}

// Sleeping (S) is what the unpaced program does only once the pipe is full.
TEST(SimulateCommand, InterruptEndsAWriteThatNobodyReads) {
  const TemporaryDirectory directory;
  const Finished run =
      run_bash("mkfifo " + directory.file("pipe") + "; exec 3<>" + directory.file("pipe") + R"(
    "$millrace" simulate --events 1G >&3 &
    pid=$!
    until [[ $(readlink "/proc/$pid/exe") == "$millrace" &&
             $(cut -d' ' -f3 "/proc/$pid/stat") == S ]]; do :; done
    kill -INT "$pid"
    wait "$pid")");
  EXPECT_EQ(run.code, 130);
  EXPECT_THAT(run.err, StartsWith("simulated "));
}

TEST(SimulateCommand, KeepsThePace) {
  const auto start = std::chrono::steady_clock::now();
  const Finished run = run_millrace({"simulate", "--events", "100", "--rate", "500/s"});
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(199));
  EXPECT_EQ(lines_in(run.out), 100);
}

TEST(SimulateCommand, BashCompletesItsOptions) {
  const auto completed = [](const std::string& words, int last) {
    return run_bash("source <($millrace completion bash); COMP_WORDS=(" + words + "); COMP_CWORD=" +
                    std::to_string(last) + "; _millrace; echo \"${COMPREPLY[*]}\"")
        .out;
  };
  EXPECT_EQ(completed("millrace sim", 1), "simulate\n");
  EXPECT_EQ(completed("millrace simulate --persona", 2), "--persona-mix --personas-out\n");
  EXPECT_EQ(completed("millrace simulate --seed ''", 3), "\n");
  EXPECT_THAT(completed("millrace simulate --out /de", 3), HasSubstr("/dev"));
}

}  // namespace
}  // namespace millrace
