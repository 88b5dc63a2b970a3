#include "engine/runtime/sink_set.hpp"

#include "engine/base/codec.hpp"

#include <algorithm>
#include <map>

namespace millrace {
namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

SinkSet::SinkSet(const Plan& plan, const SinkSurroundings& around) {
  for (const PlanSink& sink : plan.sinks) {
    Bound& bound = sinks_.emplace_back(Bound{sink, nullptr, nullptr});
    if (sink.make_delivering)
      bound.courier = std::make_unique<Courier>(sink, around);
    else
      bound.sink = sink.make();
  }
}

void SinkSet::add(const std::string& name, std::unique_ptr<Sink> sink) {
  PlanSink plan;
  plan.name = name;
  plan.everything = true;
  sinks_.push_back({std::move(plan), std::move(sink), nullptr});
}

Status SinkSet::open(const Catalog& catalog, std::string_view state) {
  std::map<std::string, std::string>& states = others_;
  ByteReader from(state);
  while (from.ok() && from.left() > 0) {
    const std::string name(from.text());
    states[name] = from.text();
  }
  if (!from.ok()) return Error{"the checkpoint's state of the sinks is damaged"};
  for (Bound& bound : sinks_) {
    const auto own = states.extract(bound.state_name());
    const std::string_view of_sink = own ? std::string_view(own.mapped()) : std::string_view();
    const Status opened =
        bound.courier ? bound.courier->open(catalog, of_sink) : bound.sink->open(catalog, of_sink);
    if (!opened) return opened;
  }
  return {};
}

Status SinkSet::Bound::write(std::span<const OutputRecord> outputs) {
  if (!courier) return sink->write(outputs);
  for (const OutputRecord& output : outputs)
    if (Status added = courier->add(output); !added) return added;
  return {};
}

Status SinkSet::write(std::span<const OutputRecord> outputs) {
  if (outputs.empty()) return {};
  for (Bound& bound : sinks_) {
    if (bound.plan.everything) {
      if (Status written = bound.write(outputs); !written) return written;
      continue;
    }
    // Few outputs and few sinks: one call an output is cheap, and copies nothing.
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!has(bound.plan.outputs_of, outputs[i].node)) continue;
      if (Status written = bound.write(outputs.subspan(i, 1)); !written) return written;
    }
  }
  return {};
}

Status SinkSet::reject(std::span<const Reject> rejects) {
  for (Bound& bound : sinks_) {
    if (bound.courier) continue;
    for (std::size_t i = 0; i < rejects.size(); ++i) {
      if (!bound.plan.everything && !has(bound.plan.rejects_of, rejects[i].node)) continue;
      if (Status written = bound.sink->reject(rejects.subspan(i, 1)); !written) return written;
    }
  }
  return {};
}

Result<std::string> SinkSet::commit(WriteSet& changes) {
  std::string state;
  ByteWriter to(state);
  for (Bound& bound : sinks_) {
    Result<std::string> committed =
        bound.courier ? bound.courier->commit(changes) : bound.sink->commit();
    if (!committed) return committed;
    to.text(bound.state_name());
    to.text(*committed);
  }
  for (const auto& [name, other] : others_) {
    to.text(name);
    to.text(other);
  }
  return state;
}

void SinkSet::committed() {
  for (Bound& bound : sinks_)
    if (bound.courier) bound.courier->committed();
}

void SinkSet::stop() {
  for (Bound& bound : sinks_)
    if (bound.courier) bound.courier->stop();
}

bool SinkSet::wait_until_delivered(Duration at_most) {
  return std::all_of(sinks_.begin(), sinks_.end(), [&](Bound& bound) {
    return !bound.courier || bound.courier->outbox().wait_until_empty(at_most);
  });
}

Outbox* SinkSet::outbox(std::string_view sink) {
  for (Bound& bound : sinks_)
    if (bound.courier && bound.plan.name == sink) return &bound.courier->outbox();
  return nullptr;
}

}  // namespace millrace
