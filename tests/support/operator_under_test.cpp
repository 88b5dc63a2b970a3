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
  for (const auto& [path, text] : outcome.wrote) out << "\n  " << path << ": " << text;
  for (const Said& said : outcome.said) out << "\n  " << said;
  return out;
}

// Notes what the last node says while it works on one profile; what others say goes to the node
// after them.
class OperatorUnderTest::Recorder final : public Output {
 public:
  Recorder(Lane& lane, Slot slot, std::size_t last, const Event* cause = nullptr)
      : lane_(lane), slot_(slot), last_(last), cause_(cause) {}

  void set_node(std::size_t node) { node_ = node; }
  void emit(NameId name, Time time) override {
    say(Said::Kind::kEmit, std::string(lane_.catalog().names.text(name)), time, slot_, {});
    derive(EventKind::kDerived, name, slot_, time);
  }
  void enter(Slot slot, SegmentId segment) override {
    say(Said::Kind::kEnter, lane_.catalog().segments().at(segment), lane_.now(), slot, {});
    derive(EventKind::kEnter, lane_.catalog().enter_name(segment), slot, lane_.now());
  }
  void exit(Slot slot, SegmentId segment) override {
    say(Said::Kind::kExit, lane_.catalog().segments().at(segment), lane_.now(), slot, {});
    derive(EventKind::kExit, lane_.catalog().exit_name(segment), slot, lane_.now());
  }
  void effect(Slot slot, std::string_view name, std::string_view body) override {
    say(Said::Kind::kEffect, std::string(name), lane_.now(), slot, std::string(body));
  }
  std::vector<Event> take_derived() { return std::exchange(derived_, {}); }

  SaidList said;

 private:
  void say(Said::Kind kind, std::string name, Time time, Slot slot, std::string body) {
    if (node_ != last_) return;
    const ProfileId profile = slot == kNoSlot ? kNoProfile : lane_.profile(slot);
    said.push_back({kind, std::move(name), time, profile, std::move(body)});
  }
  void derive(EventKind kind, NameId name, Slot slot, Time time) {
    if (node_ == last_) return;
    Event event;
    event.kind = kind;
    event.name = name;
    event.name_text = lane_.catalog().names.text(name);
    event.time = event.original = time;
    event.now = lane_.now();
    if (cause_ != nullptr) event.position = cause_->position;
    event.slot = slot;
    event.profile = lane_.profile(slot);
    derived_.push_back(event);
  }

  Lane& lane_;
  Slot slot_;
  std::size_t last_;
  std::size_t node_ = 0;
  const Event* cause_;
  std::vector<Event> derived_;
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

struct OperatorUnderTest::Planned {
  std::vector<Node> nodes;
  std::string problems;
};

// Plans a topology of the operator and those before it: reads their configuration and constructs
// each once for what it declares.
OperatorUnderTest::Planned OperatorUnderTest::plan(std::string_view type,
                                                   std::string yaml,
                                                   const Surroundings& surroundings,
                                                   Catalog& catalog,
                                                   ColumnNumbers& numbers) {
  for (const auto& [identifier, name] : surroundings.events)
    CHECK(catalog.declare_event(identifier, catalog.names.add(name)));
  for (const auto& name : surroundings.segments) catalog.declare_segment(name);
  for (const auto& name : surroundings.derived) catalog.names.add_derived(name);
  Registry registry;
  add_builtin_operators(registry);
  auto all = surroundings.before;
  all.emplace_back(type, std::move(yaml));
  Planned planned;
  config::Problems problems;
  Lane planning(catalog, numbers, &problems);
  std::vector<std::unique_ptr<Operator>> made;  // those after them ask them
  for (auto& [node_type, node_yaml] : all) {
    const OperatorInfo* const info = registry.find(node_type);
    if (info == nullptr) {
      planned.problems = "there is no operator '" + node_type + "'\n";
      return planned;
    }
    const auto document = config::Document::load(std::move(node_yaml), "test.yaml", problems);
    Node node;
    node.name = node_type;
    for (const Node& earlier : planned.nodes)
      if (earlier.name == node.name) node.name += "_again";
    node.stage = info->stage;
    node.prepared = info->prepare(document.root(), problems, {.path = "nodes." + node.name});
    CHECK(node.prepared.make_operator);
    if (problems.empty()) {
      planning.begin_node(node.name);
      made.push_back(node.prepared.make_operator(planning));
    }
    planned.nodes.push_back(std::move(node));
    planned.problems = config::render_all(problems, document.source());
    if (!problems.empty()) break;
  }
  for (const auto& path : surroundings.reads) catalog.projection.add(path);
  catalog.read_for_enrichments();
  return planned;
}

OperatorUnderTest::OperatorUnderTest(std::string_view type,
                                     std::string yaml,
                                     const Surroundings& surroundings)
    : type_(type) {
  Planned planned = plan(type, std::move(yaml), surroundings, catalog_, numbers_);
  if (!planned.problems.empty()) {
    std::cerr << planned.problems;
    std::abort();
  }
  nodes_ = std::move(planned.nodes);
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
  for (Node& node : nodes_) node.made.reset();
  lane_ = std::make_unique<Lane>(catalog_, numbers_);
  for (Node& node : nodes_) {
    lane_->begin_node(node.name);
    node.made = node.prepared.make_operator(*lane_);
    node.publish_delay = lane_->publish_delay();
  }
  // So that timers that are loaded late do not fire in the past of the clock.
  lane_->set_now(now_);
}

// From `node` on; the verdict is that of the node which does not keep the event, or of the last.
Verdict OperatorUnderTest::run(std::size_t node, Event& event, Recorder& out) {
  for (; node < nodes_.size(); ++node) {
    out.set_node(node);
    Verdict verdict = nodes_[node].made->process(event, out);
    flush(node, out);
    if (!verdict.kept()) return verdict;
  }
  return Verdict::keep();
}

// What the node derived goes to those after it.
void OperatorUnderTest::flush(std::size_t node, Recorder& out) {
  for (Event& event : out.take_derived()) run(node + 1, event, out);
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
  if (nodes_.back().stage == Stage::kLane) {
    if (!has(event.profile)) {
      event.new_profile = true;
      lane_->info(lane_->create(event.profile)).first_seen = now_;
    }
    event.slot = slot(event.profile);
  } else {
    event.profile = kNoProfile;
  }
  Recorder out(*lane_, event.slot, nodes_.size() - 1, &event);
  lane_->set_arena(arena);
  const auto before = texts_of(event, catalog_.projection);
  const Verdict verdict = run(0, event, out);
  Outcome outcome{verdict_text(verdict), verdict.detail(), std::move(out.said)};
  for (auto& [path, text] : texts_of(event, catalog_.projection))
    if (before.at(path) != text) outcome.wrote.emplace(path, std::move(text));
  return outcome;
}

SaidList OperatorUnderTest::advance(Duration duration) {
  const Time from = std::exchange(now_, now_ + duration);
  SaidList said;
  const auto load = [&](ProfileId profile) { return lane_->table().find(profile); };
  const auto fire = [&](const Timer& timer) {
    Recorder out(*lane_, timer.slot, nodes_.size() - 1);
    const std::size_t node = lane_->node_of(timer.id);
    out.set_node(node);
    nodes_[node].made->on_timer(timer, out);
    flush(node, out);
    said.insert(said.end(), out.said.begin(), out.said.end());
  };
  lane_->advance(from, now_, load, fire);
  return said;
}

SaidList OperatorUnderTest::merge(ProfileId into, ProfileId from) {
  Recorder out(*lane_, slot(from), nodes_.size() - 1);
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    out.set_node(node);
    nodes_[node].made->on_merge(slot(into), slot(from), out);
    flush(node, out);
  }
  lane_->merge(slot(into), slot(from));
  return std::move(out.said);
}

bool OperatorUnderTest::gathers() const {
  return std::any_of(
      nodes_.begin(), nodes_.end(), [](const Node& node) { return node.publish_delay > 0; });
}

// What the node reads at the newest epoch.
std::string OperatorUnderTest::published_for(std::size_t node) const {
  const std::uint64_t delay = nodes_[node].publish_delay;
  return epochs_ > delay ? published_.at({node, epochs_ - delay}) : std::string();
}

void OperatorUnderTest::epoch() {
  CHECK(gathers());
  ++epochs_;
  std::vector<ProfileId> profiles;
  for (Slot at = 0; at < lane_->table().slot_end(); ++at)
    if (lane_->profile(at) != kNoProfile) profiles.push_back(lane_->profile(at));
  std::sort(profiles.begin(), profiles.end());
  lane_->set_now(now_);
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].publish_delay == 0) continue;
    EpochInTest epoch(epochs_, published_for(node));
    for (const ProfileId profile : profiles) epoch.slots(profile).push_back(slot(profile));
    nodes_[node].made->on_epoch(epoch);
    // The runtime publishes with an instance of its own, on a lane without the others.
    Lane apart(catalog_, numbers_);
    apart.begin_node(nodes_[node].name);
    const auto publisher = nodes_[node].prepared.make_operator(apart);
    const std::string previous = epochs_ > 1 ? published_[{node, epochs_ - 1}] : std::string();
    published_[{node, epochs_}] = publisher->publish(epoch.parts(), previous);
  }
}

void OperatorUnderTest::restart() {
  std::map<ProfileId, std::string> records;
  for (Slot at = 0; at < lane_->table().slot_end(); ++at)
    if (const ProfileId profile = lane_->profile(at); profile != kNoProfile)
      records[profile] = record(profile);
  for (const auto& [name, count] : lane_->counters()) counted_[name] += count;
  build();
  for (const auto& [profile, bytes] : records) CHECK(lane_->load(profile, bytes));
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].publish_delay == 0 || epochs_ == 0) continue;
    EpochInTest again(epochs_, published_for(node));
    nodes_[node].made->on_epoch(again);
  }
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

ProfileView OperatorUnderTest::show(ProfileId profile) const {
  ProfileView view;
  for (const Node& node : nodes_) node.made->show(slot(profile), view);
  return view;
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
