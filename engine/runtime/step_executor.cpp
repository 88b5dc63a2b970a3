#include "engine/base/random.hpp"
#include "engine/runtime/flow.hpp"

#include <vector>

namespace millrace {
namespace {

class StepExecutor final : public Executor {
 public:
  explicit StepExecutor(const ExecutorOptions& options)
      : options_(options), random_(options.seed) {}

  Status run(Pipeline& pipeline, Feed& feed) override {
    std::vector<Task> tasks;
    const auto spawn = [&tasks](Task task) { tasks.push_back(std::move(task)); };
    const auto batch_size = [this] {
      return options_.vary_batches ? static_cast<std::uint32_t>(1 + random_.below(options_.batch))
                                   : options_.batch;
    };
    Flow flow(pipeline, feed, options_, spawn, batch_size);
    flow.start();
    while (!tasks.empty()) {
      const std::size_t chosen = random_.below(tasks.size());
      std::swap(tasks[chosen], tasks.back());
      const Task task = std::move(tasks.back());
      tasks.pop_back();
      task();
    }
    // Nothing is left to run: then everything must have come through.
    CHECK(flow.done());
    return flow.status();
  }

 private:
  const ExecutorOptions options_;
  Random random_;
};

}  // namespace

std::unique_ptr<Executor> make_step_executor(const ExecutorOptions& options) {
  return std::make_unique<StepExecutor>(options);
}

}  // namespace millrace
