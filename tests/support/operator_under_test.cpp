#include "tests/support/operator_under_test.hpp"

#include "engine/config/node.hpp"
#include "operators/builtin.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <ostream>

namespace millrace {
namespace {

constexpr std::uint32_t kShards = 2;

// Plans the operator: reads its configuration and constructs it once for what it declares.
struct Planned {
  Prepared prepared;
  Stage stage = Stage::kLane;
  std::string problems;
};

Planned plan(std::string_view type,
             std::string yaml,
             const Surroundings& surroundings,
             Catalog& catalog,
             ColumnNumbers& numbers) {
  Planned planned;
  for (const auto& [identifier, name] : surroundings.events)
    CHECK(catalog.declare_event(identifier, catalog.names.add(name)));
  for (const auto& name : surroundings.segments) catalog.declare_segment(name);
  for (const auto& name : surroundings.derived) catalog.names.add_derived(name);
  Registry registry;
  add_builtin_operators(registry);
  const OperatorInfo* const info = registry.find(type);
  if (info == nullptr) {
    planned.problems = "there is no operator '" + std::string(type) + "'\n";
    return planned;
  }
  config::Problems problems;
  const auto document = config::Document::load(std::move(yaml), "test.yaml", problems);
  planned.stage = info->stage;
  planned.prepared =
      info->prepare(document.root(), problems, {.path = "nodes." + std::string(type)});
  CHECK(planned.prepared.make_operator);
  if (problems.empty()) {
    Lane planning(catalog, numbers, &problems);
    planning.begin_node(type);
    planned.prepared.make_operator(planning);
  }
  planned.problems = config::render_all(problems, document.source());
  return planned;
}

std::string verdict_text(const Verdict& verdict) {
  switch (verdict.kind()) {
    case Verdict::Kind::kDrop:
      return "drop(" + std::string(verdict.reason()) + ")";
    case Verdict::Kind::kReject:
      return "reject(" + std::string(verdict.reason()) + ")";
    default:
      return "keep";
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Said& said) {
  constexpr std::string_view kKinds[] = {"emit", "enter", "exit", "effect"};
  out << kKinds[static_cast<std::size_t>(said.kind)] << " " << said.name << " at "
      << format_time(said.time) << " of profile " << said.profile;
  return said.body.empty() ? out : out << " " << said.body;
}

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  out << outcome.verdict << " " << outcome.detail;
  for (const Said& said : outcome.said) out << "\n  " << said;
  return out;
}

// Notes what the operator says while it works on one profile.
class OperatorUnderTest::Recorder final : public Output {
 public:
  Recorder(Lane& lane, Slot slot) : lane_(lane), slot_(slot) {}

  void emit(NameId name, Time time) override {
    say(Said::Kind::kEmit, std::string(lane_.catalog().names.text(name)), time, slot_, {});
  }
  void enter(Slot slot, SegmentId segment) override {
    say(Said::Kind::kEnter, lane_.catalog().segments().at(segment), lane_.now(), slot, {});
  }
  void exit(Slot slot, SegmentId segment) override {
    say(Said::Kind::kExit, lane_.catalog().segments().at(segment), lane_.now(), slot, {});
  }
  void effect(Slot slot, std::string_view name, std::string_view body) override {
    say(Said::Kind::kEffect, std::string(name), lane_.now(), slot, std::string(body));
  }

  SaidList said;

 private:
  void say(Said::Kind kind, std::string name, Time time, Slot slot, std::string body) {
    const ProfileId profile = slot == kNoSlot ? kNoProfile : lane_.profile(slot);
    said.push_back({kind, std::move(name), time, profile, std::move(body)});
  }

  Lane& lane_;
  Slot slot_;
};

// All profiles are in the sample, in one of two shards by their last bit.
class OperatorUnderTest::EpochInTest final : public Epoch {
 public:
  EpochInTest(std::uint64_t number, std::string published)
      : number_(number), published_(std::move(published)), slots_(kShards), parts_(kShards) {}

  std::vector<Slot>& slots(ProfileId profile) { return slots_[profile % kShards]; }
  const std::vector<std::string>& parts() const { return parts_; }

  std::uint64_t number() const override { return number_; }
  std::string_view published() const override { return published_; }
  std::span<const Slot> sample(std::uint32_t shard) const override { return slots_.at(shard); }
  std::span<const std::uint32_t> shards() const override { return kAll; }
  void gather(std::uint32_t shard, std::string part) override {
    parts_.at(shard) = std::move(part);
  }

 private:
  static constexpr std::uint32_t kAll[kShards] = {0, 1};

  std::uint64_t number_;
  std::string published_;
  std::vector<std::vector<Slot>> slots_;
  std::vector<std::string> parts_;
};

OperatorUnderTest::OperatorUnderTest(std::string_view type,
                                     std::string yaml,
                                     const Surroundings& surroundings)
    : type_(type) {
  Planned planned = plan(type, std::move(yaml), surroundings, catalog_, numbers_);
  if (!planned.problems.empty()) {
    std::cerr << planned.problems;
    std::abort();
  }
  prepared_ = std::move(planned.prepared);
  stage_ = planned.stage;
  build();
}

std::string OperatorUnderTest::problems(std::string_view type,
                                        std::string yaml,
                                        const Surroundings& surroundings) {
  Catalog catalog;
  ColumnNumbers numbers;
  return plan(type, std::move(yaml), surroundings, catalog, numbers).problems;
}

void OperatorUnderTest::build() {
  operator_.reset();
  lane_ = std::make_unique<Lane>(catalog_, numbers_);
  lane_->begin_node(type_);
  operator_ = prepared_.make_operator(*lane_);
  // So that timers that are loaded late do not fire in the past of the clock.
  lane_->set_now(now_);
}

Slot OperatorUnderTest::slot(ProfileId profile) const {
  const Slot found = lane_->table().find(profile);
  CHECK(found != kNoSlot);
  return found;
}

Outcome OperatorUnderTest::push(const EventBuilder& builder) {
  Arena arena;
  Event event = builder.make(catalog_, arena, now_, events_++);
  now_ = event.now;
  lane_->set_now(now_);
  if (stage_ == Stage::kLane) {
    if (!has(event.profile)) {
      event.new_profile = true;
      lane_->info(lane_->create(event.profile)).first_seen = now_;
    }
    event.slot = slot(event.profile);
  } else {
    event.profile = kNoProfile;
  }
  Recorder out(*lane_, event.slot);
  const Verdict verdict = operator_->process(event, out);
  return {verdict_text(verdict), verdict.detail(), std::move(out.said)};
}

SaidList OperatorUnderTest::advance(Duration duration) {
  const Time from = std::exchange(now_, now_ + duration);
  SaidList said;
  const auto load = [&](ProfileId profile) { return lane_->table().find(profile); };
  const auto fire = [&](const Timer& timer) {
    Recorder out(*lane_, timer.slot);
    operator_->on_timer(timer, out);
    said.insert(said.end(), out.said.begin(), out.said.end());
  };
  lane_->advance(from, now_, load, fire);
  return said;
}

SaidList OperatorUnderTest::merge(ProfileId into, ProfileId from) {
  Recorder out(*lane_, slot(from));
  operator_->on_merge(slot(into), slot(from), out);
  lane_->merge(slot(into), slot(from));
  return std::move(out.said);
}

void OperatorUnderTest::epoch() {
  const std::uint32_t delay = lane_->publish_delay();
  CHECK(delay > 0);
  ++epochs_;
  EpochInTest epoch(epochs_, epochs_ > delay ? published_[epochs_ - delay] : std::string());
  std::vector<ProfileId> profiles;
  for (Slot at = 0; at < lane_->table().slot_end(); ++at)
    if (lane_->profile(at) != kNoProfile) profiles.push_back(lane_->profile(at));
  std::sort(profiles.begin(), profiles.end());
  for (const ProfileId profile : profiles) epoch.slots(profile).push_back(slot(profile));
  lane_->set_now(now_);
  operator_->on_epoch(epoch);
  // The runtime publishes with an instance of its own.
  Lane apart(catalog_, numbers_);
  apart.begin_node(type_);
  const auto publisher = prepared_.make_operator(apart);
  const std::string previous = epochs_ > 1 ? published_[epochs_ - 1] : std::string();
  published_[epochs_] = publisher->publish(epoch.parts(), previous);
}

void OperatorUnderTest::restart() {
  std::map<ProfileId, std::string> records;
  for (Slot at = 0; at < lane_->table().slot_end(); ++at)
    if (const ProfileId profile = lane_->profile(at); profile != kNoProfile)
      records[profile] = record(profile);
  for (const auto& [name, count] : lane_->counters()) counted_[name] += count;
  build();
  for (const auto& [profile, bytes] : records)
    CHECK(lane_->load(profile, bytes, Lane::Wheel::kHasNone));
}

std::string OperatorUnderTest::record(ProfileId profile) const {
  std::string bytes;
  lane_->table().encode(slot(profile), bytes);
  return bytes;
}

std::string OperatorUnderTest::state(ProfileId profile) const {
  const std::string bytes = record(profile);
  ByteReader from(bytes);
  from.varint();
  std::string own;
  while (from.left() > 0) {
    const std::uint64_t number = from.varint() - 1;
    from.varint();
    const std::string_view part = from.text();
    // The lane itself takes the first two: what it knows of profiles, and timers.
    if (number >= 2) own += part;
  }
  CHECK(from.done());
  return own;
}

Time OperatorUnderTest::next_timer(ProfileId profile) const {
  return lane_->next_timer(slot(profile));
}

Hash128 OperatorUnderTest::digest() const {
  Hash128 sum;
  for (Slot at = 0; at < lane_->table().slot_end(); ++at)
    if (const ProfileId profile = lane_->profile(at); profile != kNoProfile)
      sum += hash128(record(profile), profile);
  return sum;
}

std::uint64_t OperatorUnderTest::counter(std::string_view name) const {
  const std::string key = type_ + "." + std::string(name);
  const auto of = [&](const std::map<std::string, std::uint64_t>& counts) {
    const auto at = counts.find(key);
    return at == counts.end() ? 0 : at->second;
  };
  return of(counted_) + of(lane_->counters());
}

}  // namespace millrace
