#include "engine/journal/format.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace testing;

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

struct Golden {
  Codec codec;
  std::string_view hex;
};

// Files of version 1, which every later version must read: two commits, of two records and of one.
const Golden kGolden[] = {
    {Codec::kNone,
     "4d494c4c4a524e4c01000000300000000700000000000000006b6ea89a010000335d939ee163cff2"
     "27b53b79d00815014d52677200000000070000000000000002000000330000003300000000000000"
     "0700000000000000ff6a6ea89a010000b0c17e55c1868d4233a2bd075a1ae54c0180acf386d56628"
     "61616161616161616161616161616161616161616161616161616161616161616161616161616161"
     "0201004d526772000000000900000000000000010000002f0000002f000000000000000900000000"
     "000000ffffffffffffffffebf484a4cd1b3a8e4823d5d13b67715f04012c62626262626262626262"
     "62626262626262626262626262626262626262626262626262626262626262626262"},
    {Codec::kLz4,
     "4d494c4c4a524e4c01000000300000000700000000000000006b6ea89a01000000ac186314258add"
     "ce59c526338902ac4d52677201000000070000000000000002000000330000001300000000000000"
     "0700000000000000ff6a6ea89a0100006473d79b4de5551b51f66fe4ec7a08de9f0180acf386d566"
     "28610100125061610201004d526772010000000900000000000000010000002f0000000e00000000"
     "0000000900000000000000ffffffffffffffff71605d4629f64796582cbbc96eb74fab4f04012c62"
     "010013506262626262"},
    {Codec::kZstd,
     "4d494c4c4a524e4c01000000300000000700000000000000006b6ea89a010000df30003a723ae40e"
     "7ff55094eb4807ba4d52677202000000070000000000000002000000330000001b00000000000000"
     "0700000000000000ff6a6ea89a010000ac1c4606009fa204ec0cc4ca82aa435828b52ffd20339500"
     "00600180acf386d566286102010001004a70044d526772020000000900000000000000010000002f"
     "00000013000000000000000900000000000000ffffffffffffffff0794a8eef67932ba6b98e88613"
     "e5b1f728b52ffd202f5500002004012c620100988008"},
};

const std::vector<NewRecord> kRecords = {
    {RecordKind::kHit, from_millis(1'763'762'400'000), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {RecordKind::kTick, from_millis(1'763'762'399'999), ""},
    {RecordKind::kControl, from_millis(-1), "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
};

TEST(JournalFormat, IsReadForEver) {
  for (const auto& [codec, hex] : kGolden) {
    FaultyFiles files;
    ASSERT_TRUE(files.make_directory(kDirectory).ok());
    files.set_contents(path_of(segment_name(7)), from_hex(hex));
    const auto journal = open_journal(files);
    EXPECT_EQ(journal->recovery().truncated_bytes, 0u);
    JournalReader reader = journal->reader(7);
    RecordBatch batch;
    ASSERT_TRUE(reader.next(batch).ok());
    ASSERT_EQ(batch.records.size(), kRecords.size());
    for (std::size_t i = 0; i < kRecords.size(); ++i) {
      EXPECT_EQ(batch.records[i].position, 7 + i);
      EXPECT_EQ(batch.records[i].kind, kRecords[i].kind);
      EXPECT_EQ(batch.records[i].time, kRecords[i].time);
      EXPECT_EQ(batch.records[i].payload, kRecords[i].payload);
    }
  }
}

// A change here is a new version of the format. (What a packer makes of bytes is its own affair.)
TEST(JournalFormat, IsWrittenAsEver) {
  FaultyFiles files;
  JournalConfig config;
  config.codec = kGolden[0].codec;
  const auto journal = open_journal(files, config);
  ASSERT_TRUE(journal->resume_at(7).ok());
  ASSERT_TRUE(journal->append(std::span(kRecords).first(2)).ok());
  ASSERT_TRUE(journal->commit().ok());
  ASSERT_TRUE(journal->append(std::span(kRecords).last(1)).ok());
  ASSERT_TRUE(journal->commit().ok());
  EXPECT_EQ(to_hex(files.contents(path_of(segment_name(7)))), kGolden[0].hex);
}

TEST(JournalFormat, NamesSegmentsByTheirFirstPosition) {
  EXPECT_EQ(segment_name(42), "00000000000000000042.journal");
  Position first = 0;
  EXPECT_TRUE(parse_segment_name("18446744073709551615.journal", first));
  EXPECT_EQ(first, ~Position{0});
  for (const char* other : {"00000000000000000042.journal.new",
                            "00000000000000000042.journa",
                            "0000000000000000004x.journal",
                            "99999999999999999999.journal",
                            "-0000000000000000042.journal",
                            "lock",
                            ""})
    EXPECT_FALSE(parse_segment_name(other, first)) << other;
}

}  // namespace
}  // namespace millrace
