// The oneTBB flow graph of a pipeline. The one file that sees TBB.
//
//   feed (serial) -> parse (unlimited) -> in order (sequencer_node) -> route (serial)
//     ^ wake                                 -> lane 0..n (serial each) -> in order
//     (sequencer_node) |                                            ^ wake |  publish (unlimited)
//     +-- complete (serial) <--------------------------------------+
//
// What loses no message: every node queues. What bounds the queues: nothing but the credits, which
// `feed` counts. After a failure nothing is fed and what is queued is let go, so that the graph
// comes to rest. What orders: the two sequencers, and each lane's own inbox, which `route` fills;
// `feed` and the lanes' nodes get wake-up calls only, whose order does not matter. They may come
// from other threads: the graph is kept from resting until the feed has ended.
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

class Graph final : public Wakeable {
 public:
  Graph(Pipeline& pipeline, Feed& feed, const ExecutorOptions& options)
      : pipeline_(pipeline),
        feed_source_(feed),
        options_(options),
        first_(pipeline.next_sequence()),
        next_route_(first_),
        next_complete_(first_),
        feed_(graph_, flow::serial, [this](flow::continue_msg) noexcept { return feed_some(); }),
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
      lanes_.push_back(std::make_unique<WakeNode>(
          graph_, flow::serial, [this, lane](flow::continue_msg) noexcept {
            return run_lane(lane);
          }));
    flow::make_edge(parse_, parsed_);
    flow::make_edge(parsed_, route_);
    flow::make_edge(finished_, complete_);
  }

  // `current` is where others find this run to wake it.
  Status run(CurrentRun& current) {
    graph_.reserve_wait();
    current.set(this);
    wake_feed();
    wake_all();  // somebody may have asked them something before
    graph_.wait_for_all();
    current.set(nullptr);
    graph_.wait_for_all();  // for who woke it just before that
    return status_;
  }

  void wake_feed() override {
    if (!feed_woken_.exchange(true, std::memory_order_acq_rel)) feed_.try_put({});
  }
  void wake_lane(std::uint32_t lane) override { lanes_[lane]->try_put({}); }

 private:
  using WakeNode = flow::function_node<flow::continue_msg, flow::continue_msg>;

  flow::continue_msg feed_some() noexcept {
    // Before it looks: who brings more from now on wakes it again.
    feed_woken_.exchange(false, std::memory_order_acq_rel);
    while (!ended_) {
      // What is let go after a failure gives no credit back, and none is needed to end.
      if (stop_.load(std::memory_order_acquire)) {
        end_feed();
        break;
      }
      if (in_flight_.load(std::memory_order_acquire) >= options_.in_flight) break;
      FeedBatch batch;
      if (const Status fed = feed_source_.next(batch, options_.batch); !fed) {
        fail(fed.error());
        continue;
      }
      if (!batch.records.empty()) {
        in_flight_.fetch_add(1, std::memory_order_acq_rel);
        parse_.try_put(pipeline_.admit(batch));
      } else if (feed_source_.more_to_come()) {
        break;
      } else {
        end_feed();
      }
    }
    return {};
  }

  void end_feed() {
    ended_ = true;
    graph_.release_wait();
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
    for (const std::uint32_t other : steps.wake) wake_lane(other);
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
    in_flight_.fetch_sub(1, std::memory_order_acq_rel);
    wake_feed();
    return {};
  }

  void wake_all() {
    for (std::uint32_t lane = 0; lane < lanes_.size(); ++lane) wake_lane(lane);
  }

  bool failed() const { return failed_.load(std::memory_order_acquire); }
  void fail(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = error;
    stop_.store(true, std::memory_order_release);
    failed_.store(true, std::memory_order_release);
    wake_feed();  // to end it
  }

  Pipeline& pipeline_;
  Feed& feed_source_;
  const ExecutorOptions options_;
  const std::uint64_t first_;
  std::uint64_t next_route_;     // of the serial node `route_`
  std::uint64_t next_complete_;  // of the serial node `complete_`
  bool ended_ = false;           // of the serial node `feed_`
  std::atomic<bool> feed_woken_{false};
  std::atomic<std::uint32_t> in_flight_{0};  // batches: at most the credits
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  Status status_;

  flow::graph graph_;
  WakeNode feed_;
  flow::function_node<WorkRef, WorkRef> parse_;
  flow::sequencer_node<WorkRef> parsed_;
  flow::function_node<WorkRef, flow::continue_msg> route_;
  flow::function_node<WorkRef, flow::continue_msg> publish_;
  flow::sequencer_node<WorkRef> finished_;
  flow::function_node<WorkRef, flow::continue_msg> complete_;
  std::vector<std::unique_ptr<WakeNode>> lanes_;
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
    arena.execute([&] { status = Graph(pipeline, feed, options_).run(current_); });
    return status;
  }

  void wake_feed() override { current_.wake_feed(); }
  void wake_lane(std::uint32_t lane) override { current_.wake_lane(lane); }

 private:
  const ExecutorOptions options_;
  CurrentRun current_;
};

}  // namespace

std::unique_ptr<Executor> make_tbb_executor(const ExecutorOptions& options) {
  return std::make_unique<TbbExecutor>(options);
}

}  // namespace millrace
