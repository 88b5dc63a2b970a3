#include "connectors/protocols/workbench.hpp"

namespace millrace::protocols {

Workbench::Workbench(const BodyLimits& bounds)
    : limits(bounds),
      json({{{PathStep{"writeKey"}}}},
           "batch",
           {.body = bounds.batch_max, .rows = bounds.events_max}) {}

Workbenches::Loan::~Loan() {
  bench_->arena.clear();
  const std::lock_guard lock(from_.mutex_);
  from_.idle_.push_back(std::move(bench_));
}

Workbenches::Loan Workbenches::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto bench = std::move(idle_.back());
      idle_.pop_back();
      return {*this, std::move(bench)};
    }
  }
  return {*this, std::make_unique<Workbench>(limits_)};
}

}  // namespace millrace::protocols
