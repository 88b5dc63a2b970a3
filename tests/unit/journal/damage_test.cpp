// A journal opens whatever happened to its bytes, never gives a wrong record, and tells what is
// lost.
#include "engine/journal/group_scanner.hpp"
#include "engine/journal/segment.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing;

constexpr Position kRecords = 60;

// The bytes of a segment with kRecords records in commits of up to 5.
std::string sample(const JournalConfig& config = {}) {
  FaultyFiles files;
  fill(*open_journal(files, config), kRecords, 5);
  return files.contents(path_of(segment_name(0)));
}

std::vector<std::uint64_t> group_offsets(const std::string& bytes) {
  FaultyFiles files;
  EXPECT_TRUE(files.make_directory(kDirectory).ok());
  files.set_contents(path_of(segment_name(0)), bytes);
  const auto segment = open_segment(files, kDirectory, 0);
  GroupScanner scanner(*segment->file, segment->header.salt, bytes.size());
  std::vector<std::uint64_t> offsets;
  while (*scanner.next() == GroupScanner::Found::kGroup) offsets.push_back(scanner.offset());
  return offsets;
}

// Opens a journal of these bytes, checks what it gives, and that it goes on.
Copy open_and_check(const std::string& bytes, Recovery* recovery = nullptr) {
  FaultyFiles files;
  EXPECT_TRUE(files.make_directory(kDirectory).ok());
  files.set_contents(path_of(segment_name(0)), bytes);
  auto journal = open_journal(files);
  if (recovery != nullptr) *recovery = journal->recovery();
  Copy copy = read_all(*journal);
  expect_true_records(copy);
  EXPECT_EQ(copy.end, journal->end());
  EXPECT_EQ(copy.records.size() + copy.lost(), copy.end);
  for (const bool reopened : {false, true}) {
    if (reopened) {
      journal.reset();
      journal = open_journal(files);
    } else {
      fill(*journal, 3);
    }
    const Copy more = read_all(*journal);
    expect_true_records(more);
    EXPECT_EQ(more.end, copy.end + 3);
    EXPECT_EQ(more.records.size(), copy.records.size() + 3);
  }
  return copy;
}

TEST(JournalDamage, CutsATornTailAtEveryByte) {
  const std::string bytes = sample();
  const auto groups = group_offsets(bytes);
  ASSERT_GT(groups.size(), 10u);
  const Copy whole = open_and_check(bytes);
  EXPECT_EQ(whole.end, kRecords);
  const Position before_last = open_and_check(bytes.substr(0, groups.back())).end;
  ASSERT_LT(before_last, kRecords);
  for (std::uint64_t size = groups.back() + 1; size < bytes.size(); ++size) {
    Recovery recovery;
    const Copy copy = open_and_check(bytes.substr(0, size), &recovery);
    ASSERT_EQ(copy.end, before_last) << size;
    ASSERT_EQ(copy.lost(), 0u);
    ASSERT_EQ(recovery.truncated_bytes, size - groups.back());
  }
}

TEST(JournalDamage, ZerosAtTheEndAreNone) {
  const std::string bytes = sample();
  const auto groups = group_offsets(bytes);
  const Position before_last = open_and_check(bytes.substr(0, groups.back())).end;
  for (const std::size_t room : {1, 39, 512, 1 << 20}) {
    Recovery recovery;
    const std::string zeros(room, '\0');
    EXPECT_EQ(open_and_check(bytes + zeros, &recovery).end, kRecords);
    EXPECT_EQ(recovery.truncated_bytes, 0u);
    EXPECT_EQ(open_and_check(bytes.substr(0, groups.back() + 5) + zeros, &recovery).end,
              before_last);
    EXPECT_EQ(recovery.truncated_bytes, 5 + room) << "where the torn group ends nobody knows";
    EXPECT_EQ(open_and_check(zeros, &recovery).end, 0u);
    EXPECT_EQ(recovery.set_aside, 0u);
  }
}

TEST(JournalDamage, OpensAFileCutAnywhere) {
  const std::string bytes = sample();
  Position last = 0;
  for (std::uint64_t size = 0; size < bytes.size(); size += 13) {
    const Copy copy = open_and_check(bytes.substr(0, size));
    ASSERT_EQ(copy.lost(), 0u);
    ASSERT_GE(copy.end, last);
    last = copy.end;
  }
  EXPECT_GT(last, kRecords / 2);
}

TEST(JournalDamage, TellsAndSkipsAFlippedBit) {
  const std::string bytes = sample();
  const auto groups = group_offsets(bytes);
  Random random(5);
  int gaps = 0;
  int torn = 0;
  int harmless = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    std::string flipped = bytes;
    const auto bit = random.below(bytes.size() * 8);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    Recovery recovery;
    const Copy copy = open_and_check(flipped, &recovery);
    if (bit / 8 < kSegmentHeaderBytes) {
      ASSERT_EQ(copy.records.size(), kRecords) << "the first group tells the salt";
      ++harmless;
    } else if (bit / 8 >= groups.back()) {
      ASSERT_LT(copy.end, kRecords) << "damage to the last group is a torn tail";
      ASSERT_GT(recovery.truncated_bytes, 0u);
      ++torn;
    } else {
      ASSERT_EQ(copy.end, kRecords) << bit;
      ASSERT_EQ(copy.gaps.size(), 1u);
      ASSERT_EQ(copy.gaps[0].cause, Gap::Cause::kDamaged);
      ASSERT_LE(copy.lost(), 5u) << "one group is lost and no more";
      ASSERT_GT(recovery.damaged_bytes, 0u);
      ++gaps;
    }
  }
  EXPECT_GT(gaps, 700);
  EXPECT_GT(torn, 5);
  EXPECT_GT(harmless, 2);
}

TEST(JournalDamage, FindsItsPlaceAfterAnyOverwrittenRange) {
  const std::string bytes = sample();
  Random random(6);
  Position least = kRecords;
  for (int trial = 0; trial < 300; ++trial) {
    std::string damaged = bytes;
    const auto from = random.below(bytes.size());
    const auto to = std::min<std::uint64_t>(bytes.size(), from + 1 + random.below(3'000));
    const bool zeros = random.chance(0.5);
    for (auto at = from; at < to; ++at)
      damaged[at] = static_cast<char>(zeros ? 0 : random.below(256));
    least = std::min<Position>(least, open_and_check(damaged).records.size());
  }
  EXPECT_LT(least, kRecords);
}

// Bytes that a stranger sent and that look like a group are not taken for one.
TEST(JournalDamage, IgnoresGroupsForgedInPayloads) {
  FaultyFiles other;
  {
    const auto journal = open_journal(other);
    ASSERT_TRUE(journal->append({RecordKind::kHit, time_of(0), "forged"}).ok());
    ASSERT_TRUE(journal->commit().ok());
  }
  const std::string forged = other.contents(path_of(segment_name(0))).substr(kSegmentHeaderBytes);
  FaultyFiles files;
  JournalConfig config;
  config.codec = Codec::kNone;
  {
    const auto journal = open_journal(files, config);
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(journal->append({RecordKind::kHit, time_of(0), "honest" + forged}).ok());
      ASSERT_TRUE(journal->commit().ok());
    }
  }
  const std::string path = path_of(segment_name(0));
  const auto groups = group_offsets(files.contents(path));
  ASSERT_EQ(groups.size(), 10u);
  for (std::size_t i = 0; i + 1 < groups.size(); i += 2) files.flip(path, (groups[i] + 20) * 8);
  const auto journal = open_journal(files, config);
  const Copy copy = read_all(*journal);
  EXPECT_EQ(copy.records.size(), 5u);
  for (const auto& [position, payload] : copy.records) EXPECT_EQ(payload, "honest" + forged);
}

TEST(JournalDamage, SetsAsideAFileWithNothingGood) {
  FaultyFiles files;
  JournalConfig config;
  config.segment = {3'000};
  fill(*open_journal(files, config), kRecords, 5);
  const std::string newest = segments_of(files).back();
  Position first = 0;
  ASSERT_TRUE(parse_segment_name(newest, first));
  files.set_contents(path_of(newest), std::string(2'000, 'x'));
  auto journal = open_journal(files, config);
  EXPECT_EQ(journal->recovery().set_aside, 1u);
  EXPECT_EQ(journal->end(), first);  // its positions may have been given: not again
  EXPECT_EQ(files.contents(path_of(newest + ".damaged")), std::string(2'000, 'x'));
  fill(*journal, 5);
  expect_true_records(read_all(*journal));
}

TEST(JournalDamage, RefusesAFileOfANewerVersion) {
  FaultyFiles files;
  ASSERT_TRUE(files.make_directory(kDirectory).ok());
  std::string bytes = sample();
  bytes[8] = 2;
  const std::uint64_t hash = hash64(std::string_view(bytes).substr(0, 40));
  std::memcpy(bytes.data() + 40, &hash, sizeof hash);
  files.set_contents(path_of(segment_name(0)), bytes);
  const auto journal = Journal::open(files, kDirectory, {});
  ASSERT_FALSE(journal.ok());
  EXPECT_NE(journal.error().what.find("newer version"), std::string::npos);
  EXPECT_EQ(files.contents(path_of(segment_name(0))), bytes);
}

}  // namespace
}  // namespace millrace
