#include "engine/base/file.hpp"

#include "tests/support/faulty_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Both implementations keep the same promises.
class FilesTest : public ::testing::TestWithParam<bool> {
 protected:
  FilesTest() {
    if (GetParam()) {
      std::string name = ::testing::TempDir() + "/millrace_file_XXXXXX";
      root_ = ::mkdtemp(name.data());
      files_ = std::make_unique<SystemFiles>();
    } else {
      root_ = "root";
      files_ = std::make_unique<testing::FaultyFiles>();
      EXPECT_TRUE(files_->make_directory(root_).ok());
    }
  }
  ~FilesTest() override {
    if (GetParam()) std::filesystem::remove_all(root_);
  }

  std::unique_ptr<File> open(const std::string& name, OpenMode mode) {
    auto file = files_->open(root_ + "/" + name, mode);
    EXPECT_TRUE(file.ok()) << (file.ok() ? "" : file.error().what);
    return std::move(file).value();
  }

  std::unique_ptr<Files> files_;
  std::string root_;
};

INSTANTIATE_TEST_SUITE_P(Files, FilesTest, ::testing::Values(true, false), [](const auto& test) {
  return test.param ? "System" : "Faulty";
});

TEST_P(FilesTest, AppendsAndReadsAnywhere) {
  auto file = open("a", OpenMode::kCreate);
  ASSERT_TRUE(file->append("hello ").ok());
  ASSERT_TRUE(file->append("world").ok());
  ASSERT_TRUE(file->sync().ok());
  EXPECT_EQ(*file->size(), 11u);
  std::string bytes(8, '-');
  EXPECT_EQ(*file->read_at(6, bytes), 5u);
  EXPECT_EQ(bytes, "world---");
  EXPECT_EQ(*file->read_at(11, bytes), 0u);
  EXPECT_EQ(*file->read_at(1000, bytes), 0u);
}

TEST_P(FilesTest, AppendsAtTheEndAfterATruncation) {
  ASSERT_TRUE(open("a", OpenMode::kCreate)->append("hello world").ok());
  auto file = open("a", OpenMode::kAppend);
  ASSERT_TRUE(file->truncate(5).ok());
  ASSERT_TRUE(file->append("!").ok());
  EXPECT_EQ(*read_file(*files_, root_ + "/a", 100), "hello!");
}

TEST_P(FilesTest, ALogIsAsLongAsWhatWasAppended) {
  {
    auto file = open("log", OpenMode::kCreateLog);
    ASSERT_TRUE(file->append("hello ").ok());
    ASSERT_TRUE(file->append(std::string(3 << 20, 'x')).ok());
    ASSERT_TRUE(file->sync().ok());
    EXPECT_EQ(*file->size(), (3u << 20) + 6);
    ASSERT_TRUE(file->truncate(6).ok());
    ASSERT_TRUE(file->append("world").ok());
    ASSERT_TRUE(file->sync().ok());
    std::string bytes(8, '-');
    EXPECT_EQ(*file->read_at(6, bytes), 5u);
    EXPECT_EQ(bytes, "world---");
    EXPECT_EQ(*file->read_at(1000, bytes), 0u);
    EXPECT_FALSE(files_->open(root_ + "/log", OpenMode::kCreateLog).ok());
    // Who reads it meanwhile may see its room.
    const std::string seen = *read_file(*files_, root_ + "/log", 2 << 20);
    EXPECT_EQ(seen.substr(0, 11), "hello world");
    EXPECT_EQ(seen.find_first_not_of('\0', 11), std::string::npos);
  }
  EXPECT_EQ(*read_file(*files_, root_ + "/log", 100), "hello world");
}

TEST_P(FilesTest, SaysWhatIsMissing) {
  const auto read = files_->open(root_ + "/none", OpenMode::kRead);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().fault, Fault::kMissing);
  EXPECT_THAT(read.error().what, HasSubstr(root_ + "/none"));
  EXPECT_EQ(files_->open(root_ + "/none", OpenMode::kAppend).error().fault, Fault::kMissing);
  EXPECT_EQ(files_->remove(root_ + "/none").error().fault, Fault::kMissing);
  EXPECT_EQ(files_->list(root_ + "/none").error().fault, Fault::kMissing);
}

TEST_P(FilesTest, CreatesOnlyWhatIsNotThere) {
  open("a", OpenMode::kCreate);
  EXPECT_FALSE(files_->open(root_ + "/a", OpenMode::kCreate).ok());
  EXPECT_FALSE(open("a", OpenMode::kRead)->append("x").ok());
}

TEST_P(FilesTest, ListsRenamesAndRemoves) {
  for (const char* name : {"c", "a", "b"}) open(name, OpenMode::kCreate);
  ASSERT_TRUE(files_->rename(root_ + "/c", root_ + "/a").ok());
  ASSERT_TRUE(files_->sync_directory(root_).ok());
  EXPECT_THAT(*files_->list(root_), ElementsAre("a", "b"));
  ASSERT_TRUE(files_->remove(root_ + "/b").ok());
  EXPECT_THAT(*files_->list(root_), ElementsAre("a"));
}

TEST_P(FilesTest, MakesADirectoryWithItsParents) {
  const std::string deep = root_ + "/x/y/z";
  ASSERT_TRUE(files_->make_directory(deep).ok());
  ASSERT_TRUE(files_->make_directory(deep).ok());
  EXPECT_TRUE(files_->open(deep + "/a", OpenMode::kCreate).ok());
  EXPECT_FALSE(files_->open(root_ + "/nowhere/a", OpenMode::kCreate).ok());
}

TEST_P(FilesTest, LocksForOneHolder) {
  auto lock = files_->lock(root_ + "/lock");
  ASSERT_TRUE(lock.ok());
  const auto second = files_->lock(root_ + "/lock");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().fault, Fault::kBusy);
  if (GetParam()) {
    EXPECT_THAT(second.error().what, HasSubstr(std::to_string(::getpid())));
  }
  lock = Error{"released"};
  EXPECT_TRUE(files_->lock(root_ + "/lock").ok());
}

TEST_P(FilesTest, ReplacesAFileAndRefusesATooLongOne) {
  const std::string path = root_ + "/a";
  ASSERT_TRUE(replace_file(*files_, path, "one").ok());
  ASSERT_TRUE(replace_file(*files_, path, "three").ok());
  EXPECT_EQ(*read_file(*files_, path, 5), "three");
  EXPECT_FALSE(read_file(*files_, path, 4).ok());
  EXPECT_THAT(*files_->list(root_), ElementsAre("a"));
}

TEST(SystemFiles, TellsAFullDisk) {
  SystemFiles files;
  auto full = files.open("/dev/full", OpenMode::kAppend);
  if (!full.ok()) GTEST_SKIP() << "no /dev/full";
  const Status status = (*full)->append("x");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::kFull);
}

// Replacing survives a crash and an I/O error at each of its six operations: old or new, never
// between.
TEST(ReplaceFile, IsAllOrNothing) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    testing::FaultyFiles files(seed);
    ASSERT_TRUE(files.make_directory("d").ok());
    ASSERT_TRUE(replace_file(files, "d/a", std::string(3000, 'o')).ok());
    if (seed % 7 != 6) files.fail_operation(seed % 7);
    const bool replaced = replace_file(files, "d/a", std::string(5000, 'n')).ok();
    files.crash();
    const std::string bytes = files.contents("d/a");
    if (replaced)
      EXPECT_EQ(bytes, std::string(5000, 'n')) << seed;
    else
      EXPECT_TRUE(bytes == std::string(3000, 'o') || bytes == std::string(5000, 'n')) << seed;
    EXPECT_TRUE(replace_file(files, "d/a", "again").ok()) << seed;
  }
}

// The double must be as cruel as it says, or the tests that use it prove nothing.
TEST(FaultyFiles, LosesWhatWasNotSynced) {
  int lost = 0;
  int kept = 0;
  int torn = 0;
  int nameless = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    testing::FaultyFiles files(seed);
    ASSERT_TRUE(files.make_directory("d").ok());
    auto file = std::move(files.open("d/a", OpenMode::kCreate)).value();
    if (seed % 2 == 0) {
      ASSERT_TRUE(files.sync_directory("d").ok());
    }
    ASSERT_TRUE(file->append(std::string(1000, 's')).ok());
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(file->append(std::string(2000, 'u')).ok());
    files.crash();
    EXPECT_FALSE(file->append("dead").ok());
    const std::string bytes = files.contents("d/a");
    if (bytes.empty()) {
      ASSERT_EQ(seed % 2, 1u);
      ++nameless;
      continue;
    }
    ASSERT_EQ(bytes.substr(0, 1000), std::string(1000, 's'));
    if (bytes.size() == 1000)
      ++lost;
    else if (bytes.size() == 3000 && bytes.find('\0') == std::string::npos)
      ++kept;
    else
      ++torn;
  }
  EXPECT_GT(lost, 20);
  EXPECT_GT(kept, 5);
  EXPECT_GT(torn, 40);
  EXPECT_GT(nameless, 20);
}

TEST(FaultyFiles, ForgetsWhatAFailedSyncDidNotWrite) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    testing::FaultyFiles files(seed);
    ASSERT_TRUE(files.make_directory("d").ok());
    auto file = std::move(files.open("d/a", OpenMode::kCreate)).value();
    ASSERT_TRUE(files.sync_directory("d").ok());
    ASSERT_TRUE(file->append(std::string(2000, 'u')).ok());
    files.fail_operation(0);
    EXPECT_FALSE(file->sync().ok());
    EXPECT_TRUE(file->sync().ok());  // and yet
    EXPECT_EQ(files.contents("d/a"), std::string(2000, 'u'));
    files.crash();
    lost += files.contents("d/a") != std::string(2000, 'u') ? 1 : 0;
  }
  EXPECT_GT(lost, 50);
}

TEST(FaultyFiles, FillsUp) {
  testing::FaultyFiles files;
  ASSERT_TRUE(files.make_directory("d").ok());
  auto file = std::move(files.open("d/a", OpenMode::kCreate)).value();
  files.set_capacity(10);
  const Status status = file->append("0123456789ab");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::kFull);
  EXPECT_EQ(files.contents("d/a"), "0123456789");
  ASSERT_TRUE(files.remove("d/a").ok());
  EXPECT_EQ(files.used(), 0u);
}

TEST(ParentDirectory, IsWhatHoldsAName) {
  EXPECT_EQ(parent_directory("a/b/c"), "a/b");
  EXPECT_EQ(parent_directory("c"), ".");
  EXPECT_EQ(parent_directory("/c"), "/");
}

}  // namespace
}  // namespace millrace
