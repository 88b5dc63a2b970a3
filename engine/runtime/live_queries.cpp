#include "engine/runtime/live_queries.hpp"

#include "engine/runtime/sink_set.hpp"

#include <utility>

namespace millrace {
namespace {

constexpr int kTriesMax = 16;
constexpr std::size_t kWaitingMax = 10'000;

Error busy(std::string what) { return {std::move(what), Fault::kBusy}; }

}  // namespace

void LiveQueries::begin(Pipeline& pipeline, Executor& executor) {
  stream_.begin(pipeline.end());
  processed_.store(pipeline.end(), std::memory_order_release);
  const std::unique_lock lock(engine_mutex_);
  pipeline_ = &pipeline;
  executor_ = &executor;
  for (std::uint32_t lane = 0; lane < pipeline.lanes(); ++lane)
    pipeline.lane(lane).open_questions();
  const std::lock_guard waiting(mutex_);
  waits_ = true;
  sizes_ = pipeline.totals().segment_size;
}

void LiveQueries::end() {
  Pipeline* pipeline = nullptr;
  {
    const std::unique_lock lock(engine_mutex_);
    pipeline = std::exchange(pipeline_, nullptr);
    executor_ = nullptr;
  }
  if (pipeline != nullptr)
    for (std::uint32_t lane = 0; lane < pipeline->lanes(); ++lane)
      pipeline->lane(lane).close_questions();
  std::multimap<Position, PendingRef> left;
  {
    const std::lock_guard lock(mutex_);
    waits_ = false;
    left.swap(waiting_);
  }
  for (const auto& [position, pending] : left) pending->done(busy("the engine is stopping"));
}

void LiveQueries::profile(std::string id, Position after, ProfileDone done) {
  auto pending = std::make_shared<Pending>();
  pending->id = std::move(id);
  pending->done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    pending->waits_until = steady_ + kWaitMax;
  }
  wait_for(after, std::move(pending));
}

// Looks it up once everything before `position` is processed; at once, if it is.
void LiveQueries::wait_for(Position position, PendingRef pending) {
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    if (waits_ && processed() < position && waiting_.size() < kWaitingMax) {
      waiting_.emplace(position, std::move(pending));
      return;
    }
    full = waits_ && processed() < position;
  }
  if (full) return pending->done(busy("too many questions wait already"));
  look_up(pending);
}

void LiveQueries::look_up(const PendingRef& pending) {
  if (++pending->tries > kTriesMax)
    return pending->done(busy("the profile moves faster than it is asked for"));
  bool known = true;
  if (!ask_lane(pending, known)) return pending->done(busy("the engine is busy or not running"));
  if (!known) pending->done(std::optional<ProfileView>());
}

// False if the question is not taken; `known` is whether it had to be asked.
bool LiveQueries::ask_lane(const PendingRef& pending, bool& known) {
  const std::shared_lock lock(engine_mutex_);
  if (pipeline_ == nullptr) return false;
  const Router::Found found = pipeline_->find(pending->id);
  known = found.profile != kNoProfile;
  if (!known) return true;
  const auto answer =
      [this, pending, routed = found.routed](Result<std::optional<ProfileView>> view) {
        if (!view || *view) return pending->done(std::move(view));
        // It is on its way: just made, or between two lanes, or became part of another.
        wait_for(routed, pending);
      };
  if (!pipeline_->lane_of(found.profile).ask({found.profile, answer})) return false;
  executor_->wake_lane(pipeline_->placement().lane(found.profile));
  return true;
}

void LiveQueries::completed(const Completed& completed) {
  std::vector<PendingRef> ready;
  {
    const std::shared_lock lock(engine_mutex_);
    if (pipeline_ != nullptr && (!completed.outputs.empty() || !completed.rejects.empty()))
      stream_.add(completed, pipeline_->plan().catalog);
  }
  {
    const std::lock_guard lock(mutex_);
    processed_.store(completed.end, std::memory_order_release);
    if (!completed.outputs.empty()) sizes_ = completed.totals.segment_size;
    const auto end = waiting_.upper_bound(completed.end);
    for (auto at = waiting_.begin(); at != end; ++at) ready.push_back(std::move(at->second));
    waiting_.erase(waiting_.begin(), end);
  }
  for (const PendingRef& pending : ready) look_up(pending);
}

void LiveQueries::expire(std::chrono::nanoseconds steady) {
  std::vector<PendingRef> expired;
  {
    const std::lock_guard lock(mutex_);
    steady_ = steady;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      if (at->second->waits_until > steady) {
        ++at;
      } else {
        expired.push_back(std::move(at->second));
        at = waiting_.erase(at);
      }
    }
  }
  for (const PendingRef& pending : expired)
    pending->done(busy("the engine did not get to that position in time"));
}

std::vector<std::string> LiveQueries::segment_names() const {
  const std::shared_lock lock(engine_mutex_);
  return pipeline_ == nullptr ? std::vector<std::string>() : pipeline_->plan().catalog.segments();
}

std::vector<SegmentSize> LiveQueries::segments() const {
  const std::vector<std::string> names = segment_names();
  const std::lock_guard lock(mutex_);
  std::vector<SegmentSize> made;
  for (std::size_t i = 0; i < std::min(names.size(), sizes_.size()); ++i)
    made.push_back({names[i], sizes_[i]});
  return made;
}

Result<MembersPage> LiveQueries::members(std::string_view segment,
                                         ProfileId from,
                                         std::size_t limit) const {
  const std::shared_lock lock(engine_mutex_);
  if (pipeline_ == nullptr) return busy("the engine is not running");
  return pipeline_->members().page(segment, from, limit);
}

std::vector<SinkState> LiveQueries::sinks() const {
  const std::shared_lock lock(engine_mutex_);
  std::vector<SinkState> made;
  if (pipeline_ == nullptr || pipeline_->sinks() == nullptr) return made;
  pipeline_->sinks()->each_outbox([&](const std::string& name, const Outbox& outbox) {
    OutboxStatus status = outbox.status();
    made.push_back({.name = name,
                    .pending = status.pending,
                    .pending_bytes = status.pending_bytes,
                    .delivered = status.delivered,
                    .retried = status.retried,
                    .dead_letters = status.dead,
                    .dropped = status.dropped,
                    .paused = status.paused,
                    .disabled = std::move(status.disabled),
                    .last_failure = std::move(status.last_failure)});
  });
  return made;
}

// Precondition: engine_mutex_ is held.
Result<Outbox*> LiveQueries::outbox(std::string_view sink) const {
  if (pipeline_ == nullptr) return busy("the engine is not running");
  Outbox* found = pipeline_->sinks() != nullptr ? pipeline_->sinks()->outbox(sink) : nullptr;
  if (found == nullptr) return Error{"there is no such sink with an outbox", Fault::kMissing};
  return found;
}

Result<std::vector<DeadLetterView>> LiveQueries::dead_letters(std::string_view sink,
                                                              std::uint64_t from,
                                                              std::size_t limit) const {
  const std::shared_lock lock(engine_mutex_);
  if (const auto found = outbox(sink); !found) return found.error();
  std::vector<DeadLetterView> letters;
  if (pipeline_->store() == nullptr) return letters;
  const auto visit = [&](const DeadLetter& letter) {
    const Delivery& delivery = letter.delivery;
    if (delivery.sequence >= from)
      letters.push_back({.sequence = delivery.sequence,
                         .id = delivery.id,
                         .time = delivery.time,
                         .given_up = letter.time,
                         .attempts = delivery.attempt,
                         .reason = letter.reason,
                         .body = delivery.body});
    return letters.size() < limit;
  };
  if (Status read = read_dead_letters(*pipeline_->store(), sink, visit); !read) return read.error();
  return letters;
}

Status LiveQueries::enable_sink(std::string_view sink) {
  const std::shared_lock lock(engine_mutex_);
  const auto found = outbox(sink);
  if (!found) return found.error();
  (*found)->enable();
  return {};
}

Queries::Listening LiveQueries::listen(Position from, Listen listen) {
  return stream_.listen(from, std::move(listen));
}

}  // namespace millrace
