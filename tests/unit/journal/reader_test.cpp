#include "engine/journal/reader.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace millrace {
namespace {

using namespace testing;

JournalConfig small_config() {
  JournalConfig config;
  config.group = {2'000};
  config.segment = {50'000};
  config.memory = {10'000};
  return config;
}

TEST(JournalReader, ReadsFromAnyPositionInAnyBatchSize) {
  FaultyFiles files;
  const auto journal = open_journal(files, small_config());
  fill(*journal, 1'000, 20);
  for (Position from = 0; from <= 1'000; from += 37) {
    const Copy copy = read_all(*journal, from, 1 + from % 90);
    ASSERT_EQ(copy.records.size(), 1'000 - from);
    expect_true_records(copy);
  }
}

TEST(JournalReader, ReadsFewLargeRecordsAtOnce) {
  FaultyFiles files;
  const auto journal = open_journal(files, {});
  const std::string large(300'000, 'x');
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(journal->append({RecordKind::kHit, Time{}, large}).ok());
    ASSERT_TRUE(journal->commit().ok());
  }
  JournalReader reader = journal->reader(0);
  RecordBatch batch;
  std::size_t read = 0;
  do {
    ASSERT_TRUE(reader.next(batch).ok());
    EXPECT_LT(batch.bytes, JournalReader::kBatchBytes + large.size());
    EXPECT_EQ(batch.bytes, batch.records.size() * large.size());
    read += batch.records.size();
  } while (!batch.empty());
  EXPECT_EQ(read, 50U);
}

TEST(JournalReader, KeepsPayloadsValidAsLongAsTheirBlocks) {
  FaultyFiles files;
  auto journal = open_journal(files, small_config());
  fill(*journal, 300, 20);
  RecordBatch batch;
  {
    JournalReader reader = journal->reader(0);
    ASSERT_TRUE(reader.next(batch, 300).ok());
    fill(*journal, 300, 20);  // pushes the blocks out of memory
    RecordBatch other;
    ASSERT_TRUE(reader.next(other).ok());
  }
  journal.reset();
  ASSERT_EQ(batch.records.size(), 300u);
  for (const Record& record : batch.records) EXPECT_EQ(record.payload, payload_of(record.position));
}

TEST(JournalReader, WaitsUntilThereIsSomethingOrItIsStopped) {
  FaultyFiles files;
  const auto journal = open_journal(files);
  JournalReader reader = journal->reader(0);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(reader.wait(stop.get_token()));
  fill(*journal, 1);
  EXPECT_TRUE(reader.wait(stop.get_token()));

  RecordBatch batch;
  ASSERT_TRUE(reader.next(batch).ok());
  std::stop_source later;
  std::jthread stopper([&] { later.request_stop(); });
  EXPECT_FALSE(reader.wait(later.get_token()));
}

// A reader at the end of the tail and one that starts far behind see the same, while the writer
// goes on, with every policy. Each wait ends by itself: a lost wake-up would hang the test.
TEST(JournalReader, FollowsTheWriter) {
  for (const Ack ack : {Ack::kSynced, Ack::kWritten, Ack::kMemory}) {
    FaultyFiles files;
    JournalConfig config = small_config();
    config.ack = ack;
    const auto journal = open_journal(files, config);
    fill(*journal, 500, 20);
    constexpr Position kEnd = 5'000;
    const auto follow = [&](Position from) {
      JournalReader reader = journal->reader(from);
      RecordBatch batch;
      Position expected = from;
      std::stop_source stop;
      while (expected < kEnd && reader.wait(stop.get_token())) {
        const Status status = reader.next(batch, 64);
        ASSERT_TRUE(status.ok()) << status.error().what;
        ASSERT_EQ(batch.gap.count, 0u);
        for (const Record& record : batch.records) {
          ASSERT_EQ(record.position, expected);
          ASSERT_EQ(record.payload, payload_of(expected));
          ++expected;
        }
        ASSERT_LE(expected, journal->end());
      }
      EXPECT_EQ(expected, kEnd);
    };
    std::jthread near([&] { follow(500); });
    std::jthread far([&] { follow(0); });
    fill(*journal, kEnd - 500, 20);
  }
}

// While a reader is behind, what it was to read is deleted: it is told, and goes on.
TEST(JournalReader, IsToldWhatRetentionDeleted) {
  FaultyFiles files;
  JournalConfig config = small_config();
  config.segment = {5'000};
  config.retain = {20'000};
  const auto journal = open_journal(files, config);
  fill(*journal, 200, 5);
  JournalReader reader = journal->reader(0);
  RecordBatch batch;
  ASSERT_TRUE(reader.next(batch, 3).ok());
  ASSERT_EQ(batch.records.size(), 3u);
  journal->release(journal->end());
  fill(*journal, 200, 5);
  const JournalStats stats = journal->stats();
  ASSERT_GT(stats.first, 100u);
  Position gone = 0;
  Position expected = 3;
  for (;;) {
    ASSERT_TRUE(reader.next(batch, 50).ok());
    if (batch.empty()) break;
    if (batch.gap.count > 0) {
      EXPECT_EQ(batch.gap.cause, Gap::Cause::kRemoved);
      gone += batch.gap.count;
      expected += batch.gap.count;
    }
    for (const Record& record : batch.records) EXPECT_EQ(record.position, expected++);
  }
  EXPECT_GT(gone, 50u);
  EXPECT_EQ(expected, 400u);
}

TEST(JournalReader, TriesAgainAfterADiskError) {
  FaultyFiles files;
  JournalConfig config = small_config();
  config.memory = {0};
  const auto journal = open_journal(files, config);
  fill(*journal, 200, 20);
  files.fail_operation(0);  // the open
  JournalReader reader = journal->reader(0);
  RecordBatch batch;
  EXPECT_FALSE(reader.next(batch).ok());
  EXPECT_EQ(reader.position(), 0u);
  ASSERT_TRUE(reader.next(batch).ok());
  EXPECT_EQ(batch.gap.count, 0u);
  EXPECT_EQ(batch.records.size(), 200u);
}

}  // namespace
}  // namespace millrace
