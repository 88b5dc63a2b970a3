// Runs one lane: its operators on its rows, batch after batch, and what a batch asks of it besides:
// hand profiles over, wait for those that it receives, fetch those that are not in memory, fire
// timers, gather at epochs, write its part of a checkpoint, give memory back.
//
// An executor calls run() from one thread at a time. A lane never blocks: what it has to wait for
// parks it until another lane says whom to wake. Questions from outside are answered between two
// events.
#pragma once

#include "engine/operator/lane.hpp"
#include "engine/operator/profile_view.hpp"
#include "engine/runtime/placement.hpp"
#include "engine/runtime/publisher.hpp"
#include "engine/runtime/work.hpp"
#include "engine/topology/plan.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace millrace {

class Emitter;

// What an executor has to do after a lane ran.
struct NextSteps {
  std::vector<std::uint32_t> wake;     // lanes that may go on
  std::vector<std::uint64_t> publish;  // epochs that every lane has gathered
  std::vector<WorkRef> finished;       // batches that this lane was the last to work on
};

// What lanes share with the rest of the runtime.
struct LaneContext {
  Plan& plan;
  Placement placement;
  Publisher& publisher;
  Store* store = nullptr;                             // nowhere to spill to without one
  std::atomic<std::uint64_t> checkpoints_durable{0};  // how many have been committed
  std::atomic<bool> checkpoint_wanted{false};         // by those who asked for one
};

// What somebody asks a lane: the profile's view, or nothing if the lane does not have it. `answer`
// is called once, on the lane's thread or the one that closes the lane, and must not block.
struct Question {
  ProfileId profile = kNoProfile;
  std::function<void(Result<std::optional<ProfileView>>)> answer;
};

class LaneRunner {
 public:
  LaneRunner(LaneContext& context, std::uint32_t index);
  ~LaneRunner();

  // Adds a batch behind those that wait; batches come in order. May run concurrently with run().
  void offer(WorkRef work);
  // Any thread; wake the lane then. False when it is closed, or many wait: it is not taken.
  bool ask(Question question);
  // Any thread. Until it is opened, questions are refused; closing answers those that wait.
  void open_questions();
  void close_questions();
  // Works off what is ready. An error is final: the store let us down.
  Status run(NextSteps& steps);

  // Before the first batch: a profile that the store holds, and when it has a timer.
  void adopt(ProfileId profile, Time next_timer);
  // Before the first batch after a restart: where clock and journal are, and the last epoch, whose
  // results the operators take up again.
  void resume(std::uint64_t epoch, Time clock, Position position);
  // While no batch is in flight: the sum of the hashes of the profiles; their number in memory.
  Result<Hash128> digest();
  Lane& lane() { return lane_; }
  const Lane& lane() const { return lane_; }
  std::size_t profiles_in_memory() const { return lane_.table().size(); }

 private:
  class EpochView;

  struct Change;  // what a checkpoint has of a profile
  // A profile that left memory with changes that no checkpoint has.
  struct Ahead {
    std::uint64_t checkpoints = 0;  // taken by then
    Time due = kNever;              // of its next timer
    Time armed = kNever;            // when that asks for it, or before
  };

  WorkRef front();
  void pop();
  std::vector<std::uint32_t> shards() const;
  bool blocked(const Work& work) const;
  Status extract(Work& work, NextSteps& steps);
  Status process(Work& work);
  Status receive(Work& work);
  bool is_aside(ProfileId profile) const {
    return spilled_.contains(profile) || ahead_.contains(profile);
  }
  bool any_aside() const { return !spilled_.empty() || !ahead_.empty(); }
  std::vector<ProfileId> profiles_aside() const;
  // The records of profiles that are aside, in their order.
  Status read_aside(std::span<const ProfileId> profiles, std::vector<std::string>& records);
  Status fetch(const std::vector<ProfileId>& profiles);
  Status fetch_missing(const Work& work, std::span<const std::uint32_t> rows);
  static constexpr std::size_t kNoBound = ~std::size_t{0};
  std::size_t rows_at_once() const;
  std::size_t end_of_run(const Work& work, std::size_t begin) const;
  Status process_rows(Work& work, std::size_t begin, std::size_t end);
  void find_slots(Work& work, std::span<const std::uint32_t> rows);
  void prefetch(const Work& work, std::span<const std::uint32_t> rows, std::size_t at) const;
  void process_event(Event& event);
  void merge(const Event& event);
  void run_nodes(Event& event, std::uint64_t reached, bool& kept, Verdict& refused);
  void flush(std::size_t node, std::size_t mark);
  void on_tick(const Event& event);
  Status on_epoch(const Event& event, Work& work);
  Status take_checkpoint(LaneShare& share);
  Status write_records(std::span<const Change> changes, StagedChanges& to);
  std::size_t profiles_within(std::size_t bytes) const;
  Status relieve_memory();
  Status put_aside(std::span<const std::pair<std::uint32_t, Slot>> slots);
  // `position`: everything before it is processed.
  void answer_questions(Position position);
  Result<std::optional<ProfileView>> view(ProfileId profile, Position position);

  LaneContext& context_;
  const std::uint32_t index_;
  Lane lane_;
  std::vector<std::unique_ptr<Operator>> operators_;
  std::unique_ptr<Emitter> out_;
  LaneShare* share_ = nullptr;  // of the batch being processed
  std::mutex inbox_mutex_;
  std::deque<WorkRef> inbox_;
  bool extracted_ = false;  // the front batch has what it takes from this lane
  std::uint32_t turn_ = 0;  // batches processed
  std::uint64_t checkpoints_taken_ = 0;
  // This lane's, in the store and not in memory: as a durable checkpoint has them, and newer.
  boost::unordered_flat_map<ProfileId, Time> spilled_;  // and when a timer asks for them
  boost::unordered_flat_map<ProfileId, Ahead> ahead_;
  std::vector<std::string> outdated_;  // keys of such newer records that nobody reads any more
  std::vector<ProfileId> removed_;     // merged away since the last checkpoint
  std::optional<Error> failure_;       // met where there was no way to return it
  std::size_t heap_estimate_ = 0;      // bytes of heap blocks, a profile
  Position processed_ = 0;             // one past the newest record of whole batches
  std::atomic<bool> asked_{false};     // there are questions
  std::mutex questions_mutex_;
  bool questions_open_ = false;
  std::vector<Question> questions_;
};

}  // namespace millrace
