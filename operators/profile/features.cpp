// Remembers what expressions ask of a profile: counts and sums over windows, traits, and which
// categories it likes. Segments, filters and models after this node read it through the lane's
// facts.
//
// Everything is stated as expressions. `define` names some; recency, frequency, monetary and
// sessions are named beforehand, and cost nothing until something reads them.
#include "engine/expression/evaluator.hpp"
#include "engine/operator/lane_expression.hpp"
#include "engine/operator/profile_view.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/profile/affinity.hpp"
#include "operators/profile/features_config.hpp"
#include "operators/profile/traits.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using config::Text;

constexpr std::string_view kTopCategory = "top_category";
// A weight that decayed this far says nothing any more.
constexpr double kLeastWeight = 1e-3;
constexpr Duration kTrimMin = std::chrono::hours(24);

// The expression language's own reading of a path.
std::string field_path(const std::string& path) {
  for (const std::string_view part : {"properties.", "context.", "traits."})
    if (path.starts_with(part)) return path;
  return "properties." + path;
}

bool is_identifier(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

struct CountsCodec {
  static constexpr std::uint32_t kVersion = 1;
  const expression::AggregateTable* table;
  const Lane* lane;

  bool empty(const expression::AggregateState& state) const {
    return state.empty() || state.idle(*table);
  }
  void encode(const expression::AggregateState& state, ByteWriter& to) const {
    state.encode(*table, to);
  }
  bool decode(expression::AggregateState& state, ByteReader& from, std::uint32_t version) const {
    return version == kVersion && state.decode(*table, from);
  }
  void merge(expression::AggregateState& into, const expression::AggregateState& from) const {
    into.merge(*table, from, lane->now());
  }
  std::size_t heap_bytes(const expression::AggregateState& state) const {
    return state.memory_bytes() - sizeof state;
  }
};

struct TraitsCodec {
  static constexpr std::uint32_t kVersion = Traits::kVersion;
  const NameTable* names;

  bool empty(const Traits& traits) const { return traits.empty(); }
  void encode(const Traits& traits, ByteWriter& to) const { traits.encode(*names, to); }
  bool decode(Traits& traits, ByteReader& from, std::uint32_t version) const {
    return traits.decode(*names, from, version);
  }
  void merge(Traits& into, const Traits& from) const { into.merge(from); }
  std::size_t heap_bytes(const Traits& traits) const { return traits.heap_bytes(); }
};

struct AffinityCodec : MemberCodec<Affinity> {
  Duration half_life;
  std::size_t categories_max;

  void merge(Affinity& into, const Affinity& from) const {
    into.merge(from, half_life, categories_max);
  }
};

class Features final : public Operator, public FactSource {
 public:
  using Config = FeaturesConfig;
  static constexpr std::string_view kName = "features";
  static constexpr std::string_view kSummary =
      "Remembers what expressions ask of a profile: windowed counts and sums, traits, liked "
      "categories.";

  Features(const Config& config, Lane& lane)
      : config_(config),
        lane_(lane),
        table_(lane.catalog().expressions.aggregates),
        counts_(lane.state<expression::AggregateState>("counts", CountsCodec{&table_, &lane})),
        traits_(lane.state<Traits>("traits", TraitsCodec{&lane.catalog().expressions.traits})),
        affinity_(lane.state<Affinity>(
            "affinity",
            AffinityCodec{{}, config.affinity.half_life, config.affinity.categories_max})),
        trim_(lane.timer("trim")),
        top_category_(lane.catalog().expressions.traits.add(kTopCategory)),
        coarsened_(lane.counter("coarsened")) {
    if (!lane.facts().provide(Fact::kAggregates, *this) ||
        !lane.facts().provide(Fact::kTraits, *this)) {
      lane.report({.path = lane.path(),
                   .what = "a node before this one keeps features already",
                   .hint = "one is enough: put its definitions together"});
      return;
    }
    declare_shop();
    for (const auto& [name, text] : config.define) declare(name, text);
    read_weights();
    read_traits();
    if (!lane.planning()) find_shown();
    trim_after_ = shortest_horizon();
  }

  Verdict process(Event& event, Output&) override {
    if (event.kind == EventKind::kIdentify) learn(event);
    if (event.kind == EventKind::kTrack || event.kind == EventKind::kPage ||
        event.kind == EventKind::kScreen || event.kind == EventKind::kDerived) {
      LaneFacts& facts = lane_.facts();
      facts.point(event.slot, &event);
      coarsened_ += expression::feed(table_, facts, counts_[event.slot], nullptr);
      weigh(event);
      if (lane_.due(event.slot, trim_) == kNever)
        lane_.set_timer(event.slot, trim_, lane_.now() + trim_after_);
    }
    return Verdict::keep();
  }

  void on_timer(const Timer& timer, Output&) override {
    const Time now = lane_.now();
    Time next = counts_[timer.slot].expire(table_, now);
    Affinity& affinity = affinity_[timer.slot];
    const Duration half_life = config_.affinity.half_life;
    if (!affinity.expire(now, half_life, kLeastWeight)) next = std::min(next, now + 10 * half_life);
    if (next != kNever) lane_.set_timer(timer.slot, trim_, std::max(next, now + kTrimMin));
  }

  void show(Slot slot, ProfileView& view) const override {
    const Time now = lane_.now();
    lane_.facts().point(slot, nullptr);
    for (const auto& [name, program] : shown_) {
      const Value value = expression::evaluate(program, table_, lane_.facts(), now).value;
      if (program.type == expression::Type::kDuration && value.is(ValueKind::kNumber)) {
        const Duration length(static_cast<std::int64_t>(value.number()));
        view.put("features", name, Value::of(std::string_view(format_duration(length))));
      } else {
        view.put("features", name, value);
      }
    }
    for (const auto& [trait, field] : learned_)
      view.put("traits", lane_.catalog().expressions.traits.text(trait), traits_[slot].get(trait));
    view.put("features", kTopCategory, trait(slot, top_category_));
    affinity_[slot].each([&](const Affinity::Category& one) {
      view.put("affinity",
               one.name,
               Value::of(affinity_[slot].weight_at(one, now, config_.affinity.half_life)));
    });
  }

  const expression::AggregateState* aggregates(Slot slot) const override { return &counts_[slot]; }
  Value trait(Slot slot, NameId trait) const override {
    if (trait != top_category_) return traits_[slot].get(trait);
    const auto top = affinity_[slot].top();
    return top ? Value::of(top->name) : Value();
  }
  bool trait_moves(NameId trait) const override { return trait == top_category_; }

 private:
  struct Weight {
    NameId event;
    FieldId category;
    double weight;
  };
  struct TraitField {
    NameId trait;
    FieldId field;
  };

  // The names that every shop uses, unless `define` says otherwise.
  void declare_shop() {
    const Text& purchase = config_.purchase;
    if (known(purchase.value, purchase, "purchase")) {
      declare_unless_defined("recency", "since(" + purchase.value + ")");
      declare_unless_defined("frequency", "count(" + purchase.value + ")");
      declare_unless_defined("monetary", "sum(" + purchase.value + "." + config_.value + ")");
    }
    if (lane_.catalog().event("session_start") != kOtherName)
      declare_unless_defined("sessions", "count(session_start)");
  }
  void declare_unless_defined(std::string_view name, const std::string& text) {
    const auto same = [&](const auto& one) { return one.first == name; };
    if (std::none_of(config_.define.begin(), config_.define.end(), same))
      lane_.catalog().declare_feature(name, text);
  }

  // Whether the topology has the event. That it has not is a problem where somebody wrote it down.
  bool known(std::string_view identifier, const Text& written, std::string_view path) {
    if (lane_.catalog().event(identifier) != kOtherName) return true;
    if (written.node)
      report(written, path, "unknown event " + config::quote(identifier), identifier);
    return false;
  }
  void report(const Text& text,
              std::string_view path,
              std::string what,
              std::string_view meant = {}) {
    const auto identifiers = lane_.catalog().event_identifiers();
    lane_.report(text.problem({0, std::max<std::size_t>(text.value.size(), 1)},
                              lane_.path() + "." + std::string(path),
                              std::move(what),
                              config::did_you_mean(meant, identifiers)));
  }

  void declare(const std::string& name, const Text& text) {
    const std::string path = "define." + name;
    if (!is_identifier(name))
      return report(text, path, "a feature's name is made of letters, digits and _");
    if (name == "any" || lane_.catalog().event(name) != kOtherName)
      return report(text, path, config::quote(name) + " is an event already");
    if (!compile(lane_, text, path, environment_before(name), expression::Type::kAny)) return;
    if (!lane_.catalog().declare_feature(name, text.value))
      report(text, path, "the feature " + config::quote(name) + " is defined already");
  }
  // When the operator is made again, the catalog knows all features already.
  expression::Environment environment_before(std::string_view name) {
    auto environment = lane_.catalog().environment();
    auto& features = environment.features;
    const auto at = std::find_if(
        features.begin(), features.end(), [&](const auto& one) { return one.name == name; });
    features.erase(at, features.end());
    return environment;
  }

  // Those that nothing reads are not shown: nothing is kept for them.
  void find_shown() {
    for (const auto& feature : lane_.catalog().features)
      if (auto program = compile_to_look(lane_, feature.text, environment_before(feature.name)))
        shown_.emplace_back(feature.name, std::move(*program));
  }

  void read_weights() {
    for (const auto& [identifier, weight] : config_.affinity.weights) {
      const NameId event = lane_.catalog().event(identifier);
      const std::string& path = weight.category.empty() ? config_.category : weight.category;
      if (event != kOtherName) {
        weights_.push_back({event, lane_.field(field_path(path)), weight.weight});
      } else if (!is_default(identifier)) {
        lane_.report(
            {.path = lane_.path() + ".affinity.weights." + identifier,
             .what = "unknown event " + config::quote(identifier),
             .hint = config::did_you_mean(identifier, lane_.catalog().event_identifiers())});
      }
    }
  }
  static bool is_default(std::string_view identifier) {
    const AffinityConfig defaults;
    return std::any_of(defaults.weights.begin(), defaults.weights.end(), [&](const auto& one) {
      return one.first == identifier;
    });
  }

  void read_traits() {
    for (const std::string& name : config_.traits) lane_.catalog().expressions.traits.add(name);
    const NameTable& names = lane_.catalog().expressions.traits;
    for (std::size_t trait = kAliasName + 1; trait < names.size(); ++trait) {
      if (trait == top_category_) continue;
      const auto id = static_cast<NameId>(trait);
      learned_.push_back({id, lane_.field("traits." + std::string(names.text(id)))});
    }
  }

  Duration shortest_horizon() const {
    Duration shortest = config_.affinity.half_life * 10;
    for (std::size_t id = 0; id < table_.streams(); ++id)
      if (const Duration horizon = table_.layout(static_cast<expression::StreamId>(id)).horizon;
          horizon.count() > 0)
        shortest = std::min(shortest, horizon);
    return std::max(shortest, kTrimMin);
  }

  void learn(const Event& event) {
    for (const auto& [trait, field] : learned_) traits_[event.slot].set(trait, event.value(field));
  }

  void weigh(const Event& event) {
    for (const Weight& one : weights_) {
      if (one.event != event.name) continue;
      const Value category = event.value(one.category);
      if (!category.is(ValueKind::kString) || category.text().empty()) return;
      affinity_[event.slot].add(category.text(),
                                one.weight,
                                event.time,
                                config_.affinity.half_life,
                                config_.affinity.categories_max);
      return;
    }
  }

  const Config config_;
  Lane& lane_;
  const expression::AggregateTable& table_;
  KeyedState<expression::AggregateState, CountsCodec>& counts_;
  KeyedState<Traits, TraitsCodec>& traits_;
  KeyedState<Affinity, AffinityCodec>& affinity_;
  const TimerId trim_;
  const NameId top_category_;
  std::uint64_t& coarsened_;  // windows that became approximate for want of room
  std::vector<Weight> weights_;
  std::vector<TraitField> learned_;
  std::vector<std::pair<std::string, expression::Program>> shown_;  // features, as declared
  Duration trim_after_{};
};

}  // namespace

void add_features(Registry& registry) { registry.add<Features>(); }

}  // namespace millrace
