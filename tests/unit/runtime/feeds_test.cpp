#include "engine/runtime/feeds.hpp"

#include "engine/event/hit.hpp"
#include "tests/support/faulty_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace {
namespace {

using namespace std::chrono_literals;

// Gives the text in pieces of this size.
ReadBytes pieces(std::string text, std::size_t piece) {
  return [text = std::move(text), piece, at = std::size_t{0}](
             char* into, std::size_t size) mutable -> Result<std::size_t> {
    const std::size_t part = std::min({size, piece, text.size() - at});
    std::copy_n(text.data() + at, part, into);
    at += part;
    return part;
  };
}

struct Seen {
  std::vector<std::string> bodies;
  std::string kinds;  // h, t, e, c
  std::vector<std::size_t> batches;
};

Seen drain(Feed& feed, std::size_t records_max) {
  Seen seen;
  FeedBatch batch;
  while (feed.next(batch, records_max).ok() && !batch.records.empty()) {
    seen.batches.push_back(batch.records.size());
    for (const Record& record : batch.records) {
      seen.kinds += "?htec"[static_cast<int>(record.kind)];
      Hit hit;
      if (record.kind == RecordKind::kHit && decode_hit(record.payload, record.time, hit))
        seen.bodies.emplace_back(hit.body);
    }
  }
  return seen;
}

std::string line(const char* time) { return std::string("{\"timestamp\":\"") + time + "\"}"; }

TEST(NdjsonFeed, GivesEveryLineOnceHoweverItIsRead) {
  const std::string text = line("2026-11-01T12:00:00Z") + "\n\n" + line("2026-11-01T12:00:01Z") +
                           "\r\nnot json\n" + line("2026-11-01T13:30:00Z");
  for (const std::size_t piece : {1UL, 7UL, 4096UL}) {
    for (const std::size_t batch : {1UL, 2UL, 100UL}) {
      NdjsonFeed feed(pieces(text, piece), EventClock(1s, 1h));
      const Seen seen = drain(feed, batch);
      EXPECT_EQ(seen.bodies,
                (std::vector<std::string>{line("2026-11-01T12:00:00Z"),
                                          line("2026-11-01T12:00:01Z"),
                                          "not json",
                                          line("2026-11-01T13:30:00Z")}));
      EXPECT_EQ(seen.kinds, "tehthhteh") << "pieces of " << piece << ", batches of " << batch;
      EXPECT_EQ(feed.lines(), 4U);
    }
  }
}

TEST(NdjsonFeed, CutsALineThatHasNoEnd) {
  const std::string text = std::string(5 << 20, 'x') + "\n" + line("2026-11-01T12:00:00Z") + "\n";
  NdjsonFeed feed(pieces(text, 100'000), EventClock(1s, 1h));
  const Seen seen = drain(feed, 100);
  ASSERT_EQ(seen.bodies.size(), 2U);
  EXPECT_GT(seen.bodies[0].size(), 1U << 20);
  EXPECT_LT(seen.bodies[0].size(), 4U << 20);
  EXPECT_EQ(seen.bodies[1], line("2026-11-01T12:00:00Z"));
}

TEST(NdjsonFeed, SkipsLinesThatAreDone) {
  NdjsonFeed feed(pieces("1\n2\n3\n", 100), EventClock(1s, 1h), 0, 2);
  EXPECT_EQ(drain(feed, 10).bodies, std::vector<std::string>{"3"});
  EXPECT_EQ(feed.lines(), 3U);
}

TEST(NdjsonFeed, TellsWhatTheInputSays) {
  NdjsonFeed feed([](char*, std::size_t) -> Result<std::size_t> { return Error{"gone"}; },
                  EventClock(1s, 1h));
  FeedBatch batch;
  const Status fed = feed.next(batch, 10);
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().what, "gone");
}

TEST(Feed, AnEpochStandsAlone) {
  std::vector<Record> records;
  for (const RecordKind kind : {RecordKind::kHit,
                                RecordKind::kEpoch,
                                RecordKind::kEpoch,
                                RecordKind::kTick,
                                RecordKind::kHit})
    records.push_back({records.size(), {}, {}, kind});
  MemoryFeed feed(records);
  EXPECT_EQ(drain(feed, 10).batches, (std::vector<std::size_t>{1, 1, 1, 2}));
}

TEST(JournalingFeed, PassesOnWhatTheJournalHas) {
  testing::FaultyFiles files(1);
  auto journal = Journal::open(files, "j", {});
  ASSERT_TRUE(journal.ok());
  NdjsonFeed lines(pieces("1\n2\n3\n", 100), EventClock(1s, 1h));
  JournalingFeed journaling(lines, **journal);
  const Seen first = drain(journaling, 2);
  EXPECT_EQ(first.bodies, (std::vector<std::string>{"1", "2", "3"}));
  JournalFeed again(**journal, 0);
  const Seen second = drain(again, 100);
  EXPECT_EQ(second.bodies, first.bodies);
  EXPECT_EQ(second.kinds, first.kinds);
}

}  // namespace
}  // namespace millrace
