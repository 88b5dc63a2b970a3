// All sinks of a topology as one: gives each what its `from` asks for.
//
// The completing thread calls it, but for what says otherwise. Of a sink that the topology no
// longer has, the state in the checkpoint stays, and so does what its outbox holds: a sink that
// comes back under its name goes on where it was.
#pragma once

#include "engine/operator/sink.hpp"
#include "engine/runtime/courier.hpp"
#include "engine/topology/plan.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

class SinkSet {
 public:
  SinkSet(const Plan& plan, const SinkSurroundings& around);
  // One more that gets everything. Its name tells its state in a checkpoint from the others'.
  void add(const std::string& name, std::unique_ptr<Sink> sink);

  // `state` is what commit() said at the checkpoint that the topology goes on from.
  Status open(const Catalog& catalog, std::string_view state);
  Status write(std::span<const OutputRecord> outputs);
  Status reject(std::span<const Reject> rejects);
  // Adds what the checkpoint has to write for them; committed() says that it is durable.
  Result<std::string> commit(WriteSet& changes);
  void committed();

  // Any thread. Outboxes no longer hold anything up, and deliver nothing more.
  void stop();
  // Any thread. Whether all outboxes are empty, each within this time.
  bool wait_until_delivered(Duration at_most);
  // Any thread: of the sink's outbox; null if there is no such sink, or it has none.
  Outbox* outbox(std::string_view sink);
  template <class Visit>
  void each_outbox(Visit visit) {
    for (Bound& bound : sinks_)
      if (bound.courier) visit(bound.plan.name, bound.courier->outbox());
  }

 private:
  struct Bound {
    PlanSink plan;
    std::unique_ptr<Sink> sink;        // one of the two
    std::unique_ptr<Courier> courier;  // of outputs only

    std::string state_name() const { return courier ? "outbox:" + plan.name : plan.name; }
    Status write(std::span<const OutputRecord> outputs);
  };
  std::vector<Bound> sinks_;
  std::map<std::string, std::string> others_;  // states of sinks that the topology does not have
};

}  // namespace millrace
