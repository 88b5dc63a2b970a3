// What the acknowledgement promises, against a model: crashes, kills, I/O errors and full disks at
// random moments, many times over for each seed.
#include "tests/unit/journal/journal_fixture.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace millrace {
namespace {

using namespace testing;

class Model {
 public:
  Model(std::uint64_t seed, Ack ack) : files_(seed), random_(seed * 2 + 1) {
    config_.ack = ack;
    config_.group = {300 + random_.below(3'000)};
    config_.segment = {500 + random_.below(6'000)};
    config_.memory = {random_.below(3'000)};
    config_.codec = random_.chance(0.5) ? Codec::kNone : Codec::kLz4;
  }

  FaultyFiles& files() { return files_; }
  bool open() const { return journal_ != nullptr; }
  int accepted() const { return accepted_; }
  int lost() const { return lost_; }
  int failed() const { return failed_; }

  // Fails only if an operation of the disk does.
  bool boot() {
    auto opened = Journal::open(files_, kDirectory, config_);
    if (!opened.ok()) return false;
    journal_ = std::move(opened).value();
    EXPECT_GE(journal_->end(), durable_);
    std::map<Position, std::string> found;
    for (auto& [position, payload] : read_all(*journal_).records) {
      EXPECT_TRUE(attempts_[position].contains(payload)) << position;
      found.emplace(position, std::move(payload));
    }
    for (const auto& [position, payload] : expected_) {
      const auto record = found.find(position);
      const bool there = record != found.end() && record->second == payload;
      if (!there) ++lost_;
      EXPECT_TRUE(there || position >= durable_) << "lost " << position << " of " << durable_;
    }
    expected_ = std::move(found);
    if (config_.ack == Ack::kSynced) durable_ = journal_->end();
    return true;
  }

  void commit_some() {
    std::map<Position, std::string> tried;
    for (auto left = 1 + random_.below(4); left > 0; --left) {
      const std::string payload =
          fmt::format("{}:{}", attempt_++, std::string(random_.below(700), 'x'));
      const auto at = journal_->append({RecordKind::kHit, time_of(attempt_), payload});
      ASSERT_TRUE(at.ok());
      attempts_[*at].insert(payload);
      tried[*at] = payload;
    }
    const auto end = journal_->commit();
    failed_ += end.ok() ? 0 : 1;
    if (!end.ok()) return;
    accepted_ += static_cast<int>(tried.size());
    expected_.merge(tried);
    EXPECT_TRUE(tried.empty()) << "a position was accepted twice";
    if (config_.ack == Ack::kSynced) durable_ = *end;
  }

  void sync() {
    if (journal_->sync().ok()) durable_ = journal_->end();
  }

  // What readers see is what was accepted.
  void check() {
    const Copy copy = read_all(*journal_);
    ASSERT_EQ(copy.end, journal_->end());
    ASSERT_EQ(copy.records.size(), expected_.size());
    for (const auto& [position, payload] : copy.records) ASSERT_EQ(expected_.at(position), payload);
  }

  void crash() {
    files_.crash();
    journal_.reset();
  }

  void kill() {
    files_.kill();
    journal_.reset();
    // What was accepted as written outlives the process, but it is no more durable than before.
    if (config_.ack == Ack::kWritten) killed_ = expected_;
  }

  void expect_nothing_lost_by_kill() {
    for (const auto& [position, payload] : killed_) EXPECT_EQ(expected_[position], payload);
    killed_.clear();
  }

  void step() {
    const auto what = random_.below(20);
    if (what == 0) files_.fail_operation(random_.below(8));
    if (what == 1) files_.set_capacity(files_.used() + random_.below(2'000));
    if (what == 2 || what == 3) files_.set_capacity(~std::uint64_t{0});
    if (what == 4) sync();
    if (what == 5) check();
    if (what == 6 && random_.chance(0.3)) return crash();
    if (what == 7 && random_.chance(0.3)) return kill();
    commit_some();
  }

 private:
  FaultyFiles files_;
  Random random_;
  JournalConfig config_;
  std::unique_ptr<Journal> journal_;
  std::map<Position, std::set<std::string>> attempts_;  // whatever was appended there
  std::map<Position, std::string> expected_;            // accepted, as far as it is known
  std::map<Position, std::string> killed_;
  Position durable_ = 0;  // all before was promised to survive a crash
  std::uint64_t attempt_ = 0;
  int accepted_ = 0;
  int lost_ = 0;
  int failed_ = 0;
};

struct Outcome {
  int accepted = 0;
  int lost = 0;
  int failed = 0;
};

Outcome run(std::uint64_t seeds, Ack ack) {
  Outcome outcome;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Model model(seed, ack);
    for (int step = 0; step < 120; ++step) {
      if (!model.open()) {
        while (!model.boot()) model.files().set_capacity(~std::uint64_t{0});
        model.expect_nothing_lost_by_kill();
      }
      model.step();
      if (::testing::Test::HasFailure()) return outcome;
    }
    model.crash();
    EXPECT_TRUE(model.boot() || model.boot());
    outcome.accepted += model.accepted();
    outcome.lost += model.lost();
    outcome.failed += model.failed();
  }
  return outcome;
}

TEST(JournalCrash, NeverLosesWhatWasSynced) {
  const Outcome outcome = run(600, Ack::kSynced);
  EXPECT_EQ(outcome.lost, 0);
  EXPECT_GT(outcome.accepted, 50'000);
  EXPECT_GT(outcome.failed, 1'000);
}

TEST(JournalCrash, LosesWrittenRecordsOnlyToALossOfPower) {
  const Outcome outcome = run(300, Ack::kWritten);
  EXPECT_GT(outcome.lost, 100) << "the disk was not cruel enough to prove anything";
}

TEST(JournalCrash, KeepsMemoryRecordsThatWereSynced) {
  const Outcome outcome = run(300, Ack::kMemory);
  EXPECT_GT(outcome.lost, 100);
}

// One I/O error, at each operation that a fixed course of events has.
TEST(JournalCrash, OutlivesAnIoErrorAnywhere) {
  for (const Ack ack : {Ack::kSynced, Ack::kWritten, Ack::kMemory}) {
    std::uint64_t operations = 1;
    for (std::uint64_t n = 0; n < operations; ++n) {
      SCOPED_TRACE(fmt::format("operation {}", n));
      Model model(77, ack);
      model.files().fail_operation(n);
      const auto up = [&] { ASSERT_TRUE(model.boot() || model.boot()); };
      up();
      for (int i = 0; i < 20; ++i) model.commit_some();
      model.sync();
      model.check();
      model.crash();
      up();
      for (int i = 0; i < 20; ++i) model.commit_some();
      model.kill();
      up();
      for (int i = 0; i < 5; ++i) model.commit_some();
      model.check();
      model.sync();
      model.crash();
      up();
      model.check();
      if (n == 0) operations = model.files().operations();
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(operations, 100u);
  }
}

// An earlier process could not sync a segment, nor finish the copy that was to replace it.
TEST(JournalCrash, FinishesTheCopyOfASegmentThatCouldNotBeSynced) {
  FaultyFiles files;
  fill(*open_journal(files), 20, 3);
  const std::string path = path_of(segments_of(files).front());
  files.set_contents(path + ".new", "unfinished");
  auto journal = open_journal(files);
  files.set_capacity(files.used() + 100);
  append_one(*journal, 20);
  EXPECT_FALSE(journal->commit().ok()) << "nothing is accepted before the copy is made";
  files.set_capacity(~std::uint64_t{0});
  fill(*journal, 5);
  EXPECT_EQ(files.contents(path + ".new"), "");
  journal.reset();
  files.crash();
  journal = open_journal(files);
  const Copy copy = read_all(*journal);
  EXPECT_EQ(copy.records.size(), 25u);
  expect_true_records(copy);
}

}  // namespace
}  // namespace millrace
