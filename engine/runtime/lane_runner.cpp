#include "engine/runtime/lane_runner.hpp"

#include "engine/runtime/emitter.hpp"

#include <algorithm>
#include <bit>

namespace millrace {
LaneRunner::LaneRunner(LaneContext& context, std::uint32_t index)
    : context_(context), index_(index), lane_(context.plan.catalog, context.plan.numbers) {
  for (const PlanNode& node : context.plan.nodes) {
    lane_.begin_node(node.name);
    operators_.push_back(node.make(lane_));
  }
  out_ = std::make_unique<Emitter>(context.plan, lane_);
}

LaneRunner::~LaneRunner() = default;

void LaneRunner::adopt(ProfileId profile, Time next_timer) {
  spilled_[profile] = next_timer;
  if (next_timer != kNever) lane_.schedule(profile, next_timer);
}

void LaneRunner::offer(WorkRef work) {
  const std::lock_guard lock(inbox_mutex_);
  inbox_.push_back(std::move(work));
}

WorkRef LaneRunner::front() {
  const std::lock_guard lock(inbox_mutex_);
  return inbox_.empty() ? nullptr : inbox_.front();
}

void LaneRunner::pop() {
  const std::lock_guard lock(inbox_mutex_);
  inbox_.pop_front();
}

bool LaneRunner::blocked(const Work& work) const {
  return work.shares[index_].awaited.load(std::memory_order_acquire) > 0 ||
         (work.epoch > 0 && !context_.publisher.ready(work.epoch));
}

Status LaneRunner::run(NextSteps& steps) {
  if (asked_.load(std::memory_order_acquire)) answer_questions(processed_);
  while (const WorkRef work = front()) {
    if (!extracted_) {
      if (Status done = extract(*work, steps); !done) return done;
      extracted_ = true;
    }
    if (blocked(*work)) return {};
    if (Status done = process(*work); !done) return done;
    extracted_ = false;
    processed_ = std::max(processed_, work->batch.end);
    pop();
    const bool gathers = work->epoch > 0 && context_.publisher.gathers();
    if (gathers && work->gathering.fetch_sub(1, std::memory_order_acq_rel) == 1)
      steps.publish.push_back(work->epoch);
    if (work->lanes_left.fetch_sub(1, std::memory_order_acq_rel) == 1)
      steps.finished.push_back(work);
  }
  return {};
}

// Takes out what leaves this lane, as it was before this batch, and says which lanes now have all
// they wait for. Must come before waiting: else two lanes could wait for each other.
Status LaneRunner::extract(Work& work, NextSteps& steps) {
  for (Transfer& transfer : work.transfers) {
    if (transfer.from != index_) continue;
    if (is_aside(transfer.profile))
      if (Status done = fetch({transfer.profile}); !done) return done;
    const Slot slot = lane_.table().find(transfer.profile);
    CHECK(slot != kNoSlot);
    lane_.table().encode(slot, transfer.record);
    lane_.table().remove(slot);
    if (work.shares[transfer.to].awaited.fetch_sub(1, std::memory_order_acq_rel) == 1)
      steps.wake.push_back(transfer.to);
  }
  return {};
}

Status LaneRunner::receive(Work& work) {
  for (Transfer& transfer : work.transfers) {
    if (transfer.to != index_) continue;
    if (!lane_.load(transfer.profile, transfer.record))
      return Error{"a profile was damaged on its way between lanes"};
    lane_.table().touch(lane_.table().find(transfer.profile), turn_);
  }
  return {};
}

Status LaneRunner::process(Work& work) {
  LaneShare& share = work.shares[index_];
  ++turn_;
  if (Status done = receive(work); !done) return done;
  share_ = &share;
  for (std::size_t row = 0; row < share.rows.size();) {
    if (row > 0)  // First: a run is as long as it is by what is aside.
      if (Status done = relieve_memory(); !done) return done;
    const std::size_t end = end_of_run(work, row);
    if (Status done = process_rows(work, row, end); !done) return done;
    row = end;
  }
  note_counters(lane_, share.account);
  if (work.checkpoint)
    if (Status done = take_checkpoint(share); !done) return done;
  return relieve_memory();
}

// Where the rows end that are processed in one go, whose profiles are brought back before the first
// of them. A mark may bring back any others, so it is alone, and memory is looked after within it.
std::size_t LaneRunner::end_of_run(const Work& work, std::size_t begin) const {
  const std::vector<std::uint32_t>& rows = share_->rows;
  const std::size_t most = rows_at_once();
  if (most == kNoBound) return rows.size();
  const auto is_mark_at = [&](std::size_t row) {
    return is_mark(work.batch.events[rows[row]].kind);
  };
  std::size_t end = begin + 1;
  if (is_mark_at(begin)) return end;
  while (end < rows.size() && end - begin < most && !is_mark_at(end)) ++end;
  return end;
}

Status LaneRunner::process_rows(Work& work, std::size_t begin, std::size_t end) {
  const std::span rows = std::span(share_->rows).subspan(begin, end - begin);
  if (any_aside())
    if (Status done = fetch_missing(work, rows); !done) return done;
  find_slots(work, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    prefetch(work, rows, i);
    Event& event = work.batch.events[rows[i]];
    if (asked_.load(std::memory_order_acquire)) answer_questions(event.position);
    if (event.kind == EventKind::kTick) {
      on_tick(event);
    } else if (event.kind == EventKind::kEpoch) {
      if (Status done = on_epoch(event, work); !done) return done;
    } else {
      process_event(event);
    }
    if (failure_) return *failure_;
  }
  return {};
}

// Where the rows' profiles are before the first of them: looked up in one go, so that the misses of
// one do not wait for those of another. An event before theirs may still make or move them.
void LaneRunner::find_slots(Work& work, std::span<const std::uint32_t> rows) {
  for (const std::uint32_t row : rows) {
    Event& event = work.batch.events[row];
    // Marks are rows of every lane at once.
    if (!is_mark(event.kind)) event.slot = lane_.table().find(event.profile);
  }
}

// Asks for the columns of an event some way ahead, and for what those of a nearer one point to.
void LaneRunner::prefetch(const Work& work,
                          std::span<const std::uint32_t> rows,
                          std::size_t at) const {
  constexpr std::size_t kNear = 4;
  constexpr std::size_t kFar = 8;
  const auto slot_of = [&](std::size_t i) {
    return i < rows.size() ? work.batch.events[rows[i]].slot : kNoSlot;
  };
  if (const Slot far = slot_of(at + kFar); far != kNoSlot) {
    lane_.table().prefetch(far);
    // Of the event's own texts, what most are asked for; the parser saw it long ago.
    __builtin_prefetch(work.batch.events[rows[at + kFar]].message_id.data());
  }
  if (const Slot near = slot_of(at + kNear); near != kNoSlot) lane_.table().prefetch_heap(near);
}

void LaneRunner::process_event(Event& event) {
  lane_.set_now(event.now);
  out_->begin(event, share_->outputs);
  if (event.new_profile) {
    const Slot slot = lane_.create(event.profile);
    lane_.info(slot).first_seen = event.now;
  }
  if (!event.merges.empty()) merge(event);
  if (event.slot == kNoSlot || lane_.table().profile(event.slot) != event.profile)
    event.slot = lane_.table().find(event.profile);
  CHECK(event.slot != kNoSlot);
  lane_.table().touch(event.slot, turn_);
  for (const std::string_view id : event.new_ids) lane_.info(event.slot).add_id(id);
  out_->set_slot(event.slot);
  bool kept = context_.plan.nodes.empty();
  Verdict refused = Verdict::keep();
  run_nodes(event, context_.plan.entry, kept, refused);
  if (kept) {
    ++share_->account.kept;
  } else if (refused.kind() == Verdict::Kind::kDrop) {
    share_->account.dropped.add(refused.reason());
  } else {
    share_->account.rejected.add(refused.reason());
  }
}

// An event is kept if it comes to the end of any branch; else the first refusal says why not.
void LaneRunner::run_nodes(Event& event, std::uint64_t reached, bool& kept, Verdict& refused) {
  while (reached != 0) {
    const auto node = static_cast<std::size_t>(std::countr_zero(reached));
    reached &= reached - 1;
    out_->set_node(node);
    const std::size_t mark = out_->emitted().size();
    Verdict verdict = operators_[node]->process(event, *out_);
    if (out_->emitted().size() > mark) flush(node, mark);
    if (verdict.kept()) {
      const std::uint64_t next = context_.plan.nodes[node].next;
      reached |= next;
      kept = kept || next == 0;
    } else {
      // Derived events have no account of their own; a refused event is one reject of the batch.
      if (event.kind < EventKind::kDerived && verdict.kind() == Verdict::Kind::kReject)
        share_->rejects.push_back({event.position,
                                   event.index,
                                   context_.plan.nodes[node].name,
                                   verdict.reason(),
                                   verdict.detail()});
      if (refused.kept()) refused = std::move(verdict);
    }
  }
}

// What a node emitted goes to the nodes after it, one derived event after the other, before the
// node's own event does.
void LaneRunner::flush(std::size_t node, std::size_t mark) {
  const std::uint64_t next = context_.plan.nodes[node].next;
  for (std::size_t i = mark; i < out_->emitted().size(); ++i) {
    Event event = out_->emitted()[i];
    bool kept = false;
    Verdict refused = Verdict::keep();
    out_->set_slot(event.slot);
    run_nodes(event, next, kept, refused);
  }
  out_->emitted().resize(mark);
}

void LaneRunner::merge(const Event& event) {
  for (const Merge& merge : event.merges) {
    const Slot into = lane_.table().find(merge.into);
    const Slot from = lane_.table().find(merge.from);
    CHECK(into != kNoSlot && from != kNoSlot);
    for (std::size_t node = 0; node < operators_.size(); ++node) {
      out_->set_node(node);
      out_->set_slot(from);
      operators_[node]->on_merge(into, from, *out_);
      flush(node, 0);
    }
    lane_.merge(into, from);
    removed_.push_back(merge.from);
  }
}

void LaneRunner::on_tick(const Event& event) {
  std::size_t fetched = 0;
  const auto bring_back = [&](ProfileId profile) -> Status {
    if (++fetched % rows_at_once() == 0)
      if (Status done = relieve_memory(); !done) return done;
    return fetch({profile});
  };
  const auto load = [&](ProfileId profile) {
    if (failure_) return kNoSlot;
    if (is_aside(profile))
      if (const Status done = bring_back(profile); !done) {
        failure_ = done.error();
        return kNoSlot;
      }
    return lane_.table().find(profile);
  };
  const auto fire = [&](const Timer& timer) {
    const std::size_t node = lane_.node_of(timer.id);
    lane_.table().touch(timer.slot, turn_);
    out_->begin(event, share_->outputs, timer.due);
    out_->set_node(node);
    out_->set_slot(timer.slot);
    operators_[node]->on_timer(timer, *out_);
    flush(node, 0);
  };
  lane_.advance(event.time, event.now, load, fire);
}

}  // namespace millrace
