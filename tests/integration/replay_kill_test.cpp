// A replay that is killed at any moment, again and again, and then let finish, ends as one that was
// left alone: the same state, the same account, the same bytes from its sinks.
#include "engine/base/random.hpp"
#include "tests/support/process.hpp"

#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>

namespace millrace {
namespace {

class ReplayKill : public ::testing::Test {
 protected:
  void SetUp() override {
    const Finished made = run_millrace({"simulate",
                                        "--shoppers",
                                        "150",
                                        "--days",
                                        "12",
                                        "--dirt",
                                        "--seed",
                                        "7",
                                        "--out",
                                        directory_.file("events")});
    ASSERT_EQ(made.code, 0) << made.err;
    // Checkpoints often, little memory, and a sink of the topology's own beside standard output.
    std::ofstream(directory_.file("shop.yaml"))
        << "checkpoint: {records: 1000}\nmemory: 1MiB\n"
        << read_file(std::string(MILLRACE_SOURCE_DIR) + "/topologies/shop.yaml")
        << "  log: {use: file, path: \"${env:LOG}\"}\n";
  }

  std::vector<std::string> replay(const std::string& data, std::uint64_t lanes) const {
    // ThreadSanitizer cannot see into oneTBB.
    return {MILLRACE_PROGRAM,
            "replay",
            "--executor",
            "threads",
            "--lanes",
            std::to_string(lanes),
            "--in",
            directory_.file("events"),
            "--data",
            data,
            "-q",
            directory_.file("shop.yaml")};
  }

  // Kills the replay when it has written so many lines; true if it came to its end before.
  bool run_until(const std::vector<std::string>& words,
                 const std::string& log,
                 std::uint64_t lines) {
    Process process(words, {"LOG=" + log});
    for (std::uint64_t i = 0; i < lines; ++i)
      if (!process.line()) return process.wait() == 0;
    process.signal(SIGKILL);
    return process.wait() == 0;
  }

  // The last line, without how long it took.
  static std::string summary(const std::string& out) {
    const auto begin = out.rfind("{\"events\"");
    if (begin == std::string::npos) return out;
    return out.substr(begin, out.find(",\"seconds\"") - begin);
  }

  TemporaryDirectory directory_;
};

TEST_F(ReplayKill, EndsAsIfNothingHadHappened) {
  const std::string log = "LOG=" + directory_.file("log");
  const Finished undisturbed = run_process(replay(directory_.file("undisturbed"), 2), {log});
  ASSERT_EQ(undisturbed.code, 0) << undisturbed.err;
  const std::string expected = read_file(directory_.file("log"));
  ASSERT_THAT(summary(undisturbed.out), ::testing::HasSubstr("digest"));

  const bool soak = std::getenv("MILLRACE_SOAK") != nullptr;
  Random random(11);
  for (int round = 0; round < (soak ? 50 : 2); ++round) {
    const std::string data = directory_.file("data" + std::to_string(round));
    const std::string disturbed = directory_.file("log" + std::to_string(round));
    int kills = 0;
    for (int i = 0; i < (soak ? 20 : 6); ++i)
      kills += run_until(replay(data, 1 + random.below(4)), disturbed, random.below(400)) ? 0 : 1;
    const Finished last = run_process(replay(data, 3), {"LOG=" + disturbed});
    ASSERT_EQ(last.code, 0) << last.err;
    EXPECT_GT(kills, 0);
    EXPECT_EQ(summary(last.out), summary(undisturbed.out));
    EXPECT_TRUE(read_file(disturbed) == expected) << "the sink's file differs";
  }
}

}  // namespace
}  // namespace millrace
