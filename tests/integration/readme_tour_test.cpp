// The tour of README.md, every command of it, in order: blocks of `sh` after a comment
//   <!-- tour: server -->       starts the server, which goes on beside the others
//   <!-- tour: kill -->         ends it
//   <!-- tour: shows TEXT -->   writes TEXT in the end, once what was sent is processed
// with this build's program, a free port and a directory of the test's own.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>

namespace millrace {
namespace {

using ::testing::HasSubstr;

struct Step {
  std::string what;  // "server", "kill" or "shows TEXT"
  std::string commands;
};

std::vector<Step> steps_of(const std::string& file) {
  constexpr std::string_view kMark = "<!-- tour: ";
  std::vector<Step> steps;
  std::ifstream lines(file);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kMark)) {
      steps.push_back({line.substr(kMark.size(), line.rfind(" -->") - kMark.size()), ""});
    } else if (line.starts_with("```")) {
      // Only the block right behind its mark.
      inside = line == "```sh" && !steps.empty() && steps.back().commands.empty();
    } else if (inside) {
      steps.back().commands += line + "\n";
    }
  }
  return steps;
}

class Tour {
 public:
  void take(const Step& step) {
    SCOPED_TRACE(step.commands);
    ASSERT_FALSE(step.commands.empty()) << "a mark without commands: " << step.what;
    if (step.what == "server") return start(step);
    if (step.what == "kill") {
      EXPECT_EQ(run_bash(here(step.commands)).code, 0);
      server_->wait();
      return;
    }
    constexpr std::string_view kShows = "shows ";
    ASSERT_TRUE(step.what.starts_with(kShows)) << step.what;
    const std::string wanted = step.what.substr(kShows.size());
    // What is read may be a moment behind what was sent.
    const bool reads = step.commands.find("/v1/profiles") != std::string::npos ||
                       step.commands.find("profile get") != std::string::npos;
    Finished ran = run_bash(here(step.commands));
    for (int i = 0; i < 200 && reads && (ran.out + ran.err).find(wanted) == std::string::npos; ++i)
      ran = run_bash(here(step.commands));
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out + ran.err, HasSubstr(wanted));
  }
  // As Ctrl-C would.
  void end() {
    server_->signal(SIGTERM);
    EXPECT_EQ(server_->wait(), 0);
  }

 private:
  void start(const Step& step) {
    ASSERT_EQ(step.commands, "make run\n");  // which ends in scripts/demo
    server_ = std::make_unique<Process>(
        std::vector<std::string>{MILLRACE_SOURCE_DIR "/scripts/demo"},
        std::vector<std::string>{std::string("MILLRACE=") + MILLRACE_PROGRAM,
                                 "DATA=" + directory_.file("data"),
                                 "LISTEN=127.0.0.1:0"});
    constexpr std::string_view kListening = "listening on ";
    const auto line = server_->line();
    ASSERT_TRUE(line && line->starts_with(kListening)) << line.value_or("it ended");
    url_ = line->substr(kListening.size());
  }

  // The same for this build, this server, and a place that the test cleans up.
  std::string here(std::string commands) const {
    const std::pair<std::string, std::string> changes[] = {
        {"build/release/app/millrace top", "$millrace top --to " + url_},
        {"build/release/app/millrace tap", "$millrace tap --to " + url_},
        {"build/release/app/millrace profile", "$millrace profile --to " + url_},
        {"build/release/app/millrace send", "$millrace send --to " + url_},
        {"127.0.0.1:8081", "127.0.0.1:0"},
        {"build/release/app/millrace", "$millrace"},
        {"http://127.0.0.1:8080", url_},
        {"data/pid", directory_.file("data/pid")},
        {"build/", directory_.file("")},
    };
    for (const auto& [from, to] : changes)
      for (std::size_t at = commands.find(from); at != std::string::npos;
           at = commands.find(from, at + to.size()))
        commands.replace(at, from.size(), to);
    return "set -e; cd " MILLRACE_SOURCE_DIR "\n" + commands;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Process> server_;
  std::string url_;
};

TEST(ReadmeTour, WorksAsItIsWritten) {
  const auto steps = steps_of(MILLRACE_SOURCE_DIR "/README.md");
  ASSERT_GT(steps.size(), 10U);
  Tour tour;
  for (const Step& step : steps) {
    tour.take(step);
    if (::testing::Test::HasFatalFailure()) return;
  }
  tour.end();
}

}  // namespace
}  // namespace millrace
