// One operator, built from its YAML as a topology builds it and called as a lane calls it:
//
//   OperatorUnderTest dedupe("dedupe", "window: 1h");
//   EXPECT_EQ(dedupe.push(page().message("a")).verdict, "keep");
//   dedupe.restart();
//   EXPECT_EQ(dedupe.push(page().message("a")).verdict, "drop(duplicate)");
//   EXPECT_EQ(dedupe.advance(30min), SaidList{});
//
// Operators of lanes and of the ingest stage. Profiles exist from their first event on.
#pragma once

#include "engine/operator/profile_view.hpp"
#include "engine/operator/registry.hpp"
#include "tests/support/event_builder.hpp"

#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

// Something that an operator put out.
struct Said {
  enum class Kind : std::uint8_t { kEmit, kEnter, kExit, kEffect };

  Kind kind = Kind::kEmit;
  std::string name;  // of the event, the segment, or the effect
  Time time{};       // of the event; the lane's clock for the others
  ProfileId profile = 1;
  std::string body{};  // an effect's JSON

  bool operator==(const Said&) const = default;
};
using SaidList = std::vector<Said>;
std::ostream& operator<<(std::ostream& out, const Said& said);

// What became of one event.
struct Outcome {
  std::string verdict;  // "keep", "drop(duplicate)", "reject(missing_property)"
  std::string detail;   // of a reject
  SaidList said;
  // What the operators changed of the event, as texts_of says it: "" where they took something out.
  std::map<std::string, std::string> wrote{};

  bool operator==(const Outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

// What the rest of a topology would have said before this operator.
struct Surroundings {
  std::vector<std::pair<std::string, std::string>> events;  // identifier, sent name: purchase,
                                                            // "Order Completed"
  std::vector<std::string> segments;
  std::vector<std::string> derived;
  // Nodes before the operator, by type and YAML; events go through them first. Each is named as its
  // type, the second of a type with _again.
  std::vector<std::pair<std::string, std::string>> before;
  std::vector<std::string> reads;  // paths that nodes after the operator read
};

class OperatorUnderTest {
 public:
  // `type` as the registry of everything built in knows it. Fails the test, and ends it, when the
  // configuration is not sound.
  explicit OperatorUnderTest(std::string_view type,
                             std::string yaml = {},
                             const Surroundings& surroundings = {});
  OperatorUnderTest(const OperatorUnderTest&) = delete;

  // What the program prints about a configuration, places and hints included; "" if it is sound.
  static std::string problems(std::string_view type,
                              std::string yaml,
                              const Surroundings& surroundings = {});

  Outcome push(const EventBuilder& event);
  // Time passes, and one tick at the end of it fires what is due.
  SaidList advance(Duration duration);
  // `from` becomes part of `into`, as identification says. Both exist.
  SaidList merge(ProfileId into, ProfileId from);
  // An epoch: what two shards gather is published, and read after the operator's delay.
  void epoch();
  bool gathers() const;
  // Checkpoints everything and starts again from it, with a new lane and operator. Nothing may be
  // seen of it.
  void restart();

  Time now() const { return now_; }
  bool has(ProfileId profile) const { return lane_->table().find(profile) != kNoSlot; }
  // The profile's own state of this operator, and of those before it, as a checkpoint writes it; ""
  // when it is empty.
  std::string state(ProfileId profile) const;
  // What this operator, and those before it, show of the profile.
  ProfileView show(ProfileId profile) const;
  // When the profile's next timer fires; kNever without one.
  Time next_timer(ProfileId profile) const;
  // A hash of all state, independent of the order of slots.
  Hash128 digest() const;
  std::uint64_t counter(std::string_view name) const;
  Lane& lane() { return *lane_; }
  const Catalog& catalog() const { return catalog_; }

 private:
  class Recorder;
  class EpochInTest;
  struct Planned;
  struct Node {
    std::string name;
    Prepared prepared;
    Stage stage = Stage::kLane;
    std::unique_ptr<Operator> made;
    std::uint32_t publish_delay = 0;
  };

  static Planned plan(std::string_view type,
                      std::string yaml,
                      const Surroundings& surroundings,
                      Catalog& catalog,
                      ColumnNumbers& numbers);
  void build();
  std::string published_for(std::size_t node) const;
  Verdict run(std::size_t node, Event& event, Recorder& out);
  void flush(std::size_t node, Recorder& out);
  Slot slot(ProfileId profile) const;
  std::string record(ProfileId profile) const;

  std::string type_;
  Catalog catalog_;
  ColumnNumbers numbers_;
  std::vector<Node> nodes_;  // the operator is the last
  std::unique_ptr<Lane> lane_;
  Time now_ = kStart;
  std::uint64_t events_ = 0;
  std::uint64_t epochs_ = 0;
  std::map<std::pair<std::size_t, std::uint64_t>, std::string> published_;  // by node and epoch
  std::map<std::string, std::uint64_t> counted_;  // before the last restart
};

}  // namespace millrace
