#include "connectors/protocols/workbench.hpp"

namespace millrace::protocols {

Workbench::Workbench(const Settings& of_all)
    : settings(of_all),
      json({{{PathStep{"writeKey"}}}, {{PathStep{"userId"}}}, {{PathStep{"anonymousId"}}}},
           "batch",
           {.body = of_all.collect.batch_max.bytes, .rows = of_all.collect.batch_events_max}),
      tree({.bytes = of_all.collect.batch_max.bytes}),
      inner({.bytes = of_all.collect.batch_max.bytes}) {}

const http::Unpacked& Workbench::open(const http::Request& request) {
  if (!opened_)
    opened_ = http::unpack(request.body,
                           request.header("content-encoding"),
                           {.bytes_max = settings.collect.batch_max.bytes},
                           unpacked);
  return *opened_;
}

void Workbench::clear() {
  arena.clear();
  opened_.reset();
}

Workbenches::Loan::~Loan() {
  bench_->clear();
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
  return {*this, std::make_unique<Workbench>(settings_)};
}

}  // namespace millrace::protocols
