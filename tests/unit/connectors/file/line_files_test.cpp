// Files of lines: rotated, compressed, cut back after a crash.
#include "connectors/file/line_files.hpp"

#include "tests/support/faulty_files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using millrace::testing::FaultyFiles;

const Time kStart = *parse_time("2026-11-01T12:00:00Z");

std::string unpacked(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t frame = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
    if (ZSTD_isError(frame) != 0) return "no zstd";
    std::string part(ZSTD_getFrameContentSize(bytes.data(), bytes.size()), '\0');
    part.resize(ZSTD_decompress(part.data(), part.size(), bytes.data(), frame));
    out += part;
    bytes.remove_prefix(frame);
  }
  return out;
}

class LineFilesTest : public ::testing::Test {
 protected:
  LineFilesTest() { EXPECT_TRUE(files.make_directory("d").ok()); }

  std::unique_ptr<LineFiles> open(const std::string& state = "") {
    auto lines = std::make_unique<LineFiles>(files, options);
    const Status opened = lines->open(state);
    EXPECT_TRUE(opened.ok()) << opened.error().what;
    return lines;
  }
  std::vector<std::string> names() {
    auto found = files.list("d");
    EXPECT_TRUE(found.ok());
    return *found;
  }
  // Of all files, in order of name.
  std::string contents() {
    std::string all;
    for (const std::string& name : names()) {
      const std::string bytes = files.contents("d/" + name);
      all += name.ends_with(".zst") ? unpacked(bytes) : bytes;
    }
    return all;
  }

  FaultyFiles files;
  LineFilesOptions options{.path = "d/out.ndjson"};
};

TEST_F(LineFilesTest, AreOneFileIfNothingElseIsSaid) {
  auto lines = open();
  ASSERT_TRUE(lines->append("a\n", kStart).ok());
  ASSERT_TRUE(lines->commit().ok());
  EXPECT_EQ(files.contents("d/out.ndjson"), "a\n");
}

TEST_F(LineFilesTest, EndBySize) {
  options.rotate_bytes = 10;
  auto lines = open();
  for (const char* line : {"aaaa\n", "bbbb\n", "c\n", "a line that is longer\n", "d\n"})
    ASSERT_TRUE(lines->append(line, kStart).ok());
  ASSERT_TRUE(lines->commit().ok());
  EXPECT_EQ(files.contents("d/out.00000001.ndjson"), "aaaa\nbbbb\n");
  EXPECT_EQ(files.contents("d/out.00000002.ndjson"), "c\n");
  EXPECT_EQ(files.contents("d/out.00000003.ndjson"), "a line that is longer\n");
  EXPECT_EQ(files.contents("d/out.00000004.ndjson"), "d\n");
}

TEST_F(LineFilesTest, EndByTheLinesOwnTime) {
  options.rotate_every = 1h;
  auto lines = open();
  ASSERT_TRUE(lines->append("12:00\n", kStart).ok());
  ASSERT_TRUE(lines->append("12:59\n", kStart + 59min).ok());
  ASSERT_TRUE(lines->append("no time\n", std::nullopt).ok());
  ASSERT_TRUE(lines->append("13:00\n", kStart + 60min).ok());
  ASSERT_TRUE(lines->commit().ok());
  EXPECT_EQ(files.contents("d/out.00000001.ndjson"), "12:00\n12:59\nno time\n");
  EXPECT_EQ(files.contents("d/out.00000002.ndjson"), "13:00\n");
}

TEST_F(LineFilesTest, AreCompressed) {
  options.zstd = 3;
  options.rotate_bytes = 100'000;
  auto lines = open();
  std::string all;
  for (int i = 0; i < 5000; ++i) {
    all += fmt::format("{{\"line\":{}}}\n", i);
    ASSERT_TRUE(lines->append(fmt::format("{{\"line\":{}}}\n", i), kStart).ok());
  }
  ASSERT_TRUE(lines->commit().ok());
  EXPECT_EQ(names()[0], "out.00000001.ndjson.zst");
  EXPECT_EQ(contents(), all);
  EXPECT_LT(files.used(), all.size() / 4);
}

TEST_F(LineFilesTest, GoWhenThereAreTooManyAndNoCheckpointNeedsThem) {
  options.rotate_bytes = 1;
  options.keep = 2;
  auto lines = open();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(lines->append("x\n", kStart).ok());
  ASSERT_TRUE(lines->commit().ok());
  EXPECT_EQ(names().size(), 6U) << "a crash now would go on from the beginning";
  ASSERT_TRUE(lines->append("x\n", kStart).ok());
  ASSERT_TRUE(lines->commit().ok());
  EXPECT_EQ(names().front(), "out.00000005.ndjson");
  EXPECT_EQ(names().size(), 3U);
}

TEST_F(LineFilesTest, LeaveOtherFilesAlone) {
  files.set_contents("d/out.ndjson", "mine");
  files.set_contents("d/out.notes001.ndjson", "mine");
  files.set_contents("d/other.00000002.ndjson", "mine");
  options.rotate_bytes = 1;
  auto lines = open();
  EXPECT_EQ(names().size(), 4U);
  EXPECT_EQ(files.contents("d/out.notes001.ndjson"), "mine");
}

TEST_F(LineFilesTest, KeepToTheWayTheyWereWritten) {
  auto lines = open();
  ASSERT_TRUE(lines->append("a\n", kStart).ok());
  const auto state = lines->commit();
  lines.reset();
  options.rotate_bytes = 10;
  EXPECT_FALSE(LineFiles(files, options).open(*state).ok());
  options.rotate_bytes = 0;
  options.zstd = 1;
  EXPECT_FALSE(LineFiles(files, options).open(*state).ok());
}

// One seed: random lines, commits, and crashes of the machine.
void run(std::uint64_t seed) {
  Random random(seed);
  FaultyFiles files(seed);
  ASSERT_TRUE(files.make_directory("d").ok());
  LineFilesOptions options{.path = "d/out.ndjson"};
  if (random.chance(0.7)) options.rotate_bytes = 20 + random.below(300);
  if (random.chance(0.5)) options.rotate_every = Duration(1 + random.below(5000));
  if (random.chance(0.5)) options.zstd = 1;
  const std::uint64_t count = 20 + random.below(200);
  const auto line = [&](std::uint64_t i) {
    return fmt::format("line {} {}\n", i, mix64(i) % 1000);
  };
  std::string state;
  std::uint64_t durable = 0;
  std::string expected;
  for (std::uint64_t i = 0; i < count; ++i) expected += line(i);
  while (durable < count) {
    auto lines = std::make_unique<LineFiles>(files, options);
    const Status opened = lines->open(state);
    ASSERT_TRUE(opened.ok()) << opened.error().what;
    for (std::uint64_t i = durable; i < count;) {
      ASSERT_TRUE(lines->append(line(i), kStart + Duration(i * 100)).ok());
      ++i;
      if (i < count && !random.chance(0.05)) continue;
      const auto committed = lines->commit();
      ASSERT_TRUE(committed.ok());
      if (random.chance(0.2)) break;  // before the checkpoint is durable
      state = *committed;
      durable = i;
      if (random.chance(0.2)) break;
    }
    if (durable < count || random.chance(0.5)) {
      files.crash();
      lines.reset();
    }
  }
  std::string all;
  const auto names = files.list("d");
  ASSERT_TRUE(names.ok());
  for (const std::string& name : *names) {
    const std::string bytes = files.contents("d/" + name);
    all += options.zstd > 0 ? unpacked(bytes) : bytes;
  }
  ASSERT_EQ(all, expected);
}

TEST(LineFilesLaws, HoldEachLineOnceAfterAnyCrash) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    run(seed);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace millrace
