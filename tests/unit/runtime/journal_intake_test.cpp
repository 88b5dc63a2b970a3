// What the intake writes, when it answers, and what it does when it cannot write.
#include "engine/runtime/journal_intake.hpp"

#include "engine/base/random.hpp"
#include "tests/support/faulty_files.hpp"

#include <gtest/gtest.h>

#include <future>

namespace millrace {
namespace {

using namespace std::chrono_literals;

const Time kStart = *parse_time("2026-11-01T12:00:00.250Z");

class JournalIntakeTest : public ::testing::Test {
 protected:
  void open(JournalConfig config = {}) {
    auto opened = Journal::open(files_, "journal", config);
    ASSERT_TRUE(opened.ok());
    journal_ = *std::move(opened);
    options_.clock = [this] { return ClockReading{kStart + steady_ + wall_off_, steady_}; };
    options_.committed = [this] { ++committed_; };
    options_.epoch = 10s;
    intake_ = std::make_unique<JournalIntake>(*journal_, kBeginning, options_);
  }

  // What became of an offer.
  struct Told {
    int times = 0;
    Result<Position> answer = Error{"not told"};
  };
  bool offer(const std::string& payload, Told& told, Time received = kStart) {
    return intake_->offer(payload, received, [&told](const Result<Position>& answer) {
      ++told.times;
      told.answer = answer;
    });
  }

  std::vector<Record> records() {
    JournalReader reader = journal_->reader(0);
    EXPECT_TRUE(reader.next(batch_).ok());
    return batch_.records;
  }

  testing::FaultyFiles files_;
  std::unique_ptr<Journal> journal_;
  std::chrono::nanoseconds steady_{0};
  std::chrono::nanoseconds wall_off_{0};
  IntakeOptions options_;
  int committed_ = 0;
  std::unique_ptr<JournalIntake> intake_;
  RecordBatch batch_;
};

TEST_F(JournalIntakeTest, AnswersEachHitWithItsPositionOnceItIsCommitted) {
  open();
  Told a, b;
  ASSERT_TRUE(offer("a", a));
  ASSERT_TRUE(offer("b", b));
  EXPECT_EQ(a.times, 0);
  EXPECT_TRUE(intake_->turn());
  ASSERT_TRUE(a.answer.ok());
  ASSERT_TRUE(b.answer.ok());
  const auto all = records();
  EXPECT_EQ(all.at(*a.answer).payload, "a");
  EXPECT_EQ(all.at(*b.answer).payload, "b");
  EXPECT_EQ(a.times, 1);
  EXPECT_EQ(committed_, 1);
  EXPECT_EQ(journal_->stats().commits, 1U);  // one for both
  EXPECT_EQ(intake_->queued_bytes(), 0U);
}

TEST_F(JournalIntakeTest, JournalsTicksAndEpochsByTheClock) {
  open();
  intake_->turn();
  ASSERT_EQ(records().size(), 2U);  // of the second and the ten seconds that it is in
  for (int i = 0; i < 100; ++i) {
    steady_ += 100ms;
    intake_->turn();
  }
  const auto all = records();
  ASSERT_EQ(all.size(), 2U + 10 + 1);
  EXPECT_EQ(all[2].kind, RecordKind::kTick);
  EXPECT_EQ(all[2].time, *parse_time("2026-11-01T12:00:01Z"));
  EXPECT_EQ(all[11].kind, RecordKind::kTick);
  EXPECT_EQ(all[12].kind, RecordKind::kEpoch);
  EXPECT_EQ(all[12].time, *parse_time("2026-11-01T12:00:10Z"));
}

TEST_F(JournalIntakeTest, WritesNoTimeThatGoesBack) {
  open();
  Told told;
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    steady_ += std::chrono::milliseconds(random.below(50));
    if (random.chance(0.02))
      wall_off_ = std::chrono::seconds(static_cast<int>(random.below(577)) - 288);
    if (random.chance(0.5))
      offer("x", told, kStart + std::chrono::seconds(static_cast<int>(random.below(900)) - 450));
    intake_->turn();
  }
  Time last = kBeginning;
  int ticks = 0;
  JournalReader reader = journal_->reader(0);
  while (reader.next(batch_).ok() && !batch_.empty())
    for (const Record& record : batch_.records) {
      EXPECT_GE(record.time, last);
      last = record.time;
      ticks += record.kind == RecordKind::kTick ? 1 : 0;
    }
  // Time passed by the steady clock, give or take what it is steered.
  EXPECT_LE(last - kStart, std::chrono::floor<Duration>(steady_ * 21 / 20));
  EXPECT_GE(ticks, steady_ / 1s * 19 / 20 - 1);
}

TEST_F(JournalIntakeTest, RefusesWhatItHasNoRoomFor) {
  options_.queue_bytes = 1 << 20;
  open();
  Told taken, refused;
  ASSERT_TRUE(offer(std::string(900 << 10, 'x'), taken));
  EXPECT_FALSE(offer(std::string(200 << 10, 'x'), refused));
  intake_->turn();
  EXPECT_TRUE(taken.answer.ok());
  EXPECT_TRUE(offer(std::string(200 << 10, 'x'), refused));
  intake_->turn();
  EXPECT_EQ(refused.times, 1);
}

TEST_F(JournalIntakeTest, SaysThatTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  open();
  Told first, failed, later;
  offer("first", first);
  intake_->turn();
  files_.set_capacity(files_.used());
  offer(std::string(10'000, 'f'), failed);
  steady_ += 1s;  // a tick is due with it
  intake_->turn();
  ASSERT_FALSE(failed.answer.ok());
  EXPECT_EQ(failed.answer.error().fault, Fault::kFull);
  files_.set_capacity(~std::uint64_t{0});
  offer("later", later);
  intake_->turn();
  ASSERT_TRUE(later.answer.ok());
  const auto all = records();
  EXPECT_EQ(all.at(*later.answer).payload, "later");
  EXPECT_EQ(all.at(*later.answer - 1).kind, RecordKind::kTick);  // was due still
}

TEST_F(JournalIntakeTest, RefusesAHitThatIsTooLongAndTakesTheOthers) {
  options_.queue_bytes = 64 << 20;
  open();
  Told small, large, other;
  offer("small", small);
  offer(std::string(kMaxPayloadBytes + 1, 'x'), large);
  offer("other", other);
  while (intake_->turn()) {
  }
  EXPECT_TRUE(small.answer.ok());
  EXPECT_FALSE(large.answer.ok());
  EXPECT_TRUE(other.answer.ok());
}

TEST_F(JournalIntakeTest, AnswersEverybodyWhoWasTakenAndNobodyElseWhenItStops) {
  open();
  intake_->start();
  std::atomic<int> taken{0}, answered{0}, failed{0};
  std::vector<std::thread> threads;
  std::promise<void> begun;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5'000; ++i) {
        if (t == 0 && i == 500) begun.set_value();
        if (intake_->offer("x", kStart, [&](const Result<Position>& answer) {
              ++answered;
              if (!answer) ++failed;
            }))
          ++taken;
      }
    });
  begun.get_future().wait();
  intake_->stop();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, taken);
  EXPECT_EQ(failed, 0);
  std::size_t hits = 0;
  JournalReader reader = journal_->reader(0);
  while (reader.next(batch_).ok() && !batch_.empty())
    for (const Record& record : batch_.records) hits += record.kind == RecordKind::kHit ? 1 : 0;
  EXPECT_EQ(hits, static_cast<std::size_t>(taken));
}

TEST_F(JournalIntakeTest, AnswersWhatWaitsWhenItIsDropped) {
  open();
  Told told;
  ASSERT_TRUE(offer("x", told));
  intake_.reset();
  EXPECT_EQ(told.times, 1);
  EXPECT_FALSE(told.answer.ok());
  EXPECT_EQ(journal_->end(), 0U);
}

}  // namespace
}  // namespace millrace
