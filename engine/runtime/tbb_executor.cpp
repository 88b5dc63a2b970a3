// The oneTBB flow graph of a pipeline. The one file that sees TBB.
//
//   feed (serial) -> parse (unlimited) -> in order (sequencer_node) -> route (serial)
//     ^ wake                                                             | wake
//     |                                                                  v
//     complete (serial) <- in order (sequencer_node) <- lane 0..n (serial each)
//                                                         | epoch   ^ wake
//                                                         v         |
//                                                       publish (unlimited)
//
// What loses no message: every node queues. What bounds the queues: nothing but the credits, which
// `feed` counts. After a failure nothing is fed and what is queued is let go, so that the graph
// comes to rest. What orders: the two sequencers, and each lane's own inbox, which `route` fills;
// `feed` and the lanes' nodes get wake-up calls only, whose order does not matter. They may come
// from other threads.
//
// A run is a row of bursts: a graph runs until the feed is dry, and between two bursts a thread
// sleeps. TBB's threads look for work for a long time before they sleep, which costs more than a
// small burst; so a burst begins on one thread alone, and all join in only when it goes on, or when
// an epoch is to be published, which takes long and must not hold up what follows it.
//
// Bodies are noexcept and return failures: a throw would cancel the graph and drop what is queued.
#include "engine/runtime/executor.hpp"

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace millrace {
namespace {

namespace flow = oneapi::tbb::flow;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
// About as many as a thread is done with in a few milliseconds.
constexpr std::uint64_t kBatchesAlone = 16;

// Where others wake the run: the graph at work, or else the thread that waits for work.
class Bell {
 public:
  void set(Wakeable* graph) {
    const std::lock_guard lock(mutex_);
    graph_ = graph;
    if (graph != nullptr) rung_ = false;
  }
  void ring_feed() {
    ring([](Wakeable& graph) { graph.wake_feed(); });
  }
  void ring_lane(std::uint32_t lane) {
    ring([lane](Wakeable& graph) { graph.wake_lane(lane); });
  }
  // Until it has rung since the last burst began.
  void wait() {
    std::unique_lock lock(mutex_);
    rings_.wait(lock, [this] { return rung_; });
  }

 private:
  template <class Wake>
  void ring(Wake wake) {
    {
      const std::lock_guard lock(mutex_);
      if (graph_ != nullptr) return wake(*graph_);
      if (std::exchange(rung_, true)) return;
    }
    rings_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable rings_;
  Wakeable* graph_ = nullptr;
  bool rung_ = false;
};

// One thread at a time has it run bursts; the arena that it is made in is the one it runs in.
class Graph final : public Wakeable {
 public:
  enum class Rest : std::uint8_t {
    kDry,    // the feed has no more for now
    kFed,    // what one thread was to do alone is complete
    kEnded,  // there is no more to do
  };

  // `first`: it begins what others go on with.
  Graph(Pipeline& pipeline, Feed& feed, const ExecutorOptions& options, bool first)
      : pipeline_(pipeline),
        feed_source_(feed),
        options_(options),
        first_(first),
        feed_(graph_, flow::serial, [this](flow::continue_msg) noexcept { return feed_some(); }),
        parse_(graph_,
               flow::unlimited,
               [this](const WorkRef& work) noexcept {
                 pipeline_.parse(*work);
                 return work;
               }),
        parsed_(graph_, [this](const WorkRef& work) noexcept { return work->sequence - skipped_; }),
        route_(graph_, flow::serial, [this](const WorkRef& work) noexcept { return route(work); }),
        publish_(graph_,
                 flow::unlimited,
                 [this](std::uint64_t epoch) noexcept { return publish(epoch); }),
        finished_(graph_,
                  [this](const WorkRef& work) noexcept { return work->sequence - skipped_; }),
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
    graph_.wait_for_all();  // edges make tasks, too, and a graph may never get to a burst
  }

  // `bell` is where others find it to wake it, `epoch` what the first left unpublished, or 0.
  Rest burst(std::uint64_t epoch, Bell& bell) {
    skipped_ = pipeline_.next_sequence() - batches_;
    next_route_ = next_complete_ = pipeline_.next_sequence();
    left_ = first_ ? kBatchesAlone : kUnlimited;
    unpublished_ = 0;
    bell.set(this);
    if (epoch > 0) publish_.try_put(epoch);
    wake_feed();
    wake_all();  // somebody may have asked them something before
    graph_.wait_for_all();
    bell.set(nullptr);
    graph_.wait_for_all();  // for who woke it just before that
    if (ended_ || stop_.load(std::memory_order_acquire)) return Rest::kEnded;
    return left_ == 0 ? Rest::kFed : Rest::kDry;
  }
  std::uint64_t unpublished() const { return unpublished_; }
  Status status() const { return status_; }

  void wake_feed() override {
    if (!feed_woken_.exchange(true, std::memory_order_acq_rel)) feed_.try_put({});
  }
  void wake_lane(std::uint32_t lane) override { lanes_[lane]->try_put({}); }

 private:
  using WakeNode = flow::function_node<flow::continue_msg, flow::continue_msg>;

  flow::continue_msg feed_some() noexcept {
    // Before it looks: who brings more from now on wakes it again.
    feed_woken_.exchange(false, std::memory_order_acq_rel);
    while (!ended_ && left_ > 0) {
      // What is let go after a failure gives no credit back, and none is needed to end.
      if (stop_.load(std::memory_order_acquire)) {
        ended_ = true;
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
        ++batches_;
        // Nothing after an epoch may wait for it where nobody publishes it.
        left_ = first_ && batch.records.front().kind == RecordKind::kEpoch ? 0 : left_ - 1;
        parse_.try_put(pipeline_.admit(batch));
      } else if (feed_source_.more_to_come()) {
        break;
      } else {
        ended_ = true;
      }
    }
    return {};
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
    for (const std::uint64_t epoch : steps.publish) {
      if (first_) {
        unpublished_ = epoch;
      } else {
        publish_.try_put(epoch);
      }
    }
    for (const WorkRef& work : steps.finished) finished_.try_put(work);
    return {};
  }

  flow::continue_msg publish(std::uint64_t epoch) noexcept {
    pipeline_.publish(epoch);
    wake_all();
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
  const bool first_;
  std::uint64_t skipped_ = 0;  // batches that others had before this burst
  std::uint64_t batches_ = 0;  // that it had; of the serial node `feed_`
  std::uint64_t left_ = 0;     // to feed in this burst; of `feed_`, as the next
  bool ended_ = false;
  std::uint64_t next_route_ = 0;     // of the serial node `route_`
  std::uint64_t next_complete_ = 0;  // of the serial node `complete_`
  std::uint64_t unpublished_ = 0;    // of the one thread that is first
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
  flow::function_node<std::uint64_t, flow::continue_msg> publish_;
  flow::sequencer_node<WorkRef> finished_;
  flow::function_node<WorkRef, flow::continue_msg> complete_;
  std::vector<std::unique_ptr<WakeNode>> lanes_;
};

class TbbExecutor final : public Executor {
 public:
  explicit TbbExecutor(const ExecutorOptions& options) : options_(options) {}

  Status run(Pipeline& pipeline, Feed& feed) override {
    // Arenas of our own: a host application's use of TBB is not disturbed.
    const auto threads = static_cast<int>(std::max<std::uint32_t>(1, options_.threads));
    oneapi::tbb::global_control at_least(oneapi::tbb::global_control::max_allowed_parallelism,
                                         static_cast<std::size_t>(threads));
    Crew alone(1, pipeline, feed, options_, threads > 1);
    Crew all(threads, pipeline, feed, options_, false);
    while (true) {
      Graph::Rest rest = alone.burst(0, bell_);
      if (rest == Graph::Rest::kFed) rest = all.burst(alone.unpublished(), bell_);
      if (rest == Graph::Rest::kEnded) break;
      bell_.wait();
    }
    pipeline.publish(alone.unpublished());  // where nobody went on after it
    return alone.status().ok() ? all.status() : alone.status();
  }

  void wake_feed() override { bell_.ring_feed(); }
  void wake_lane(std::uint32_t lane) override { bell_.ring_lane(lane); }

 private:
  // A graph and the threads that it runs on, the caller's among them.
  class Crew {
   public:
    Crew(int threads, Pipeline& pipeline, Feed& feed, const ExecutorOptions& options, bool first)
        : arena_(threads) {
      arena_.execute([&] { graph_.emplace(pipeline, feed, options, first); });
    }
    Graph::Rest burst(std::uint64_t epoch, Bell& bell) {
      return arena_.execute([&] { return graph_->burst(epoch, bell); });
    }
    std::uint64_t unpublished() const { return graph_->unpublished(); }
    Status status() const { return graph_->status(); }

   private:
    oneapi::tbb::task_arena arena_;
    std::optional<Graph> graph_;
  };

  const ExecutorOptions options_;
  Bell bell_;
};

}  // namespace

std::unique_ptr<Executor> make_tbb_executor(const ExecutorOptions& options) {
  return std::make_unique<TbbExecutor>(options);
}

}  // namespace millrace
