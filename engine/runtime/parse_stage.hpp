// The parallel stage: journal records -> events, then the stateless operators before
// identification.
#pragma once

#include "engine/operator/lane.hpp"
#include "engine/runtime/work.hpp"
#include "engine/topology/plan.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace millrace {

class ParseStage {
 public:
  // `plan` outlives the stage.
  explicit ParseStage(Plan& plan);
  ~ParseStage();

  // Fills the batch from its feed. Any number of threads, each with a batch of its own.
  void parse(Work& work);

 private:
  struct Worker;
  std::unique_ptr<Worker> take();
  void give_back(std::unique_ptr<Worker> worker);
  void parse_hit(const Record& record, Worker& worker, Work& work);
  void refine(Event& event, Worker& worker, Work& work);

  Plan& plan_;
  std::mutex mutex_;  // of the idle workers: taken twice a batch
  std::vector<std::unique_ptr<Worker>> idle_;
};

}  // namespace millrace
