// Keeps profiles in segments: says who enters and who leaves, at the event or the moment that
// changes it.
//
// A segment is looked at when an event comes that its expressions read, when another segment that
// it reads changes, and when the evaluator says that time may change it: one timer for each
// profile, at the earliest of these moments. The timer may be early, since an event that moves a
// moment away does not move the timer; it then looks and finds nothing.
#include "engine/base/hash.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/operator/lane_expression.hpp"
#include "engine/operator/output_record.hpp"
#include "engine/operator/profile_view.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/rules/segment.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using config::Text;
using expression::Truth;
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

struct RulesConfig {
  Named<Text> let;
  Named<SegmentConfig> segments;

  static constexpr auto fields() {
    return std::tuple{
        config::field("let",
                      &RulesConfig::let,
                      "Names for parts of the expressions below; each may use those above it.",
                      {.max_items = 1000}),
        config::field("segments",
                      &RulesConfig::segments,
                      "Segments by name: a condition, or a map. A segment may read those above it "
                      "by in(name).",
                      {.required = true, .min_items = 1, .max_items = 10'000}),
    };
  }
  void check(config::Checker& checker) const {
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-' || c == '.';
    };
    for (const auto& [name, segment] : segments)
      if (name.empty() || !std::all_of(name.begin(), name.end(), plain))
        checker.problem("segments." + name,
                        "a segment's name is made of letters, digits, _, - and .");
  }
};

std::vector<std::string_view> names_of(const Named<SegmentConfig>& segments) {
  std::vector<std::string_view> names;
  for (const auto& [name, segment] : segments) names.push_back(name);
  return names;
}

// A hash of all texts that decide who is in which segment.
std::uint64_t definitions(const RulesConfig& config, const Catalog& catalog) {
  std::string all;
  ByteWriter to(all);
  for (const auto& feature : catalog.features) {
    to.text(feature.name);
    to.text(feature.text);
  }
  for (const auto& [name, text] : config.let) {
    to.text(name);
    to.text(text.value);
  }
  for (const auto& [name, segment] : config.segments) {
    to.text(name);
    to.text(segment.when.value);
    to.text(segment.until ? segment.until->value : std::string());
    to.zigzag(segment.keep.count());
  }
  return hash64(all);
}

class Rules final : public Operator, public FactSource {
 public:
  using Config = RulesConfig;
  static constexpr std::string_view kName = "rules";
  static constexpr std::string_view kSummary =
      "Keeps profiles in segments by conditions on what they did, and says who enters and leaves.";

  Rules(const Config& config, Lane& lane)
      : config_(config),
        lane_(lane),
        table_(lane.catalog().expressions.aggregates),
        state_(lane.state<Memberships>(
            "segments",
            MembershipCodec(names_of(config.segments), definitions(config, lane.catalog())))),
        change_(lane.timer("change")),
        index_(config.segments.size()),
        words_((config.segments.size() + 63) / 64),
        timed_(words_),
        all_(words_),
        pending_(words_) {
    declare_segments();
    auto environment = planned_environment();
    for (const auto& [name, text] : config_.let) declare_let(name, text, environment);
    for (std::size_t i = 0; i < config_.segments.size(); ++i) compile_segment(i, environment);
    index_.finish(lane.catalog());
  }

  Verdict process(Event& event, Output& out) override {
    const Memberships& state = state_[event.slot];
    if (!state.complete || !event.merges.empty()) {
      look(event.slot, all_, true, out);
    } else if (lane_.due(event.slot, change_) <= lane_.now()) {
      // Time passed unseen by a tick: who asks at this event should not see the past.
      const auto at_event = index_.at(event);
      for (std::size_t word = 0; word < words_; ++word)
        pending_[word] = timed_[word] | at_event[word];
      look(event.slot, pending_, true, out);
    } else {
      look(event.slot, index_.at(event), false, out);
    }
    return Verdict::keep();
  }

  void on_timer(const Timer& timer, Output& out) override {
    look(timer.slot, state_[timer.slot].complete ? timed_ : all_, true, out);
  }

  // What the survivor is in is seen at the event that made them one.
  void on_merge(Slot into, Slot from, Output& out) override {
    const bool as_is = state_[into].empty();
    for (const Membership& one : state_[from].all())
      if (one.announced) out.exit(from, ids_[one.segment]);
    if (!as_is) return;
    for (const Membership& one : state_[from].all())
      if (one.announced) out.enter(into, ids_[one.segment]);
  }

  void show(Slot slot, ProfileView& view) const override {
    for (const Membership& one : state_[slot].all())
      if (one.announced) view.segments.push_back({config_.segments[one.segment].first, one.since});
  }

  bool in_segment(Slot slot, SegmentId segment) const override {
    return state_[slot].find(indexes_[segment]) != nullptr;
  }

 private:
  using Bits = std::vector<std::uint64_t>;
  static void set(Bits& bits, std::size_t i) { bits[i / 64] |= std::uint64_t{1} << i % 64; }

  // Construction
  // ---------------------------------------------------------------------------------

  void declare_segments() {
    for (const auto& [name, segment] : config_.segments) {
      const SegmentId id = lane_.catalog().declare_segment(name);
      if (lane_.facts().provided_segment(id))
        report(segment.when,
               "segments." + name,
               "a node before this one has a segment " + config::quote(name) + " already");
      lane_.facts().provide_segment(id, *this);
      if (indexes_.size() <= id) indexes_.resize(id + std::size_t{1});
      indexes_[id] = static_cast<SegmentIndex>(ids_.size());
      set(all_, ids_.size());
      ids_.push_back(id);
    }
  }

  // When the operator is made again, the catalog knows the features of nodes after this one, too: a
  // `let` goes before them.
  expression::Environment planned_environment() {
    auto environment = lane_.catalog().environment();
    if (lane_.planning()) return environment;
    std::erase_if(environment.features, [&](const auto& feature) {
      return std::any_of(config_.let.begin(), config_.let.end(), [&](const auto& one) {
        return one.first == feature.name;
      });
    });
    return environment;
  }

  void declare_let(const std::string& name,
                   const Text& text,
                   expression::Environment& environment) {
    const std::string path = "let." + name;
    const auto same = [&](const auto& feature) { return feature.name == name; };
    const auto& features = environment.features;
    if (std::any_of(features.begin(), features.end(), same))
      return report(text, path, "the feature " + config::quote(name) + " is defined already");
    if (!compile(lane_, text, path, environment, expression::Type::kAny)) return;
    environment.features.push_back({name, text.value});
  }

  void compile_segment(std::size_t i, const expression::Environment& environment) {
    const auto& [name, config] = config_.segments[i];
    const std::string path = "segments." + name;
    Segment& segment = segments_.emplace_back();
    dependents_.emplace_back(words_);
    segment.keep = config.keep;
    if (segment.keep.count() > 0) set(timed_, i);
    if (auto made = compile_condition(i, config.when, path + ".when", environment))
      segment.when = std::move(*made);
    if (config.until)
      segment.until = compile_condition(i, *config.until, path + ".until", environment);
  }

  std::optional<expression::Program> compile_condition(std::size_t i,
                                                       const Text& text,
                                                       const std::string& path,
                                                       const expression::Environment& environment) {
    auto program = compile(lane_, text, path, environment, expression::Type::kBool);
    if (!program) return program;
    for (const expression::SegmentId id : program->needs.segments) {
      const auto own = std::find(ids_.begin(), ids_.end(), id);
      if (own == ids_.end()) continue;
      const auto at = static_cast<std::size_t>(own - ids_.begin());
      if (at < i) {
        set(dependents_[at], i);
      } else {
        const std::string shown = config::quote(config_.segments[at].first);
        report(text,
               path,
               at == i ? "a segment cannot read itself" : "segment " + shown + " is defined later",
               "a segment can read those above it");
      }
    }
    for (const expression::FeatureId id : program->needs.percentiles)
      if (id >= environment.features.size() - config_.let.size())
        report(text, path, "percentile takes a feature of a features node, not a name of `let`");
    index_.add(i, *program, lane_);
    if (moves_with_time(*program, table_)) set(timed_, i);
    return program;
  }

  void report(const Text& text, const std::string& path, std::string what, std::string hint = {}) {
    lane_.report(text.problem({0, std::max<std::size_t>(text.value.size(), 1)},
                              lane_.path() + "." + path,
                              std::move(what),
                              std::move(hint)));
  }

  // Looking
  // --------------------------------------------------------------------------------------

  // Looks at these segments, and at those that read one which changes. `whole` says that they are
  // all that time can change, so that the timer can be set anew.
  void look(Slot slot, std::span<const std::uint64_t> which, bool whole, Output& out) {
    Time next = kNever;
    bool any = false;
    if (which.data() != pending_.data()) std::copy(which.begin(), which.end(), pending_.begin());
    for (std::size_t word = 0; word < words_; ++word) {
      while (pending_[word] != 0) {
        if (!std::exchange(any, true)) lane_.facts().point(slot, nullptr);
        const std::size_t i =
            word * 64 + static_cast<std::size_t>(std::countr_zero(pending_[word]));
        pending_[word] &= pending_[word] - 1;
        if (!look_at(slot, i, next, out)) continue;
        for (std::size_t later = word; later < words_; ++later)
          pending_[later] |= dependents_[i][later];
      }
    }
    if (whole) state_[slot].complete = true;
    if (whole || next < lane_.due(slot, change_)) lane_.set_timer(slot, change_, next);
  }

  // Whether the profile entered or left the segment. `next` becomes the earlier of itself and the
  // moment at which time may change it.
  bool look_at(Slot slot, std::size_t i, Time& next, Output& out) {
    const Segment& segment = segments_[i];
    const auto index = static_cast<SegmentIndex>(i);
    const Time now = lane_.now();
    Memberships& state = state_[slot];
    Membership* const in = state.find(index);
    const bool did = in != nullptr && in->lapsed == kNever;
    const Truth truth = segment.holds(table_, lane_.facts(), now, did);
    next = std::min(next, truth.until);
    if (in == nullptr) {
      if (!truth.value) return false;
      state.add({now, kNever, index, true});
      return enter(slot, i, out);
    }
    if (truth.value) {
      in->lapsed = kNever;
    } else {
      if (did) in->lapsed = now;
      const Time end = in->lapsed + segment.keep;
      if (end <= now) {
        const bool announced = in->announced;
        state.remove(index);
        return announced && exit(slot, i, out);
      }
      next = std::min(next, end);
    }
    if (in->announced) return false;
    in->announced = true;
    return enter(slot, i, out);
  }

  bool enter(Slot slot, std::size_t i, Output& out) {
    out.enter(slot, ids_[i]);
    tell(config_.segments[i].second.on_enter, slot, i, out);
    return true;
  }
  bool exit(Slot slot, std::size_t i, Output& out) {
    out.exit(slot, ids_[i]);
    tell(config_.segments[i].second.on_exit, slot, i, out);
    return true;
  }
  void tell(const std::optional<ActionConfig>& action, Slot slot, std::size_t i, Output& out) {
    if (!action) return;
    std::string body;
    JsonWriter(body)
        .object()
        .key("segment")
        .value(config_.segments[i].first)
        .key("profile")
        .value(profile_text(lane_.profile(slot)))
        .end();
    out.effect(slot, action->effect, body);
  }

  const Config config_;
  Lane& lane_;
  const expression::AggregateTable& table_;
  KeyedState<Memberships, MembershipCodec>& state_;
  const TimerId change_;
  std::vector<Segment> segments_;
  std::vector<SegmentId> ids_;         // by segment
  std::vector<SegmentIndex> indexes_;  // by SegmentId
  EventIndex index_;                   // event -> segments
  std::size_t words_;                  // of a set of segments
  std::vector<Bits> dependents_;       // segment -> segments of this node that read it
  Bits timed_;                         // those that time can change
  Bits all_;
  Bits pending_;  // scratch
};

}  // namespace

void add_rules(Registry& registry) { registry.add<Rules>(); }

}  // namespace millrace
