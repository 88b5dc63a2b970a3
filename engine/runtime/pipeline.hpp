// A plan made ready to run: its stages, each as a function that says who may call it. An executor
// only decides when, and on which thread.
//
//   admit -> parse (parallel) -> route (in order) -> run_lane (each lane in order) -> complete (in
//   order)
#pragma once

#include "engine/runtime/lane_runner.hpp"
#include "engine/runtime/parse_stage.hpp"
#include "engine/runtime/router.hpp"
#include "engine/runtime/segment_members.hpp"
#include "engine/runtime/sink_set.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace millrace {

// Sums since the journal's beginning, as of the last completed batch.
struct Totals {
  Account account;
  std::uint64_t records = 0;
  std::uint64_t gap = 0;  // journal records that were damaged
  std::uint64_t outputs = 0;
  std::vector<std::int64_t> segment_size;  // by SegmentId
};

// What a batch was, and what it came to: outputs and rejects, each in the journal's order.
struct Completed {
  std::span<const Record> records;
  std::span<const OutputRecord> outputs;
  std::span<const Reject> rejects;
  Position end = 0;  // everything before it is complete
  Time clock{};      // the journal's, at the end
  const Totals& totals;
};

struct PipelineOptions {
  std::uint32_t lanes = 1;
  Store* store = nullptr;  // for checkpoints and profiles beyond the memory budget; optional
  std::uint64_t checkpoint_records = 0;  // journal records between checkpoints; 0: only when asked
  std::uint64_t checkpoint_bytes = 0;    // and bytes of them; 0: any number
  SinkSet* sinks = nullptr;              // optional
  std::function<void(Position)>
      on_checkpoint;  // one is durable up to there; on the completing thread
  std::function<void(const Completed&)> on_batch;  // on the completing thread; must not block
};

class Pipeline {
 public:
  // Builds the stages and, where the store has a checkpoint, restores it. `plan`, the store and the
  // sink outlive the pipeline. Starts no thread.
  static Result<std::unique_ptr<Pipeline>> build(Plan& plan, const PipelineOptions& options);
  ~Pipeline();

  // The journal position to go on from.
  Position resume_position() const { return resume_; }
  // One past the newest completed record. While no batch is in flight.
  Position end() const { return end_; }
  // The sequence of the next batch that is admitted.
  std::uint64_t next_sequence() const { return next_sequence_; }
  std::uint32_t lanes() const { return static_cast<std::uint32_t>(lanes_.size()); }

  // One thread, in journal order. The batch moves into the work.
  WorkRef admit(FeedBatch& batch);
  // Any thread, each work once.
  void parse(Work& work) { parse_.parse(work); }
  // One thread at a time, in order of Work::sequence. Leaves the work with every lane: run them
  // all.
  void route(const WorkRef& work);
  // One thread at a time for each lane.
  Status run_lane(std::uint32_t lane, NextSteps& steps) { return lanes_[lane]->run(steps); }
  // Any thread; wake all lanes then.
  void publish(std::uint64_t epoch) { publisher_.publish(epoch); }
  // One thread at a time, in order of Work::sequence: account, outputs, checkpoint.
  Status complete(Work& work);
  // Whose an identifier such as `user_id:42` or a profile's text is, and up to where the journal
  // was read by then: once that is processed, the profile's lane knows of it. Any thread.
  Router::Found find(std::string_view id) const { return router_.find(id); }
  // Any thread; see LaneRunner.
  LaneRunner& lane_of(ProfileId profile) { return *lanes_[placement().lane(profile)]; }

  // That exist, as far as the journal was read. Any thread.
  std::uint64_t profiles() const { return router_.profiles(); }
  // Its page() is for any thread.
  const SegmentMembers& members() const { return members_; }
  // As given, both for any thread; null where there are none.
  SinkSet* sinks() const { return options_.sinks; }
  Store* store() const { return options_.store; }

  // Asks for a checkpoint after the next batch that is routed.
  void request_checkpoint() { context_.checkpoint_wanted.store(true, std::memory_order_release); }

  // While no batch is in flight.
  const Totals& totals() const { return totals_; }
  Result<Hash128> digest();
  // Of the journal, where everything is complete.
  Time clock() const { return router_.clock(); }
  const Identifier& identifier() const { return router_.identifier(); }
  const Plan& plan() const { return plan_; }
  LaneRunner& lane(std::uint32_t index) { return *lanes_[index]; }
  const Placement& placement() const { return context_.placement; }
  // Of profiles and identities. Walks every profile in memory.
  std::size_t memory_bytes() const;

 private:
  Pipeline(Plan& plan, const PipelineOptions& options);
  Status restore();
  Status forget_what_is_ahead();
  Status restore_meta(std::string_view bytes);
  Status restore_profiles();
  Status commit(Work& work);
  std::string meta(Position end, std::string_view sink) const;

  // Before whatever may hold a work: that gives it back here, also when a run was broken off.
  std::mutex spare_mutex_;
  std::vector<std::unique_ptr<Work>> spare_;  // to be used again: their memory is warm
  Plan& plan_;
  PipelineOptions options_;
  Publisher publisher_;
  LaneContext context_;
  ParseStage parse_;
  Lane identity_lane_;  // for the identifier's constructor
  Router router_;
  std::vector<std::unique_ptr<LaneRunner>> lanes_;
  SegmentMembers members_;
  Position resume_ = 0;
  Position end_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t records_since_checkpoint_ = 0;
  std::uint64_t bytes_since_checkpoint_ = 0;
  std::uint64_t epoch_ = 0;  // the newest completed
  Totals totals_;
};

}  // namespace millrace
