// Shared by the journal's tests: records whose contents follow from their position, and reading
// all.
#pragma once

#include "engine/base/random.hpp"
#include "engine/journal/block.hpp"
#include "engine/journal/journal.hpp"
#include "tests/support/faulty_files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace::testing {

inline constexpr const char* kDirectory = "j";

// Differs for every position and seed; partly compressible.
inline std::string payload_of(Position position, std::uint64_t seed = 0, std::size_t most = 400) {
  Random random(mix64(position) ^ seed);
  std::string payload = "record " + std::to_string(position) + " of " + std::to_string(seed) + ":";
  for (auto left = random.below(most); left > 0; --left)
    payload.push_back(static_cast<char>(random.chance(0.7) ? 'a' : random.below(256)));
  return payload;
}

inline Time time_of(Position position) {
  return from_millis(1'763'762'400'000 + static_cast<std::int64_t>(position) * 7);
}

inline RecordKind kind_of(Position position) {
  return static_cast<RecordKind>(1 + position % kRecordKinds);
}

inline std::unique_ptr<Journal> open_journal(Files& files, const JournalConfig& config = {}) {
  auto journal = Journal::open(files, kDirectory, config);
  EXPECT_TRUE(journal.ok()) << (journal.ok() ? "" : journal.error().what);
  return journal.ok() ? std::move(journal).value() : nullptr;
}

// Appends the record that belongs to `position`, which must be the next one.
inline void append_one(Journal& journal, Position position, std::uint64_t seed = 0) {
  const std::string payload = payload_of(position, seed);
  const auto at = journal.append({kind_of(position), time_of(position), payload});
  EXPECT_TRUE(at.ok() && *at == position) << (at.ok() ? "" : at.error().what);
}

// Appends and commits `count` records in commits of up to `most`.
inline void fill(Journal& journal, Position count, Position most = 1, std::uint64_t seed = 0) {
  Random random(count);
  while (count > 0) {
    const Position now = std::min<Position>(count, 1 + random.below(most));
    const Position from = journal.end();
    for (Position i = 0; i < now; ++i) append_one(journal, from + i, seed);
    const auto end = journal.commit();
    ASSERT_TRUE(end.ok()) << end.error().what;
    ASSERT_EQ(*end, from + now);
    count -= now;
  }
}

struct Copy {
  std::vector<std::pair<Position, std::string>> records;
  std::vector<Gap> gaps;
  Position end = 0;

  Position lost() const {
    Position count = 0;
    for (const Gap& gap : gaps) count += gap.count;
    return count;
  }
};

// Everything from `from`. Checks that positions are dense but for the gaps told.
inline Copy read_all(const Journal& journal, Position from = 0, std::size_t batch_size = 100) {
  Copy copy;
  JournalReader reader = journal.reader(from);
  RecordBatch batch;
  Position expected = from;
  for (;;) {
    Status status = reader.next(batch, batch_size);
    if (!status.ok()) status = reader.next(batch, batch_size);  // errors are passing
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().what);
    if (!status.ok() || batch.empty()) break;
    EXPECT_LE(batch.records.size(), batch_size);
    if (batch.gap.count > 0) {
      EXPECT_EQ(batch.gap.first, expected);
      expected += batch.gap.count;
      copy.gaps.push_back(batch.gap);
    }
    for (const Record& record : batch.records) {
      EXPECT_EQ(record.position, expected++);
      copy.records.emplace_back(record.position, record.payload);
    }
    EXPECT_EQ(reader.position(), expected);
  }
  copy.end = expected;
  return copy;
}

// Every record read is the one that was written at its position.
inline void expect_true_records(const Copy& copy, std::uint64_t seed = 0) {
  for (const auto& [position, payload] : copy.records)
    ASSERT_EQ(payload, payload_of(position, seed)) << position;
}

// The names of the segment files, in order.
inline std::vector<std::string> segments_of(FaultyFiles& files) {
  const auto names = files.list(kDirectory);
  std::vector<std::string> segments;
  for (const std::string& name : *names)
    if (name.ends_with(".journal")) segments.push_back(name);
  return segments;
}

inline std::string path_of(const std::string& segment) { return kDirectory + ("/" + segment); }

}  // namespace millrace::testing
