#include "engine/runtime/lane_runner.hpp"

#include "engine/runtime/emitter.hpp"

#include <algorithm>
#include <bit>

namespace millrace {
namespace {

// How many slots are sampled to estimate what profiles keep on the heap.
constexpr Slot kHeapSample = 512;

}  // namespace

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
  spilled_.insert(profile);
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
    if (spilled_.contains(transfer.profile))
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
    if (!lane_.load(transfer.profile, transfer.record, Lane::Wheel::kHasNone))
      return Error{"a profile was damaged on its way between lanes"};
    lane_.table().touch(lane_.table().find(transfer.profile), turn_);
  }
  return {};
}

Status LaneRunner::process(Work& work) {
  LaneShare& share = work.shares[index_];
  ++turn_;
  if (Status done = receive(work); !done) return done;
  if (!spilled_.empty())
    if (Status done = fetch_missing(work); !done) return done;
  share_ = &share;
  find_slots(work);
  for (std::size_t i = 0; i < share.rows.size(); ++i) {
    prefetch(work, i);
    Event& event = work.batch.events[share.rows[i]];
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
  note_counters(lane_, share.account);
  if (work.checkpoint) take_checkpoint(share);
  relieve_memory();
  return {};
}

// Where the batch's profiles are before its first event: looked up in one go, so that the misses of
// one do not wait for those of another. An event before theirs may still make or move them.
void LaneRunner::find_slots(Work& work) {
  for (const std::uint32_t row : work.shares[index_].rows) {
    Event& event = work.batch.events[row];
    // Marks are rows of every lane at once.
    if (!is_mark(event.kind)) event.slot = lane_.table().find(event.profile);
  }
}

// Asks for the columns of an event some way ahead, and for what those of a nearer one point to.
void LaneRunner::prefetch(const Work& work, std::size_t at) const {
  constexpr std::size_t kNear = 4;
  constexpr std::size_t kFar = 8;
  const auto& rows = work.shares[index_].rows;
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

// Brings back the profiles of this batch that are in the store only, in one read.
Status LaneRunner::fetch_missing(const Work& work) {
  std::vector<ProfileId> missing;
  const auto want = [&](ProfileId profile) {
    if (spilled_.contains(profile)) missing.push_back(profile);
  };
  for (const std::uint32_t row : work.shares[index_].rows) {
    const Event& event = work.batch.events[row];
    want(event.profile);
    for (const Merge& merge : event.merges) {
      want(merge.from);
      want(merge.into);
    }
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  return missing.empty() ? Status() : fetch(missing);
}

Status LaneRunner::fetch(const std::vector<ProfileId>& profiles) {
  std::vector<std::string> keys;
  keys.reserve(profiles.size());
  for (const ProfileId profile : profiles) keys.push_back(profile_key('p', profile));
  std::vector<std::optional<std::string>> records;
  if (Status read = context_.store->read(keys, records); !read) return read;
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    if (!records[i] || !lane_.load(profiles[i], *records[i], Lane::Wheel::kHasEntry))
      return Error{
          "the record of a profile is missing or damaged in the store; restore the data directory "
          "from a copy, "
          "or remove its checkpoint so that it is made again from the journal"};
    spilled_.erase(profiles[i]);
  }
  return {};
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
  const auto load = [&](ProfileId profile) {
    if (failure_) return kNoSlot;
    if (spilled_.contains(profile))
      if (const Status done = fetch({profile}); !done) {
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

void LaneRunner::take_checkpoint(LaneShare& share) {
  for (const Slot slot : lane_.table().take_dirty()) {
    const ProfileId profile = lane_.table().profile(slot);
    std::string record;
    lane_.table().encode(slot, record);
    share.checkpoint.put(profile_key('p', profile), std::move(record));
    std::string due;
    if (lane_.next_timer(slot) != kNever) ByteWriter(due).time(lane_.next_timer(slot));
    share.checkpoint.put(profile_key('t', profile), std::move(due));
  }
  for (const ProfileId profile : removed_) {
    share.checkpoint.remove(profile_key('p', profile));
    share.checkpoint.remove(profile_key('t', profile));
  }
  removed_.clear();
  ++checkpoints_taken_;
}

std::size_t LaneRunner::memory_bytes() const {
  return lane_.table().size() * (lane_.table().slot_bytes() + heap_estimate_) +
         spilled_.size() * 2 * sizeof(ProfileId);
}

// Forgets profiles that the store has as they are, the least recently used first, until a tenth of
// the budget is free. Only what a durable checkpoint holds may go: so a read never sees the future.
void LaneRunner::relieve_memory() {
  const std::uint64_t budget = context_.plan.memory_bytes / context_.placement.lanes;
  if (context_.plan.memory_bytes == 0 || context_.store == nullptr) return;
  ProfileTable& table = lane_.table();
  if (turn_ % 64 == 1 || heap_estimate_ == 0)
    heap_estimate_ = table.heap_bytes_per_profile(kHeapSample);
  if (memory_bytes() <= budget) return;
  if (checkpoints_taken_ != context_.checkpoints_durable.load(std::memory_order_acquire)) return;
  std::vector<std::pair<std::uint32_t, Slot>> clean;  // by last use
  for (Slot slot = 0; slot < table.slot_end(); ++slot)
    if (table.profile(slot) != kNoProfile && !table.dirty(slot))
      clean.emplace_back(table.used(slot), slot);
  const std::size_t keep = budget * 9 / 10 / (table.slot_bytes() + heap_estimate_);
  std::size_t excess = table.size() > keep ? table.size() - keep : 0;
  if (clean.size() < excess) context_.checkpoint_wanted.store(true, std::memory_order_release);
  excess = std::min(excess, clean.size());
  std::nth_element(clean.begin(), clean.begin() + static_cast<std::ptrdiff_t>(excess), clean.end());
  for (std::size_t i = 0; i < excess; ++i) {
    spilled_.insert(table.profile(clean[i].second));
    lane_.unload(clean[i].second);
  }
}

}  // namespace millrace
