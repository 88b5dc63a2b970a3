#include "engine/journal/inspect.hpp"

#include "engine/journal/segment.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing;

JournalConfig small_config() {
  JournalConfig config;
  config.segment = {5'000};
  return config;
}

TEST(JournalInspect, TellsWhatIsInASoundJournal) {
  FaultyFiles files;
  fill(*open_journal(files, small_config()), 200, 5);
  const auto report = inspect(files, kDirectory);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->set_aside.empty());
  ASSERT_EQ(report->segments.size(), segments_of(files).size());
  std::array<std::uint64_t, kRecordKinds> records{};
  Position expected = 0;
  for (const SegmentReport& segment : report->segments) {
    EXPECT_EQ(segment.first, expected);
    EXPECT_EQ(segment.name, segment_name(expected));
    EXPECT_EQ(segment.bytes, files.contents(path_of(segment.name)).size());
    EXPECT_EQ(segment.oldest, time_of(segment.first));
    EXPECT_EQ(segment.newest, time_of(segment.end - 1));
    EXPECT_EQ(segment.record_count(), segment.end - segment.first);
    EXPECT_DOUBLE_EQ(segment.ratio() * static_cast<double>(segment.bytes),
                     static_cast<double>(segment.raw_bytes));
    EXPECT_GT(segment.raw_bytes, segment.record_count() * 20);
    EXPECT_TRUE(segment.damage.empty());
    for (std::size_t kind = 0; kind < kRecordKinds; ++kind) records[kind] += segment.records[kind];
    expected = segment.end;
  }
  EXPECT_EQ(expected, 200u);
  for (const std::uint64_t count : records) EXPECT_EQ(count, 50u);
  const auto verified = verify(files, kDirectory);
  ASSERT_TRUE(verified.ok());
  EXPECT_TRUE(verified->sound());
  EXPECT_EQ(verified->records, 200u);
  EXPECT_EQ(verified->lost, 0u);
}

TEST(JournalInspect, SaysWhereTheDamageIs) {
  FaultyFiles files;
  fill(*open_journal(files, small_config()), 200, 5);
  const auto names = segments_of(files);
  ASSERT_GT(names.size(), 3u);
  files.flip(path_of(names[0]), 80);
  files.flip(path_of(names[1]), 2'000 * 8);
  ASSERT_TRUE(files.remove(path_of(names[2])).ok());
  const std::string newest = files.contents(path_of(names.back()));
  files.set_contents(path_of(names.back()), newest.substr(0, newest.size() - 3));

  const auto report = verify(files, kDirectory);
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->sound());
  ASSERT_EQ(report->damage.size(), 4u);
  EXPECT_EQ(report->damage[0].kind, Damage::Kind::kHeader);
  EXPECT_EQ(report->damage[0].count, 0u);
  EXPECT_EQ(report->damage[1].kind, Damage::Kind::kBytes);
  EXPECT_EQ(report->damage[1].segment, names[1]);
  EXPECT_LE(report->damage[1].offset, 2'000u);
  EXPECT_GT(report->damage[1].offset + report->damage[1].bytes, 2'000u);
  EXPECT_GE(report->damage[1].count, 1u);
  EXPECT_LE(report->damage[1].count, 5u);
  Position removed = 0;
  Position after = 0;
  ASSERT_TRUE(parse_segment_name(names[2], removed) && parse_segment_name(names[3], after));
  EXPECT_EQ(report->damage[2].kind, Damage::Kind::kMissing);
  EXPECT_EQ(report->damage[2].first, removed);
  EXPECT_EQ(report->damage[2].count, after - removed);
  EXPECT_EQ(report->damage[3].kind, Damage::Kind::kTail);
  EXPECT_EQ(report->damage[3].offset + report->damage[3].bytes, newest.size() - 3);
}

// What readers could read before a repair they can read after it, and verify() has no complaint.
TEST(JournalRepair, KeepsEveryGoodGroup) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    FaultyFiles files(seed);
    Random random(seed);
    fill(*open_journal(files, small_config()), 100, 5);
    const auto names = segments_of(files);
    for (int flips = 0; flips < 3; ++flips) {
      const std::string path = path_of(names[random.below(names.size())]);
      files.flip(path, random.below(files.contents(path).size() * 8));
    }
    const auto before = verify(files, kDirectory);
    ASSERT_TRUE(before.ok());
    ASSERT_FALSE(before->sound());
    const auto repaired = repair(files, kDirectory);
    ASSERT_TRUE(repaired.ok()) << repaired.error().what;
    ASSERT_FALSE(repaired->kept.empty());
    EXPECT_EQ(repaired->damage.size(), before->damage.size());
    EXPECT_EQ(inspect(files, kDirectory)->set_aside, repaired->kept);
    files.crash();  // all of it was durable
    const auto after = verify(files, kDirectory);
    EXPECT_TRUE(after->sound());
    EXPECT_EQ(after->records, before->records);
    EXPECT_EQ(after->lost, before->lost);
    EXPECT_EQ(after->lost, repaired->lost);
    const auto journal = open_journal(files, small_config());
    EXPECT_EQ(journal->recovery().truncated_bytes, 0u);
    const Copy copy = read_all(*journal);
    EXPECT_EQ(copy.records.size(), after->records);
    expect_true_records(copy);
    fill(*journal, 3);
  }
}

TEST(JournalRepair, LosesNothingToACrashOrAnError) {
  for (std::uint64_t n = 0; n < 60; ++n) {
    FaultyFiles files(n);
    fill(*open_journal(files, small_config()), 60, 5);
    for (const std::string& name : segments_of(files)) files.flip(path_of(name), 1'000 * 8);
    const auto before = verify(files, kDirectory);
    files.fail_operation(n);
    (void)repair(files, kDirectory);
    files.crash();
    files.fail_operation(~std::uint64_t{0} >> 1);
    EXPECT_TRUE(repair(files, kDirectory).ok());
    const auto after = verify(files, kDirectory);
    EXPECT_TRUE(after->sound());
    EXPECT_EQ(after->records, before->records) << n;
  }
}

TEST(JournalRepair, LeavesASoundJournalAndOneInUseAlone) {
  FaultyFiles files;
  auto journal = open_journal(files, small_config());
  fill(*journal, 50, 5);
  EXPECT_EQ(repair(files, kDirectory).error().fault, Fault::kBusy);
  journal.reset();
  const auto repaired = repair(files, kDirectory);
  ASSERT_TRUE(repaired.ok());
  EXPECT_TRUE(repaired->damage.empty());
  EXPECT_TRUE(repaired->kept.empty());
}

}  // namespace
}  // namespace millrace
