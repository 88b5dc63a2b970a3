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

SinkSet::SinkSet(const Plan& plan) {
  for (const PlanSink& sink : plan.sinks) sinks_.push_back({sink, sink.make()});
}

void SinkSet::add(const std::string& name, std::unique_ptr<Sink> sink) {
  sinks_.push_back({{name, {}, true, {}, {}}, std::move(sink)});
}

Status SinkSet::open(const Catalog& catalog, std::string_view state) {
  std::map<std::string, std::string> states;
  ByteReader from(state);
  while (from.ok() && from.left() > 0) {
    const std::string name(from.text());
    states[name] = from.text();
  }
  if (!from.ok()) return Error{"the checkpoint's state of the sinks is damaged"};
  for (Bound& bound : sinks_)
    if (Status opened = bound.sink->open(catalog, states[bound.plan.name]); !opened) return opened;
  return {};
}

Status SinkSet::write(std::span<const OutputRecord> outputs) {
  if (outputs.empty()) return {};
  for (Bound& bound : sinks_) {
    if (bound.plan.everything) {
      if (Status written = bound.sink->write(outputs); !written) return written;
      continue;
    }
    // Few outputs and few sinks: one call an output is cheap, and copies nothing.
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!has(bound.plan.outputs_of, outputs[i].node)) continue;
      if (Status written = bound.sink->write(outputs.subspan(i, 1)); !written) return written;
    }
  }
  return {};
}

Status SinkSet::reject(std::span<const Reject> rejects) {
  for (Bound& bound : sinks_) {
    for (std::size_t i = 0; i < rejects.size(); ++i) {
      if (!bound.plan.everything && !has(bound.plan.rejects_of, rejects[i].node)) continue;
      if (Status written = bound.sink->reject(rejects.subspan(i, 1)); !written) return written;
    }
  }
  return {};
}

Result<std::string> SinkSet::commit() {
  std::string state;
  ByteWriter to(state);
  for (Bound& bound : sinks_) {
    Result<std::string> committed = bound.sink->commit();
    if (!committed) return committed;
    to.text(bound.plan.name);
    to.text(*committed);
  }
  return state;
}

}  // namespace millrace
