#include "engine/journal/journal.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>

namespace millrace {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(Journal, StartsEmpty) {
  FaultyFiles files;
  const auto journal = open_journal(files);
  EXPECT_EQ(journal->end(), 0u);
  EXPECT_TRUE(read_all(*journal).records.empty());
  EXPECT_EQ(*journal->commit(), 0u);
}

// Whatever is appended, committed and reopened in whatever pieces, the same comes back.
TEST(Journal, GivesBackWhatItTook) {
  EXPECT_TRUE(rc::check([] {
    FaultyFiles files;
    JournalConfig config;
    config.ack = *rc::gen::element(Ack::kSynced, Ack::kWritten, Ack::kMemory);
    config.codec = *rc::gen::element(Codec::kNone, Codec::kLz4, Codec::kZstd);
    config.group = {*rc::gen::inRange<std::uint64_t>(1, 5000)};
    config.segment = {*rc::gen::inRange<std::uint64_t>(1, 20000)};
    config.memory = {*rc::gen::inRange<std::uint64_t>(0, 20000)};
    struct Kept {
      RecordKind kind;
      Time time;
      std::string payload;
    };
    std::vector<Kept> kept;
    std::size_t committed = 0;
    auto journal = open_journal(files, config);
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20));
    for (const int step : steps) {
      if (step == 0) {
        RC_ASSERT(journal->sync().ok());
        journal.reset();
        journal = open_journal(files, config);
        kept.resize(committed);
      } else if (step < 5) {
        RC_ASSERT(*journal->commit() == kept.size());
        committed = kept.size();
      } else {
        kept.push_back({kind_of(*rc::gen::inRange<Position>(0, 8)),
                        from_millis(*rc::gen::arbitrary<std::int64_t>()),
                        *rc::gen::arbitrary<std::string>()});
        const auto at = journal->append({kept.back().kind, kept.back().time, kept.back().payload});
        RC_ASSERT(*at == kept.size() - 1);
      }
      RC_ASSERT(journal->end() == committed);
    }
    const auto from = *rc::gen::inRange<Position>(0, committed + 1);
    JournalReader reader = journal->reader(from);
    RecordBatch batch;
    Position position = from;
    do {
      RC_ASSERT(reader.next(batch, *rc::gen::inRange<std::size_t>(1, 30)).ok());
      RC_ASSERT(batch.gap.count == 0u);
      for (const Record& record : batch.records) {
        RC_ASSERT(record.position == position);
        RC_ASSERT(record.kind == kept[position].kind);
        RC_ASSERT(record.time == kept[position].time);
        RC_ASSERT(record.payload == kept[position].payload);
        ++position;
      }
    } while (!batch.empty());
    RC_ASSERT(position == committed);
  }));
}

TEST(Journal, WorksOnTheFilesOfTheSystem) {
  const std::string root = ::testing::TempDir() + "/millrace_journal_test";
  std::filesystem::remove_all(root);
  SystemFiles files;
  {
    auto journal = std::move(Journal::open(files, root + "/deep", {})).value();
    fill(*journal, 500, 20);
    expect_true_records(read_all(*journal));
    const auto second = Journal::open(files, root + "/deep", {});
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().fault, Fault::kBusy);
    EXPECT_THAT(second.error().what, HasSubstr("in use by process"));
  }
  const auto journal = std::move(Journal::open(files, root + "/deep", {})).value();
  const Copy copy = read_all(*journal);
  EXPECT_EQ(copy.records.size(), 500u);
  expect_true_records(copy);
  std::filesystem::remove_all(root);
}

TEST(Journal, RefusesASecondOpener) {
  FaultyFiles files;
  auto journal = open_journal(files);
  const auto second = Journal::open(files, kDirectory, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().fault, Fault::kBusy);
  journal.reset();
  EXPECT_TRUE(Journal::open(files, kDirectory, {}).ok());
}

TEST(Journal, ShowsNothingBeforeTheCommit) {
  for (const Ack ack : {Ack::kSynced, Ack::kWritten, Ack::kMemory}) {
    FaultyFiles files;
    JournalConfig config;
    config.ack = ack;
    const auto journal = open_journal(files, config);
    append_one(*journal, 0);
    append_one(*journal, 1);
    EXPECT_EQ(journal->end(), 0u);
    EXPECT_TRUE(read_all(*journal).records.empty());
    ASSERT_EQ(*journal->commit(), 2u);
    EXPECT_EQ(read_all(*journal).records.size(), 2u);
  }
}

TEST(Journal, TakesAllOfASpanOrNone) {
  FaultyFiles files;
  JournalConfig config;
  config.pending = {1000};
  const auto journal = open_journal(files, config);
  const std::string large(600, 'x');
  const std::vector<NewRecord> two(2, NewRecord{RecordKind::kHit, time_of(0), large});
  EXPECT_EQ(*journal->append(two), 0u);  // alone, anything is taken
  const auto more = journal->append(two);
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().fault, Fault::kFull);
  EXPECT_EQ(*journal->commit(), 2u);
  EXPECT_EQ(*journal->append(two), 2u);
  const std::string huge(kMaxPayloadBytes + 1, 'x');
  EXPECT_FALSE(journal->append({RecordKind::kHit, time_of(0), huge}).ok());
  EXPECT_EQ(*journal->commit(), 4u);
}

TEST(Journal, TakesThePayloadOfTheGreatestLength) {
  FaultyFiles files;
  const std::string huge(kMaxPayloadBytes, 'x');
  {
    const auto journal = open_journal(files);
    fill(*journal, 3);
    ASSERT_TRUE(journal->append({RecordKind::kHit, time_of(3), huge}).ok());
    ASSERT_TRUE(journal->commit().ok());
  }
  const auto journal = open_journal(files);
  EXPECT_EQ(read_all(*journal).records.at(3).second, huge);
}

TEST(Journal, StartsANewFileWhenOneIsFull) {
  FaultyFiles files;
  JournalConfig config;
  config.codec = Codec::kNone;
  config.segment = {10'000};
  const auto journal = open_journal(files, config);
  fill(*journal, 300, 5);
  const auto names = segments_of(files);
  EXPECT_GT(names.size(), 4u);
  EXPECT_EQ(names[0], "00000000000000000000.journal");
  for (const std::string& name : names) EXPECT_LT(files.contents(path_of(name)).size(), 13'000u);
  EXPECT_EQ(read_all(*journal).records.size(), 300u);
  EXPECT_EQ(journal->stats().segments, names.size());
}

TEST(Journal, StartsANewFileWhenOneSpansTooLong) {
  FaultyFiles files;
  JournalConfig config;
  config.retain_for = std::chrono::hours(8);
  const auto journal = open_journal(files, config);
  for (int minute = 0; minute < 600; ++minute) {
    const Time time = time_of(0) + std::chrono::minutes(minute);
    ASSERT_TRUE(journal->append({RecordKind::kTick, time, ""}).ok());
    ASSERT_TRUE(journal->commit().ok());
  }
  EXPECT_EQ(segments_of(files).size(), 10u);
  journal->release(600);
  const Time time = time_of(0) + std::chrono::hours(14);
  ASSERT_TRUE(journal->append({RecordKind::kTick, time, ""}).ok());
  ASSERT_TRUE(journal->commit().ok());
  // The newest record of what is gone is older than the limit; what is kept may be by one file.
  EXPECT_EQ(journal->stats().removed, 5u);
  const Copy copy = read_all(*journal);
  ASSERT_EQ(copy.gaps.size(), 1u);
  EXPECT_EQ(copy.gaps[0].cause, Gap::Cause::kRemoved);
  EXPECT_EQ(copy.gaps[0].first, 0u);
  EXPECT_LE(copy.gaps[0].count, 360u);
  EXPECT_GT(copy.gaps[0].count, 300u);
}

TEST(Journal, DeletesOnlyWhatIsReleased) {
  FaultyFiles files;
  JournalConfig config;
  config.segment = {5'000};
  config.retain = {20'000};
  config.memory = {0};
  auto journal = open_journal(files, config);
  fill(*journal, 500, 5);
  EXPECT_GT(journal->stats().bytes, 40'000u);
  EXPECT_EQ(journal->stats().removed, 0u);
  journal->release(100);
  fill(*journal, 1);
  EXPECT_GT(journal->stats().removed, 0u);
  EXPECT_LE(journal->stats().first, 100u);
  EXPECT_EQ(read_all(*journal, 100).lost(), 0u);
  journal->release(50);  // a watermark only rises
  journal->release(journal->end());
  fill(*journal, 1);
  EXPECT_LE(journal->stats().bytes, 20'000u);
  EXPECT_GT(journal->stats().bytes, 10'000u);
  // Sizes are those of the files, also after a restart.
  const JournalStats before = journal->stats();
  journal.reset();
  journal = open_journal(files, config);
  EXPECT_EQ(journal->stats().bytes, before.bytes);
  EXPECT_EQ(journal->stats().first, before.first);
  const Copy copy = read_all(*journal);
  EXPECT_EQ(copy.lost(), before.first);
  expect_true_records(copy);
}

TEST(Journal, StartsWithoutItsOldestSegments) {
  FaultyFiles files;
  JournalConfig config;
  config.segment = {5'000};
  fill(*open_journal(files, config), 300, 5);
  const auto names = segments_of(files);
  ASSERT_TRUE(files.remove(path_of(names[0])).ok());
  ASSERT_TRUE(files.remove(path_of(names[1])).ok());
  const auto journal = open_journal(files, config);
  const Copy copy = read_all(*journal);
  ASSERT_EQ(copy.gaps.size(), 1u);
  EXPECT_EQ(copy.gaps[0].cause, Gap::Cause::kRemoved);
  EXPECT_EQ(copy.end, 300u);
  expect_true_records(copy);
}

TEST(Journal, ReportsAMissingFileInTheMiddle) {
  FaultyFiles files;
  JournalConfig config;
  config.segment = {5'000};
  fill(*open_journal(files, config), 300, 5);
  ASSERT_TRUE(files.remove(path_of(segments_of(files)[1])).ok());
  const auto journal = open_journal(files, config);
  const Copy copy = read_all(*journal);
  EXPECT_EQ(copy.gaps.size(), 1u);
  EXPECT_GT(copy.lost(), 5u);
  EXPECT_EQ(copy.end, 300u);
  expect_true_records(copy);
}

TEST(Journal, LeavesOutPositionsThatStateKnowsOfAlready) {
  FaultyFiles files;
  auto journal = open_journal(files);
  fill(*journal, 10);
  ASSERT_TRUE(journal->resume_at(25).ok());
  ASSERT_TRUE(journal->resume_at(7).ok());  // no-op
  EXPECT_EQ(read_all(*journal).end, 25u);
  fill(*journal, 5);
  for (const bool reopened : {false, true}) {
    if (reopened) {
      journal.reset();
      journal = open_journal(files);
    }
    const Copy copy = read_all(*journal);
    EXPECT_EQ(copy.end, 30u);
    EXPECT_EQ(copy.records.size(), 15u);
    EXPECT_EQ(copy.lost(), 15u);
    EXPECT_EQ(read_all(*journal, 20).lost(), 5u);
    expect_true_records(copy);
  }
}

TEST(Journal, WritesMemoryRecordsInFullGroups) {
  FaultyFiles files;
  JournalConfig config;
  config.ack = Ack::kMemory;
  config.group = {20'000};
  config.codec = Codec::kNone;
  auto journal = open_journal(files, config);
  fill(*journal, 50);
  EXPECT_EQ(files.used(), 0u);
  EXPECT_EQ(read_all(*journal).records.size(), 50u);
  fill(*journal, 450);
  const std::uint64_t used = files.used();
  EXPECT_GT(used, 40'000u);
  EXPECT_LT(used, 150'000u);
  ASSERT_TRUE(journal->sync().ok());
  EXPECT_LT(files.used(), 130'000u);  // with a header for each record it would be more
  journal.reset();
  files.crash();
  journal = open_journal(files, config);
  EXPECT_EQ(journal->end(), 500u);
  expect_true_records(read_all(*journal));
}

TEST(Journal, GoesOnWhenTheDiskHasRoomAgain) {
  for (const Ack ack : {Ack::kSynced, Ack::kWritten}) {
    FaultyFiles files;
    JournalConfig config;
    config.ack = ack;
    config.codec = Codec::kNone;
    auto journal = open_journal(files, config);
    fill(*journal, 20, 3);
    files.set_capacity(files.used() + 700);
    Position end = journal->end();
    Status full;
    while (full.ok()) {
      append_one(*journal, journal->end());
      const auto committed = journal->commit();
      if (committed.ok())
        end = *committed;
      else
        full = committed.error();
    }
    EXPECT_EQ(full.error().fault, Fault::kFull);
    EXPECT_EQ(journal->health().error().fault, Fault::kFull);
    EXPECT_EQ(journal->end(), end);
    EXPECT_EQ(read_all(*journal).records.size(), end);  // reading goes on
    for (int i = 0; i < 3; ++i) {
      append_one(*journal, end);
      EXPECT_FALSE(journal->commit().ok());
    }
    files.set_capacity(~std::uint64_t{0});
    fill(*journal, 30, 3);
    EXPECT_TRUE(journal->health().ok());
    journal.reset();
    files.kill();
    journal = open_journal(files, config);
    const Copy copy = read_all(*journal);
    EXPECT_EQ(copy.records.size(), end + 30);
    EXPECT_EQ(copy.lost(), 0u);
    expect_true_records(copy);
  }
}

TEST(Journal, StopsTakingWhenMemoryCannotBeWritten) {
  FaultyFiles files;
  JournalConfig config;
  config.ack = Ack::kMemory;
  config.group = {1'000};
  config.pending = {10'000};
  config.memory = {0};
  auto journal = open_journal(files, config);
  files.set_capacity(0);
  Position taken = 0;
  for (;; ++taken) {
    const std::string payload = payload_of(taken);
    const auto at = journal->append({kind_of(taken), time_of(taken), payload});
    if (!at.ok()) {
      EXPECT_EQ(at.error().fault, Fault::kFull);
      break;
    }
    ASSERT_TRUE(journal->commit().ok());
    ASSERT_LT(taken, 1000u);
  }
  EXPECT_GT(taken, 20u);
  EXPECT_EQ(journal->health().error().fault, Fault::kFull);
  EXPECT_EQ(read_all(*journal).records.size(), taken);
  files.set_capacity(~std::uint64_t{0});
  ASSERT_TRUE(journal->sync().ok());
  fill(*journal, 10);
  ASSERT_TRUE(journal->sync().ok());
  journal.reset();
  journal = open_journal(files, config);
  EXPECT_EQ(read_all(*journal).records.size(), taken + 10);
}

}  // namespace
}  // namespace millrace
