// A batch on its way through the stages, with what each stage and lane adds to it.
//
// Ownership by stage: whoever runs the stage has it alone, until `route` hands it to the lanes;
// then each lane has its own LaneShare and its own rows, and the last one to finish hands it on.
#pragma once

#include "engine/event/batch.hpp"
#include "engine/operator/lane.hpp"
#include "engine/operator/output_record.hpp"
#include "engine/runtime/feed.hpp"
#include "engine/state/store.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Counts by reason. A topology has a handful of reasons, so a list beats a map.
class ReasonCounts {
 public:
  void add(std::string_view reason, std::uint64_t count = 1) {
    for (auto& [known, total] : counts_)
      if (known == reason) {
        total += count;
        return;
      }
    counts_.emplace_back(reason, count);
  }
  void add(const ReasonCounts& other) {
    for (const auto& [reason, count] : other.counts_) add(reason, count);
  }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto& [reason, count] : counts_) sum += count;
    return sum;
  }
  const std::vector<std::pair<std::string, std::uint64_t>>& all() const { return counts_; }
  void clear() { counts_.clear(); }

 private:
  std::vector<std::pair<std::string, std::uint64_t>> counts_;
};

// What became of events. Law 2: events == kept + dropped + rejected.
struct Account {
  std::uint64_t events = 0;
  std::uint64_t kept = 0;
  ReasonCounts dropped;
  ReasonCounts rejected;
  ReasonCounts noted;  // by operators, as Lane::counter: "bots.declared"; since the start

  void add(const Account& other) {
    events += other.events;
    kept += other.kept;
    dropped.add(other.dropped);
    rejected.add(other.rejected);
    noted.add(other.noted);
  }
};

// Adds what a lane's operators counted since the last time.
inline void note_counters(Lane& lane, Account& account) {
  lane.take_counters(
      [&](const std::string& name, std::uint64_t count) { account.noted.add(name, count); });
}

// One profile on its way to the lane of the profile that it will be merged into.
struct Transfer {
  ProfileId profile = kNoProfile;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::string record;  // set by `from`, read by `to`
  bool found = false;
};

struct LaneShare {
  std::vector<std::uint32_t> rows;        // of the batch, in journal order, marks included
  std::atomic<std::uint32_t> awaited{0};  // transfers that this lane has yet to receive
  Account account;
  std::vector<OutputRecord> outputs;
  std::vector<Reject> rejects;
  std::unique_ptr<StagedChanges> checkpoint;  // if the batch is a checkpoint: this lane's changes

  void clear() {
    rows.clear();
    awaited.store(0, std::memory_order_relaxed);
    account = {};
    outputs.clear();
    rejects.clear();
    checkpoint.reset();
  }
};

struct Work {
  explicit Work(std::size_t lanes) : shares(lanes) {}

  std::uint64_t sequence = 0;  // of batches, from 0
  FeedBatch feed;              // the records, and what keeps the bytes that the batch points into
  Batch batch;
  Account account;  // of the parallel and serial stages
  std::vector<Transfer> transfers;
  std::vector<LaneShare> shares;  // by lane
  std::atomic<std::uint32_t> lanes_left{0};

  // Set for an epoch, which has a batch of its own.
  std::uint64_t epoch = 0;                  // its number, from 1; 0: none
  std::uint64_t profiles = 0;               // that exist then
  std::atomic<std::uint32_t> gathering{0};  // lanes that have yet to gather

  // Set if a checkpoint is to be taken after this batch.
  bool checkpoint = false;
  Time clock{};      // the journal's clock after this batch
  WriteSet changes;  // of the identify stage

  void clear();
};

using WorkRef = std::shared_ptr<Work>;  // shared by the lanes that work on it; the last one ends it

}  // namespace millrace
