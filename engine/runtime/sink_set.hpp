// All sinks of a topology as one: gives each what its `from` asks for.
#pragma once

#include "engine/operator/sink.hpp"
#include "engine/topology/plan.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace {

class SinkSet final : public Sink {
 public:
  explicit SinkSet(const Plan& plan);
  // One more that gets everything. Its name tells its state in a checkpoint from the others'.
  void add(const std::string& name, std::unique_ptr<Sink> sink);

  Status open(const Catalog& catalog, std::string_view state) override;
  Status write(std::span<const OutputRecord> outputs) override;
  Status reject(std::span<const Reject> rejects) override;
  Result<std::string> commit() override;

 private:
  struct Bound {
    PlanSink plan;
    std::unique_ptr<Sink> sink;
  };
  std::vector<Bound> sinks_;
};

}  // namespace millrace
