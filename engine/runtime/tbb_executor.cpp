// The oneTBB flow graph of a pipeline. The one file that sees TBB.
//
//   feed (input_node) -> credits (limiter_node) -> parse (unlimited) -> in order (sequencer_node)
//     -> route (serial) -> lane 0..n (serial each) -> in order (sequencer_node) -> complete
//     (serial)
//                            ^ wake |  publish (unlimited)              complete -> credits
//
// What loses no message: an input_node keeps what a limiter refuses, and every other node queues.
// What bounds the queues: nothing but the credits. After a failure nothing is fed and what is
// queued is let go, so that the graph comes to rest. What orders: the two sequencers, and each
// lane's own inbox, which `route` fills; a lane's node gets wake-up calls only, whose order does
// not matter.
//
// Bodies are noexcept and return failures: a throw would cancel the graph and drop what is queued.
#include "engine/runtime/executor.hpp"

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <mutex>
#include <vector>

namespace millrace {
namespace {

namespace flow = oneapi::tbb::flow;

class Graph {
 public:
  Graph(Pipeline& pipeline, Feed& feed, const ExecutorOptions& options)
      : pipeline_(pipeline),
        feed_source_(feed),
        options_(options),
        first_(pipeline.next_sequence()),
        next_route_(first_),
        next_complete_(first_),
        feed_(graph_,
              [this](oneapi::tbb::flow_control& control) noexcept { return next(control); }),
        credits_(graph_, options.in_flight),
        parse_(graph_,
               flow::unlimited,
               [this](const WorkRef& work) noexcept {
                 pipeline_.parse(*work);
                 return work;
               }),
        parsed_(graph_, [this](const WorkRef& work) noexcept { return work->sequence - first_; }),
        route_(graph_, flow::serial, [this](const WorkRef& work) noexcept { return route(work); }),
        publish_(graph_,
                 flow::unlimited,
                 [this](const WorkRef& work) noexcept { return publish(work); }),
        finished_(graph_, [this](const WorkRef& work) noexcept { return work->sequence - first_; }),
        complete_(
            graph_, flow::serial, [this](const WorkRef& work) noexcept { return complete(work); }) {
    for (std::uint32_t lane = 0; lane < pipeline.lanes(); ++lane)
      lanes_.push_back(std::make_unique<LaneNode>(
          graph_, flow::serial, [this, lane](flow::continue_msg) noexcept {
            return run_lane(lane);
          }));
    flow::make_edge(feed_, credits_);
    flow::make_edge(credits_, parse_);
    flow::make_edge(parse_, parsed_);
    flow::make_edge(parsed_, route_);
    flow::make_edge(finished_, complete_);
    flow::make_edge(complete_, credits_.decrementer());
  }

  Status run() {
    feed_.activate();
    graph_.wait_for_all();
    return status_;
  }

 private:
  using LaneNode = flow::function_node<flow::continue_msg, flow::continue_msg>;

  WorkRef next(oneapi::tbb::flow_control& control) noexcept {
    FeedBatch batch;
    if (!stop_.load(std::memory_order_acquire)) {
      if (const Status fed = feed_source_.next(batch, options_.batch); !fed) fail(fed.error());
    }
    if (batch.records.empty()) {
      control.stop();
      return nullptr;
    }
    return pipeline_.admit(batch);
  }

  flow::continue_msg route(const WorkRef& work) noexcept {
    CHECK(work->sequence == next_route_++);
    if (failed()) return {};
    pipeline_.route(work);
    wake_all();
    return {};
  }

  flow::continue_msg run_lane(std::uint32_t lane) noexcept {
    NextSteps steps;
    const Status ran = failed() ? Status() : pipeline_.run_lane(lane, steps);
    if (!ran) fail(ran.error());
    for (const std::uint32_t other : steps.wake) wake(other);
    for (const WorkRef& work : steps.publish) publish_.try_put(work);
    for (const WorkRef& work : steps.finished) finished_.try_put(work);
    return {};
  }

  flow::continue_msg publish(const WorkRef& work) noexcept {
    const bool last = pipeline_.publish(*work);
    wake_all();
    if (last) finished_.try_put(work);
    return {};
  }

  flow::continue_msg complete(const WorkRef& work) noexcept {
    CHECK(work->sequence == next_complete_++);
    if (!failed()) {
      if (const Status completed = pipeline_.complete(*work); !completed) fail(completed.error());
      if (options_.on_completed && !options_.on_completed(pipeline_.totals()))
        stop_.store(true, std::memory_order_release);
    }
    return {};
  }

  void wake(std::uint32_t lane) { lanes_[lane]->try_put({}); }
  void wake_all() {
    for (std::uint32_t lane = 0; lane < lanes_.size(); ++lane) wake(lane);
  }

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  void fail(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = error;
    stop_.store(true, std::memory_order_release);
    failed_.store(true, std::memory_order_release);
  }

  Pipeline& pipeline_;
  Feed& feed_source_;
  const ExecutorOptions options_;
  const std::uint64_t first_;
  std::uint64_t next_route_;     // of the serial node `route_`
  std::uint64_t next_complete_;  // of the serial node `complete_`
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  Status status_;

  flow::graph graph_;
  flow::input_node<WorkRef> feed_;
  flow::limiter_node<WorkRef> credits_;
  flow::function_node<WorkRef, WorkRef> parse_;
  flow::sequencer_node<WorkRef> parsed_;
  flow::function_node<WorkRef, flow::continue_msg> route_;
  flow::function_node<WorkRef, flow::continue_msg> publish_;
  flow::sequencer_node<WorkRef> finished_;
  flow::function_node<WorkRef, flow::continue_msg> complete_;
  std::vector<std::unique_ptr<LaneNode>> lanes_;
};

class TbbExecutor final : public Executor {
 public:
  explicit TbbExecutor(const ExecutorOptions& options) : options_(options) {}

  Status run(Pipeline& pipeline, Feed& feed) override {
    // An arena of our own: a host application's use of TBB is not disturbed.
    const auto threads = static_cast<int>(std::max<std::uint32_t>(1, options_.threads));
    oneapi::tbb::global_control at_least(oneapi::tbb::global_control::max_allowed_parallelism,
                                         static_cast<std::size_t>(std::max(threads, 1)));
    oneapi::tbb::task_arena arena(threads);
    Status status;
    arena.execute([&] { status = Graph(pipeline, feed, options_).run(); });
    return status;
  }

 private:
  const ExecutorOptions options_;
};

}  // namespace

std::unique_ptr<Executor> make_tbb_executor(const ExecutorOptions& options) {
  return std::make_unique<TbbExecutor>(options);
}

}  // namespace millrace
