#include "engine/runtime/flow.hpp"

namespace millrace {

Flow::Flow(Pipeline& pipeline,
           Feed& feed,
           const ExecutorOptions& options,
           Spawn spawn,
           std::function<std::uint32_t()> batch_size)
    : pipeline_(pipeline),
      feed_(feed),
      options_(options),
      spawn_(std::move(spawn)),
      batch_size_(std::move(batch_size)),
      feeder_(spawn_),
      router_(spawn_),
      completer_(spawn_),
      parsed_(pipeline.next_sequence()),
      finished_(pipeline.next_sequence()) {
  for (std::uint32_t lane = 0; lane < pipeline.lanes(); ++lane)
    lanes_.push_back(std::make_unique<Strand>(spawn_));
}

void Flow::start() {
  wake_feed();
  // Somebody may have asked them something before.
  for (std::uint32_t lane = 0; lane < lanes_.size(); ++lane) wake_lane(lane);
}

void Flow::wake_feed() {
  if (!feed_posted_.exchange(true, std::memory_order_acq_rel)) feeder_.post([this] { feed_one(); });
}

void Flow::feed_one() {
  // Before it looks: who brings more from now on posts again.
  feed_posted_.exchange(false, std::memory_order_acq_rel);
  if (!feeding_.load(std::memory_order_acquire) ||
      in_flight_.load(std::memory_order_acquire) >= options_.in_flight)
    return;
  FeedBatch batch;
  if (const Status fed = feed_.next(batch, batch_size_()); !fed) return fail(fed.error());
  if (batch.records.empty() && feed_.more_to_come()) return;
  if (batch.records.empty()) {
    feeding_.store(false, std::memory_order_release);
    completer_.post([this] { check_done(); });
    return;
  }
  in_flight_.fetch_add(1, std::memory_order_acq_rel);
  WorkRef work = pipeline_.admit(batch);
  spawn_([this, work] {
    pipeline_.parse(*work);
    router_.post([this, work] {
      parsed_.add(work->sequence, work, [this](const WorkRef& next) { route(next); });
    });
  });
  wake_feed();
}

void Flow::route(const WorkRef& work) {
  if (failed_.load(std::memory_order_acquire)) return;
  pipeline_.route(work);
  for (std::uint32_t lane = 0; lane < lanes_.size(); ++lane) wake_lane(lane);
}

void Flow::wake_lane(std::uint32_t lane) {
  lanes_[lane]->post([this, lane] { run_lane(lane); });
}

void Flow::run_lane(std::uint32_t lane) {
  if (failed_.load(std::memory_order_acquire)) return;
  NextSteps steps;
  if (const Status ran = pipeline_.run_lane(lane, steps); !ran) return fail(ran.error());
  for (const std::uint32_t other : steps.wake) wake_lane(other);
  for (const std::uint64_t epoch : steps.publish) {
    spawn_([this, epoch] {
      pipeline_.publish(epoch);
      for (std::uint32_t other = 0; other < lanes_.size(); ++other) wake_lane(other);
    });
  }
  for (const WorkRef& work : steps.finished) completer_.post([this, work] { complete(work); });
}

void Flow::complete(const WorkRef& work) {
  finished_.add(work->sequence, work, [this](const WorkRef& next) {
    if (failed_.load(std::memory_order_acquire)) return;
    if (const Status completed = pipeline_.complete(*next); !completed)
      return fail(completed.error());
    if (options_.on_completed && !options_.on_completed(pipeline_.totals()))
      feeding_.store(false, std::memory_order_release);
    in_flight_.fetch_sub(1, std::memory_order_acq_rel);
    wake_feed();
  });
  check_done();
}

// Only on the completer's strand; or after a failure, when the first to say so wins.
void Flow::check_done() {
  if (!feeding_.load(std::memory_order_acquire) && in_flight_.load(std::memory_order_acquire) == 0)
    done_.store(true, std::memory_order_release);
}

void Flow::fail(const Error& error) {
  {
    const std::lock_guard lock(status_mutex_);
    if (status_.ok()) status_ = error;
  }
  feeding_.store(false, std::memory_order_release);
  failed_.store(true, std::memory_order_release);
  done_.store(true, std::memory_order_release);
}

Status Flow::status() {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

}  // namespace millrace
