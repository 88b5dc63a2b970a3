// Answers questions about profiles and segments while the engine runs. A question about a profile
// is answered by the profile's lane, between two events; one that has to wait for a position, or
// for a profile on its way between lanes, is put aside until the journal was processed that far.
//
// Any thread asks; see Queries. What engine answers may change, and there may be none for a while.
#pragma once

#include "engine/operator/queries.hpp"
#include "engine/runtime/executor.hpp"
#include "engine/runtime/live_stream.hpp"
#include "engine/runtime/pipeline.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace millrace {

class LiveQueries final : public Queries {
 public:
  // A question waits at most so long.
  static constexpr std::chrono::seconds kWaitMax{5};

  void profile(std::string id, Position after, ProfileDone done) override;
  std::vector<SegmentSize> segments() const override;
  std::vector<std::string> segment_names() const override;
  Result<MembersPage> members(std::string_view segment,
                              ProfileId from,
                              std::size_t limit) const override;
  std::vector<SinkState> sinks() const override;
  Result<std::vector<DeadLetterView>> dead_letters(std::string_view sink,
                                                   std::uint64_t from,
                                                   std::size_t limit) const override;
  Status enable_sink(std::string_view sink) override;
  Position processed() const override { return processed_.load(std::memory_order_acquire); }
  Listening listen(Position from, Listen listen) override;

  // Both outlive end(). Nothing runs yet.
  void begin(Pipeline& pipeline, Executor& executor);
  // The run is over: refuses what waits, and what comes until the next begin().
  void end();
  // On the completing thread.
  void completed(const Completed& completed);
  // Gives up on questions that waited too long; one thread, about once a second.
  void expire(std::chrono::nanoseconds steady);

 private:
  // One question on its way; shared by the callbacks that take it there, of which one at a time has
  // it.
  struct Pending {
    std::string id;
    ProfileDone done;
    std::chrono::nanoseconds waits_until{};
    int tries = 0;
  };
  using PendingRef = std::shared_ptr<Pending>;

  Result<Outbox*> outbox(std::string_view sink) const;
  void look_up(const PendingRef& pending);
  bool ask_lane(const PendingRef& pending, bool& known);
  void wait_for(Position position, PendingRef pending);

  mutable std::shared_mutex engine_mutex_;  // of the next two; shared while they are used
  Pipeline* pipeline_ = nullptr;
  Executor* executor_ = nullptr;
  std::atomic<Position> processed_{0};
  LiveStream stream_;
  mutable std::mutex mutex_;  // of what follows
  bool waits_ = false;        // somebody will say when positions are processed
  std::multimap<Position, PendingRef> waiting_;
  std::chrono::nanoseconds steady_{};
  std::vector<std::int64_t> sizes_;  // of segments
};

}  // namespace millrace
