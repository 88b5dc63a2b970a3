// What a store on disk promises beyond the conformance suite: crashes, damage, and a second opener.
#include "engine/state/rocksdb_store.hpp"

#include "engine/base/random.hpp"
#include "tests/unit/state/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <fstream>

namespace {
std::atomic<int> g_syncs{0};
}  // namespace

// Stands before the C library's, so that a test can see whether a write was synced.
extern "C" int fdatasync(int file) {
  ++g_syncs;
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

#ifdef __SANITIZE_THREAD__
// Debian's RocksDB is not instrumented: ThreadSanitizer does not see the atomics that order its
// threads.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb.so"; }
#endif

namespace millrace {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::unique_ptr<Store> open(const std::string& directory, const RocksdbConfig& config = {}) {
  auto store = open_rocksdb_store(directory, config);
  if (!store) {
    ADD_FAILURE() << store.error().what;
    std::abort();
  }
  return std::move(store).value();
}

WriteSet put(const std::string& key, const std::string& value) {
  WriteSet set;
  set.put(key, value);
  return set;
}

std::size_t count(Store& store) {
  std::size_t keys = 0;
  EXPECT_TRUE(store.scan("", [&](auto, auto) { return ++keys > 0; }).ok());
  return keys;
}

fs::path file_with_extension(const std::string& directory, std::string_view extension) {
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == extension && entry.file_size() > 0) return entry.path();
  return {};
}

void flip_byte(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x20);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
  ASSERT_TRUE(file.good());
}

TEST(RocksdbStore, SyncsEveryWriteBeforeItReturns) {
  const TemporaryDirectory directory;
  const auto store = open(directory.path());
  for (int i = 0; i < 10; ++i) {
    const int before = g_syncs;
    ASSERT_TRUE(store->write(put("key", std::to_string(i))).ok());
    EXPECT_GT(g_syncs, before);
  }
}

TEST(RocksdbStore, TellsASecondOpenerWhy) {
  const TemporaryDirectory directory;
  const auto store = open(directory.path());
  const auto second = open_rocksdb_store(directory.path(), {});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().what, HasSubstr("has it open"));
  EXPECT_THAT(second.error().what, HasSubstr(directory.path()));
}

TEST(RocksdbStore, ExplainsADirectoryThatItCannotUse) {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() + "/file") << "not a directory";
  const auto store = open_rocksdb_store(directory.path() + "/file/store", {});
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(store.error().what, HasSubstr("cannot create the directory"));
}

TEST(RocksdbStore, OpensWithEveryCompression) {
  for (const auto compression : {RocksdbConfig::Compression::kNone,
                                 RocksdbConfig::Compression::kLz4,
                                 RocksdbConfig::Compression::kZstd}) {
    const TemporaryDirectory directory;
    RocksdbConfig config;
    config.compression = compression;
    config.write_buffer_bytes = 64 << 10;
    const auto store = open(directory.path(), config);
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(store->write(put("key" + std::to_string(i), std::string(10'000, 'x'))).ok());
    ASSERT_TRUE(store->compact().ok());
    EXPECT_EQ(count(*store), 100u);
    const bool packed = store->size_bytes() < 500'000;
    EXPECT_EQ(packed, compression != RocksdbConfig::Compression::kNone) << store->size_bytes();
  }
}

// Small values are in tables, large ones beside them.
TEST(RocksdbStore, ReportsADamagedTableOrBlob) {
  const std::pair<std::size_t, std::string> cases[] = {{1'000, ".sst"}, {100'000, ".blob"}};
  for (const auto& [size, extension] : cases) {
    const TemporaryDirectory directory;
    RocksdbConfig config;
    config.compression = RocksdbConfig::Compression::kNone;
    {
      const auto store = open(directory.path(), config);
      ASSERT_TRUE(store->write(put("key", std::string(size, 'x'))).ok());
      ASSERT_TRUE(store->compact().ok());
    }
    flip_byte(file_with_extension(directory.path(), extension), 100);
    const auto store = open(directory.path(), config);
    std::vector<std::optional<std::string>> values;
    const std::vector<std::string> keys{"key"};
    const Status read = store->read(keys, values);
    ASSERT_FALSE(read.ok()) << extension;
    EXPECT_THAT(read.error().what, HasSubstr("restore the directory"));
    EXPECT_FALSE(store->scan("", [](auto, auto) { return true; }).ok());
  }
}

TEST(RocksdbStore, RefusesALogThatIsDamagedBeforeItsEnd) {
  const TemporaryDirectory directory;
  {
    const auto store = open(directory.path());
    for (int i = 0; i < 10; ++i)
      ASSERT_TRUE(store->write(put(std::to_string(i), std::string(1000, 'x'))).ok());
  }
  flip_byte(file_with_extension(directory.path(), ".log"), 5500);
  const auto refused = open_rocksdb_store(directory.path(), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().what, HasSubstr("roll_back_damaged_log"));

  RocksdbConfig config;
  config.roll_back_damaged_log = true;
  EXPECT_EQ(count(*open(directory.path(), config)), 5u);
}

TEST(RocksdbStore, HoldsLittleOfWhatIsStagedInMemoryAndLeavesNoFileOfIt) {
  const TemporaryDirectory directory;
  const auto staged = [&] {
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(directory.path() + "/staged"))
      bytes += entry.file_size();
    return bytes;
  };
  RocksdbConfig config;
  config.compression = RocksdbConfig::Compression::kNone;
  const auto store = open(directory.path(), config);
  auto stage = store->stage();
  ASSERT_TRUE(stage.ok());
  constexpr std::size_t kValues = 32;
  for (std::size_t i = 0; i < kValues; ++i)
    ASSERT_TRUE(
        (*stage)->put(std::string(1, static_cast<char>('A' + i)), std::string(1 << 20, 'x')).ok());
  EXPECT_GT(staged(), (kValues - 6) << 20);
  EXPECT_EQ(count(*store), 0u);
  WriteSet set = put("other", "1");
  set.staged.push_back(*std::move(stage));
  const int before = g_syncs;
  ASSERT_TRUE(store->write(set).ok());
  EXPECT_GT(g_syncs, before);
  EXPECT_EQ(count(*store), kValues + 1);
  set.staged.clear();
  EXPECT_EQ(staged(), 0u);

  auto unused = store->stage();
  ASSERT_TRUE(unused.ok());
  for (const char* key : {"a", "b", "c", "d", "e", "f"})
    ASSERT_TRUE((*unused)->put(key, std::string(1 << 20, 'x')).ok());
  EXPECT_GT(staged(), 0u);
  unused->reset();
  EXPECT_EQ(staged(), 0u);
  EXPECT_EQ(count(*store), kValues + 1);
}

TEST(RocksdbStore, KeepsWithoutWaitingForTheDisk) {
  const TemporaryDirectory directory;
  const auto store = open(directory.path());
  const int before = g_syncs;
  ASSERT_TRUE(store->keep(put("key", "value")).ok());
  EXPECT_EQ(g_syncs, before);
  EXPECT_EQ(count(*store), 1u);
}

// A crash in the middle of a write leaves part of a record: it was never acknowledged.
TEST(RocksdbStore, DropsAWriteThatTheEndOfTheLogCutsOff) {
  const TemporaryDirectory directory;
  const TemporaryDirectory crashed;
  {
    const auto store = open(directory.path());
    for (int i = 0; i < 3; ++i) {
      WriteSet set = put("a" + std::to_string(i), std::string(50'000, 'x'));
      set.put("b" + std::to_string(i), std::string(50'000, 'x'));
      ASSERT_TRUE(store->write(set).ok());
    }
  }
  const auto size = fs::file_size(file_with_extension(directory.path(), ".log"));
  for (const std::uintmax_t cut : {1u, 10u, 1'000u, 40'000u, 60'000u, 90'000u}) {
    fs::remove_all(crashed.path());
    fs::copy(directory.path(), crashed.path(), fs::copy_options::recursive);
    fs::resize_file(file_with_extension(crashed.path(), ".log"), size - cut);
    EXPECT_EQ(count(*open(crashed.path())), 4u) << cut;
  }
}

constexpr std::size_t kKeysPerSet = 5;
constexpr int kPipe = 100;  // The file descriptor on which the child acknowledges.

std::string crash_value(std::uint64_t number, std::size_t part) {
  Random random(number);
  return std::string(random.below(4000), static_cast<char>('a' + part)) + std::to_string(number);
}

// Of every other set the first part is a change, and the others are in two stages, which are files
// where they are large.
WriteSet crash_set(Store& store, std::uint64_t number) {
  WriteSet set;
  if (number % 2 == 1)
    for (int i = 0; i < 2; ++i) set.staged.push_back(store.stage().value());
  for (std::size_t part = 0; part < kKeysPerSet; ++part) {
    const std::string key = std::to_string(number) + "/" + std::to_string(part);
    if (part == 0 || set.staged.empty())
      set.put(key, crash_value(number, part));
    else
      CHECK(set.staged[part / 3]->put(key, crash_value(number, part)).ok());
  }
  return set;
}

std::uint64_t number_in_environment(const char* name) {
  const std::string_view text = ::getenv(name);
  std::uint64_t number = 0;
  CHECK(std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc());
  return number;
}

// Not a test of its own: what the child process of the next test does until a timer kills it. It
// says the number of each set on the pipe, one 8-byte word each, once the write returned.
TEST(RocksdbStoreCrash, DISABLED_WritesUntilKilled) {
  const char* directory = ::getenv("MILLRACE_CRASH_DIRECTORY");
  if (directory == nullptr) GTEST_SKIP() << "only runs as a child process";
  std::uint64_t sets = number_in_environment("MILLRACE_CRASH_SETS");
  const std::uint64_t after = number_in_environment("MILLRACE_CRASH_AFTER");
  RocksdbConfig config;
  config.write_buffer_bytes = 64 << 10;
  config.stage_bytes = 4 << 10;
  const auto store = open(directory, config);
  for (std::uint64_t number = count(*store) / kKeysPerSet;; ++number) {
    const WriteSet set = crash_set(*store, number);
    ASSERT_TRUE(store->write(set).ok());
    ASSERT_EQ(::write(kPipe, &number, sizeof number), ssize_t{sizeof number});
    if (--sets == 0) ::ualarm(static_cast<useconds_t>(after), 0);
  }
}

// Runs the writer until it has acknowledged `sets` sets and so many microseconds more, and returns
// the last number that it acknowledged. Precondition: both > 0. A new program, not a fork alone:
// RocksDB has threads.
std::uint64_t write_until_killed(const std::string& directory,
                                 std::uint64_t sets,
                                 std::uint64_t after) {
  int ends[2];
  CHECK(::pipe(ends) == 0);
  ::setenv("MILLRACE_CRASH_DIRECTORY", directory.c_str(), 1);
  ::setenv("MILLRACE_CRASH_SETS", std::to_string(sets).c_str(), 1);
  ::setenv("MILLRACE_CRASH_AFTER", std::to_string(after).c_str(), 1);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], kPipe);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl("/proc/self/exe",
            "state_test",
            "--gtest_also_run_disabled_tests",
            "--gtest_brief=1",
            "--gtest_filter=RocksdbStoreCrash.DISABLED_WritesUntilKilled",
            nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::uint64_t last = 0;
  // Words arrive whole: they are far smaller than PIPE_BUF.
  while (::read(ends[0], &last, sizeof last) == ssize_t{sizeof last}) {
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
  return last;
}

TEST(RocksdbStoreCrash, KeepsEveryAcknowledgedSetWholeAndNoneInPart) {
  const TemporaryDirectory directory;
  Random random(3);
  for (int crash = 0; crash < 24; ++crash) {
    const std::uint64_t last =
        write_until_killed(directory.path(), 1 + random.below(30), 1 + random.below(10'000));
    const auto store = open(directory.path());
    const std::size_t keys = count(*store);
    ASSERT_EQ(keys % kKeysPerSet, 0u) << "a set is there in part";
    ASSERT_GE(keys / kKeysPerSet, last + 1) << "an acknowledged set is missing";
    for (std::uint64_t number = 0; number < keys / kKeysPerSet; ++number) {
      std::vector<std::string> wanted;
      for (std::size_t part = 0; part < kKeysPerSet; ++part)
        wanted.push_back(std::to_string(number) + "/" + std::to_string(part));
      std::vector<std::optional<std::string>> values;
      ASSERT_TRUE(store->read(wanted, values).ok());
      for (std::size_t part = 0; part < kKeysPerSet; ++part)
        ASSERT_EQ(values[part], crash_value(number, part)) << wanted[part];
    }
  }
}

}  // namespace
}  // namespace millrace
