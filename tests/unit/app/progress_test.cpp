#include "app/cli/progress.hpp"

#include "tests/support/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

TEST(Progress, ShortCountsHaveThreeDigits) {
  const std::pair<double, const char*> cases[] = {{0, "0"},
                                                  {7, "7"},
                                                  {999, "999"},
                                                  {999.5, "1.00k"},
                                                  {1000, "1.00k"},
                                                  {9994, "9.99k"},
                                                  {9996, "10.0k"},
                                                  {99'960, "100k"},
                                                  {412'345, "412k"},
                                                  {999'600, "1.00M"},
                                                  {1.24e6, "1.24M"},
                                                  {3e12, "3.00T"}};
  for (const auto& [count, text] : cases) EXPECT_EQ(short_count(count), text) << count;
}

TEST(Progress, LineTellsShareRateAndWhatIsLeft) {
  Terminal terminal(-1, -1);
  const Progress::Clock::time_point start{};
  EXPECT_EQ(Progress(terminal, "replay", 2'000'000, start).line(1'240'000, start + 3s),
            "replay  62% 1.24M/2.00M  413k ev/s  ETA 2s");
  EXPECT_EQ(Progress(terminal, "replay", 2'000'000, start).line(2'000'000, start + 4s),
            "replay  100% 2.00M/2.00M  500k ev/s");
  EXPECT_EQ(Progress(terminal, "replay", 10'000'000, start).line(1'000, start + 1s),
            "replay  0% 1.00k/10.0M  1.00k ev/s  ETA 2h46m39s");
  EXPECT_EQ(Progress(terminal, "replay", 10, start).line(0, start), "replay  0% 0/10  0 ev/s");
  EXPECT_EQ(Progress(terminal, "simulate", 0, start).line(5'000, start + 1s),
            "simulate  5.00k  5.00k ev/s");
}

TEST(Progress, LogsEveryTenSecondsWhereThereIsNoTerminalAndNotWhenQuiet) {
  for (const bool quiet : {false, true}) {
    const TemporaryDirectory directory;
    const int descriptor = ::open(directory.file("err").c_str(), O_WRONLY | O_CREAT, 0600);
    Terminal terminal(-1, descriptor);
    terminal.set_quiet(quiet);
    const Progress::Clock::time_point start{};
    {
      Progress progress(terminal, "replay", 100, start);
      for (int second = 1; second <= 25; ++second)
        progress.update(static_cast<std::uint64_t>(second), start + second * 1s);
    }
    ::close(descriptor);
    EXPECT_EQ(
        read_file(directory.file("err")),
        quiet ? ""
              : "replay  10% 10/100  1 ev/s  ETA 1m30s\nreplay  20% 20/100  1 ev/s  ETA 1m20s\n");
  }
}

}  // namespace
}  // namespace millrace
