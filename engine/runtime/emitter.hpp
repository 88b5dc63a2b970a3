// What operators of a lane say while they run: derived events for the nodes after them, and
// outputs.
#pragma once

#include "engine/base/check.hpp"
#include "engine/operator/lane.hpp"
#include "engine/runtime/work.hpp"
#include "engine/topology/plan.hpp"

#include <vector>

namespace millrace {

class Emitter final : public Output {
 public:
  Emitter(const Plan& plan, Lane& lane) : plan_(plan), lane_(lane) {}

  // Whose outputs follow, and where they go: an event or mark, and the lane's share of its batch.
  // `due` is the timer's; of no meaning at events.
  void begin(const Event& cause, std::vector<OutputRecord>& outputs, Time due = {}) {
    cause_ = &cause;
    outputs_ = &outputs;
    due_ = due;
  }
  void set_node(std::size_t node) { node_ = node; }
  // The profile whose event, timer or merge is being processed.
  void set_slot(Slot slot) { slot_ = slot; }

  // Derived events that wait for the nodes after their maker.
  std::vector<Event>& emitted() { return emitted_; }

  void emit(NameId name, Time time) override { derive(EventKind::kDerived, slot_, name, time); }

  void enter(Slot slot, SegmentId segment) override {
    record(OutputKind::kEnter, slot).segment = segment;
    derive(EventKind::kEnter, slot, lane_.catalog().enter_name(segment), lane_.now());
  }

  void exit(Slot slot, SegmentId segment) override {
    record(OutputKind::kExit, slot).segment = segment;
    derive(EventKind::kExit, slot, lane_.catalog().exit_name(segment), lane_.now());
  }

  void effect(Slot slot, std::string_view name, std::string_view body) override {
    OutputRecord& made = record(OutputKind::kEffect, slot);
    made.effect = name;
    made.body = body;
  }

 private:
  void derive(EventKind kind, Slot slot, NameId name, Time time) {
    if (plan_.nodes[node_].next == 0) return;
    Event event;
    event.position = cause_->position;
    event.index = cause_->index;
    event.kind = kind;
    event.name = name;
    event.name_text = lane_.catalog().names.text(name);
    event.time = event.original = time;
    event.received = cause_->received;
    event.now = lane_.now();
    event.profile = lane_.profile(slot);
    event.slot = slot;
    emitted_.push_back(event);
  }

  OutputRecord& record(OutputKind kind, Slot slot) {
    OutputRecord& made = outputs_->emplace_back();
    made.order = next_order(slot);
    made.time = lane_.now();
    made.profile = lane_.profile(slot);
    made.kind = kind;
    made.node = plan_.nodes[node_].name;
    made.ids = lane_.info(slot).ids_text();
    return made;
  }

  OutputOrder next_order(Slot slot) {
    OutputOrder order{.position = cause_->position, .index = cause_->index};
    if (is_mark(cause_->kind)) {
      order.due = due_;
      order.profile = lane_.profile(slot);
      order.node = static_cast<std::uint32_t>(node_);
    }
    order.number = last_.number;
    order.number = order == last_ ? order.number + 1 : 0;
    last_ = order;
    return order;
  }

  const Plan& plan_;
  Lane& lane_;
  const Event* cause_ = nullptr;
  std::vector<OutputRecord>* outputs_ = nullptr;
  Time due_{};
  OutputOrder last_;
  std::size_t node_ = 0;
  Slot slot_ = kNoSlot;
  std::vector<Event> emitted_;
};

}  // namespace millrace
