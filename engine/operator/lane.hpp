// The single-threaded home of some shards: their profiles' slots, state, timers and clock. All that
// an operator may ask of the engine.
//
// State belongs to a shard, a shard to a lane, and a lane runs on one thread at a time. So nothing
// here is locked, and an operator needs no lock either.
#pragma once

#include "engine/config/problem.hpp"
#include "engine/event/arena.hpp"
#include "engine/operator/catalog.hpp"
#include "engine/operator/lane_facts.hpp"
#include "engine/operator/profile_info.hpp"
#include "engine/state/profile_table.hpp"
#include "engine/state/timer_wheel.hpp"
#include "engine/state/timers.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

class Lane {
 public:
  // `catalog` and `numbers` outlive the lane. A planning lane, which is one with `problems`, may
  // add names to the catalog; the others find there what they ask for.
  Lane(Catalog& catalog, ColumnNumbers& numbers, config::Problems* problems = nullptr);

  // For an operator's constructor
  // ------------------------------------------------------------------

  Catalog& catalog() { return catalog_; }
  const Catalog& catalog() const { return catalog_; }
  // The number of a property path, which the parser will read from now on.
  FieldId field(std::string_view path, bool as_time = false) {
    return catalog_.projection.add(path, as_time);
  }
  // Says that the operator fills in these paths where an event says nothing there, and what it
  // reads for that. The parser reads that only if a node reads one of the paths.
  void enrich(std::span<const std::string_view> makes, std::span<const std::string_view> of);
  // The number of a path that an enrichment makes or reads, or kNoField if no node reads it, and
  // while planning.
  FieldId wanted(std::string_view path) const {
    return planning() ? kNoField : catalog_.projection.find(path);
  }
  // A column of the operator's own. `name` is unique in the node and never changes: it is on disk.
  template <class T, class Codec = MemberCodec<T>>
  KeyedState<T, Codec>& state(std::string_view name, Codec codec = {}) {
    auto column = std::make_unique<KeyedState<T, Codec>>(std::move(codec));
    KeyedState<T, Codec>& made = *column;
    table_.add_column(numbers_.add(qualified(name)), std::move(column));
    return made;
  }
  // A timer of the operator's own: each profile has it at most once. `name` as for state.
  TimerId timer(std::string_view name);
  // Asks for on_epoch and publish; what is gathered at epoch n is read at n + `delay`, at least 1.
  // Slow work that is done by then costs no lane any time.
  void gather_at_epochs(std::uint32_t delay) { publish_delay_ = delay; }

  // Something wrong that only the names of the whole topology show, such as an expression that
  // counts an unknown event. Only while planning: what was planned well is built well.
  void report(config::Problem problem);
  bool planning() const { return problems_ != nullptr; }
  // The node that is being constructed: "nodes.rules", for problems' paths.
  std::string path() const { return "nodes." + node_; }

  // While processing
  // -------------------------------------------------------------------------------

  // The engine's clock at this event, timer or epoch.
  Time now() const { return now_; }
  // What expressions read, of the profile that they were last pointed at; see lane_facts.hpp.
  LaneFacts& facts() { return facts_; }
  const LaneFacts& facts() const { return facts_; }
  // Sets or moves the profile's timer; a time that is not after now means the next millisecond.
  // kNever cancels it.
  void set_timer(Slot slot, TimerId timer, Time due);
  // When the profile's timer fires; kNever if it is not set.
  Time due(Slot slot, TimerId timer) const { return timers_[slot].due(timer); }
  ProfileId profile(Slot slot) const { return table_.profile(slot); }
  const ProfileInfo& info(Slot slot) const { return info_[slot]; }
  std::uint64_t& counter(std::string_view name);
  // A copy of a text that an event of the ingest stage is to carry.
  std::string_view keep(std::string_view text) { return arena_->copy(text); }

  // For the runtime and for tests of operators
  // -----------------------------------------------------

  // Names of state, timers and counters are prefixed by the node that the next operator belongs to.
  void begin_node(std::string_view node) {
    node_ = node;
    ++nodes_begun_;
    publish_delay_ = 0;
  }
  // What the node's operator asked for; 0 if it gathers nothing.
  std::uint32_t publish_delay() const { return publish_delay_; }
  // Which node a timer belongs to: 0 for the first that was begun.
  std::size_t node_of(TimerId timer) const { return timer_nodes_.at(timer); }
  ProfileTable& table() { return table_; }
  const ProfileTable& table() const { return table_; }
  ProfileInfo& info(Slot slot) { return info_[slot]; }
  void set_now(Time now) { now_ = now; }
  // Where keep() copies to: of the batch at hand. Lanes share a batch, so they have none.
  void set_arena(Arena& arena) { arena_ = &arena; }
  // A slot for a profile that is new, or whose record was just read or handed over. False when the
  // record is damaged: the profile is then not there.
  Slot create(ProfileId profile) { return table_.add(profile); }
  // `armed` is when the lane will ask for the profile, as unload() or schedule() said.
  bool load(ProfileId profile, std::string_view record, Time armed = kNever);
  // Forgets a profile whose record is kept elsewhere. Returns when the lane will ask for it: when
  // its next timer is due at the latest, or kNever if it has none.
  Time unload(Slot slot);
  // `from` becomes part of `into`, and its slot is free.
  void merge(Slot into, Slot from);
  // Notes that the profile has a timer due then, though it may not be in memory.
  void schedule(ProfileId profile, Time due) { wheel_.schedule(due, profile); }
  // Fires what is due by `to`, by (due, profile, timer). While a timer fires the clock is at its
  // due, or at `from` if that is later: where the journal's clock was before this tick, the same
  // for all lanes. Then the clock is at `to`. `load` brings a profile that is not in memory, or
  // says kNoSlot for one that is not this lane's any more; `fire` runs the operator's on_timer.
  void advance(Time from,
               Time to,
               const std::function<Slot(ProfileId)>& load,
               const std::function<void(const Timer&)>& fire);
  Time next_timer(Slot slot) const { return timers_[slot].next(); }
  const std::map<std::string, std::uint64_t>& counters() const { return counters_; }
  // Calls take(name, count) for those that counted anything, which then begin anew.
  template <class Take>
  void take_counters(Take take) {
    for (auto& [name, count] : counters_)
      if (count > 0) take(name, std::exchange(count, 0));
  }
  std::size_t memory_bytes() const { return table_.memory_bytes() + wheel_.memory_bytes(); }

 private:
  void arm(Slot slot);
  std::string qualified(std::string_view name) const { return node_ + "." + std::string(name); }

  Catalog& catalog_;
  ColumnNumbers& numbers_;
  config::Problems* problems_;  // null unless planning
  std::string node_;
  std::size_t nodes_begun_ = 0;
  std::map<TimerId, std::size_t> timer_nodes_;
  std::uint32_t publish_delay_ = 0;
  Time now_ = kBeginning;
  Arena* arena_ = nullptr;
  ProfileTable table_;
  KeyedState<ProfileInfo>& info_;
  KeyedState<TimerList>& timers_;
  LaneFacts facts_;
  TimerWheel wheel_;
  std::map<std::string, std::uint64_t> counters_;
};

}  // namespace millrace
