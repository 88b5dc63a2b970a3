#include "engine/runtime/courier.hpp"

#include "engine/base/this_thread.hpp"

namespace millrace {
namespace {

OutboxOptions options_of(const PlanSink& plan,
                         const DeliveringSink& sink,
                         const SinkSurroundings& around) {
  OutboxOptions options{plan.name, sink.target(), plan.outbox, plan.delivery, around.store, {}};
  if (around.metrics != nullptr) options.metrics = OutboxMetrics(*around.metrics, plan.name);
  return options;
}

}  // namespace

Courier::Courier(const PlanSink& plan, const SinkSurroundings& around)
    : clock_(around.clock),
      encoder_(plan.make_delivering()),
      outbox_(options_of(plan, *encoder_, around)) {
  for (std::uint32_t i = 0; i < plan.delivery.concurrency; ++i)
    carriers_.push_back(plan.make_delivering());
}

Courier::~Courier() {
  stop();
  for (std::thread& thread : threads_) thread.join();
  // The last word; an error here has nobody left to tell, and costs a second delivery.
  if (!threads_.empty()) static_cast<void>(outbox_.keep(now(), true));
}

Status Courier::open(const Catalog& catalog, std::string_view state) {
  if (Status opened = encoder_->open(catalog); !opened) return opened;
  if (Status opened = outbox_.open(state); !opened) return opened;
  for (const auto& carrier : carriers_)
    threads_.emplace_back([this, sink = carrier.get()] {
      name_thread("sink");
      work(*sink);
    });
  return {};
}

Status Courier::add(const OutputRecord& output) {
  if (!encoder_->wants(output)) return {};
  Pending item;
  item.profile = output.profile;
  item.delivery.id = effect_id(output);
  item.delivery.time = output.time;
  item.delivery.body = encoder_->encode(output);
  return outbox_.add(std::move(item));
}

void Courier::stop() {
  outbox_.stop();
  for (const auto& carrier : carriers_) carrier->stop();
}

void Courier::work(DeliveringSink& sink) {
  while (true) {
    const Time time = now();
    if (const Status kept = outbox_.keep(time); !kept) return outbox_.fail(kept.error());
    const Delivery* delivery = outbox_.take(time);
    if (delivery == nullptr) {
      if (!outbox_.wait(time)) return;
      continue;
    }
    const Answer answer = sink.deliver(*delivery);
    outbox_.settle(*delivery, answer, now());
  }
}

}  // namespace millrace
