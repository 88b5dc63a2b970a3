// What an operator is. THE EXTENSION SURFACE starts here: an operator includes this, lane.hpp and
// registry.hpp, and nothing of the runtime.
//
// State and effects are a pure function of topology and journal. So an operator has no clock but
// its lane's, no random source, no thread, no file, no socket; it must not block.
#pragma once

#include "engine/event/event.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace {

// What becomes of an event at one operator. Reasons are words to count by, `duplicate` or
// `missing_property`, and outlive the operator's call (literals, or the operator's configuration).
class Verdict {
 public:
  enum class Kind : std::uint8_t { kKeep, kDrop, kReject };

  static Verdict keep() { return Verdict(Kind::kKeep, {}); }
  // The event was understood and is not wanted.
  static Verdict drop(std::string_view reason) { return Verdict(Kind::kDrop, reason); }
  // The event is wrong. Goes to the node's `rejects` port, with `detail`: a sentence.
  static Verdict reject(std::string_view reason, std::string detail = {}) {
    Verdict made(Kind::kReject, reason);
    made.detail_ = std::move(detail);
    return made;
  }

  Kind kind() const { return kind_; }
  bool kept() const { return kind_ == Kind::kKeep; }
  std::string_view reason() const { return reason_; }
  const std::string& detail() const { return detail_; }

 private:
  Verdict(Kind kind, std::string_view reason) : kind_(kind), reason_(reason) {}

  Kind kind_;
  std::string_view reason_;
  std::string detail_;
};

using SegmentId = std::uint16_t;
struct ProfileView;  // profile_view.hpp

// Where an operator puts what follows from an event. What it emits goes to the nodes after it
// before the event itself does.
class Output {
 public:
  virtual ~Output() = default;

  // An event of the same profile that this one implies, such as session_start, at `time`.
  virtual void emit(NameId name, Time time) = 0;
  // The profile `slot` is from now on in the segment, or no longer. Each is a derived event, and a
  // line of the output; the caller says it once a change.
  virtual void enter(Slot slot, SegmentId segment) = 0;
  virtual void exit(Slot slot, SegmentId segment) = 0;
  // Something that should happen outside. `body` is JSON. Its id follows from the journal position,
  // the node and the number of effects before it, so that a replay makes the same id.
  virtual void effect(Slot slot, std::string_view name, std::string_view body) = 0;
};

using TimerId = std::uint16_t;

struct Timer {
  TimerId id = 0;  // as Lane::timer gave it
  Slot slot = kNoSlot;
  Time due{};  // the lane's clock says the same while the timer fires
};

// A moment at which lanes look at all profiles. Parts that they gather at epoch n are merged in
// shard order by Operator::publish, and every lane reads the result at epoch n + its declared
// delay.
class Epoch {
 public:
  virtual ~Epoch() = default;
  virtual std::uint64_t number() const = 0;
  // This operator's newest result that is old enough; empty before the first.
  virtual std::string_view published() const = 0;
  // Slots of profiles in the engine's sample, by shard and then by profile: the same profiles for
  // any number of lanes and any memory budget. At most `sample` of the topology's configuration,
  // roughly.
  virtual std::span<const Slot> sample(std::uint32_t shard) const = 0;
  // The shards of this lane, ascending.
  virtual std::span<const std::uint32_t> shards() const = 0;
  // This lane's part for one of its shards: bytes that publish() understands.
  virtual void gather(std::uint32_t shard, std::string part) = 0;
};

// One step of a topology. A lane owns an instance and calls it from one thread at a time; it must
// not block, and it reads the time only from its lane.
class Operator {
 public:
  virtual ~Operator() = default;

  virtual Verdict process(Event& event, Output& out) = 0;
  virtual void on_timer(const Timer& /*timer*/, Output& /*out*/) {}
  // May change what the operator keeps for the lane, such as a model; not the state of profiles.
  // After a restart it is called again with the last epoch before the checkpoint, so that the
  // operator takes up what was published; the sample is then empty, and nothing is gathered.
  virtual void on_epoch(Epoch& /*epoch*/) {}

  // `from` is about to become part of `into`; both are still whole. Keyed state merges by itself
  // right after, so this is only for what must be said to the outside.
  virtual void on_merge(Slot /*into*/, Slot /*from*/, Output& /*out*/) {}

  // Merges what lanes gathered at an epoch, in shard order, into what they read later. Called on an
  // instance of its own, outside of all lanes, one epoch after the other: it may take its time.
  virtual std::string publish(std::span<const std::string> /*parts*/,
                              std::string_view /*previous*/) {
    return {};
  }

  // Says what the profile's state means, for people and programs that look at a profile. Between
  // two events, on the lane's thread: reads, and changes nothing.
  virtual void show(Slot /*slot*/, ProfileView& /*view*/) const {}
};

}  // namespace millrace
