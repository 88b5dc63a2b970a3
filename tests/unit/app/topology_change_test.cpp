// A data directory outlives changes of its topology.
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace millrace {
namespace {

using ::testing::HasSubstr;

TEST(TopologyChange, TimersOfANodeThatIsGoneAreNotHeard) {
  const TemporaryDirectory directory;
  const std::string events = directory.file("events");
  const auto replay = [&](const std::string& nodes, const std::string& lines) {
    std::ofstream(directory.file("t.yaml")) << "nodes: {parse: , identify: " << nodes << "}\n";
    std::ofstream(events, std::ios::app) << lines;
    // ThreadSanitizer cannot see into oneTBB.
    return run_millrace({"replay",
                         "--executor",
                         "threads",
                         directory.file("t.yaml"),
                         "--in",
                         events,
                         "--out",
                         directory.file("out"),
                         "--data",
                         directory.file("data"),
                         "-q"});
  };
  const auto page = [](const std::string& time) {
    return R"({"type":"page","userId":"ann","messageId":")" + time + R"(","timestamp":")" + time +
           "\"}\n";
  };
  const Finished before = replay(", sessions: ", page("2026-01-05T08:00:00Z"));
  ASSERT_EQ(before.code, 0) << before.err;
  // The session's end is due in between.
  const Finished after = replay(", dedupe: ", page("2026-01-06T08:00:00Z"));
  EXPECT_EQ(after.code, 0) << after.err;
  EXPECT_THAT(after.out, HasSubstr("\"profiles\":1"));
  const Finished again = replay(", sessions: ", page("2026-01-07T08:00:00Z"));
  EXPECT_EQ(again.code, 0) << again.err;
}

}  // namespace
}  // namespace millrace
