// bots: which events no person caused. Flags them for the nodes after it, and drops them, counted,
// only where it is told to: a person who is taken for a program must be found again.
#include "engine/base/codec.hpp"
#include "engine/base/compact_vector.hpp"
#include "engine/config/checker.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/enrichment/bot_agents.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace millrace {
namespace {

using config::EnumName;
using config::field;

enum class Action : std::uint8_t { kFlag, kDrop };
constexpr auto enum_names(Action) {
  return std::array{EnumName{"flag", Action::kFlag}, EnumName{"drop", Action::kDrop}};
}

struct RateConfig {
  std::uint32_t events = 300;
  Duration window = std::chrono::minutes(1);

  static constexpr auto fields() {
    return std::tuple{
        field("events",
              &RateConfig::events,
              "How many events of one profile within the window a person may cause; 0 means any.",
              {.max = 10'000}),
        field("window",
              &RateConfig::window,
              "The time that they are counted in, by their receipt.",
              {.min = std::chrono::seconds(1), .max = std::chrono::hours(24)}),
    };
  }
};

struct BotsConfig {
  Action action = Action::kFlag;
  std::vector<std::string> allow;
  RateConfig rate;
  std::uint32_t remembered = 4'096;

  static constexpr auto fields() {
    using P = BotsConfig;
    return std::tuple{
        field("action",
              &P::action,
              "What becomes of a bot's event: it is kept and flagged, or dropped."),
        field("allow",
              &P::allow,
              "Regular expressions (RE2) of user agents that are no bots, whatever they say.",
              {.max_items = 1'000}),
        field("rate", &P::rate, "How many events are too many for a person."),
        field("remembered",
              &P::remembered,
              "Different agents that each lane remembers what it found of; has no influence on "
              "what is found.",
              {.min = 1, .max = 1'048'576}),
    };
  }

  void check(config::Checker& checker) const {
    for (std::size_t i = 0; i < allow.size(); ++i)
      if (const re2::RE2 compiled(allow[i], re2::RE2::Quiet); !compiled.ok())
        checker.problem("allow[" + std::to_string(i) + "]",
                        "is not a regular expression: " + compiled.error());
  }
};

// When a profile's newest events were received, oldest first.
struct Receipts {
  static constexpr std::uint32_t kVersion = 1;

  CompactVector<Time> times;

  bool empty() const { return times.empty(); }
  std::size_t heap_bytes() const { return times.heap_bytes(); }
  void prefetch_heap() const { times.prefetch(); }

  std::uint32_t first_after(Time time) const {
    return static_cast<std::uint32_t>(std::upper_bound(times.begin(), times.end(), time) -
                                      times.begin());
  }
  void keep_newest(std::uint32_t count) {
    if (times.size() > count) times.erase(0, times.size() - count);
  }

  void encode(ByteWriter& to) const {
    to.varint(times.size());
    for (const Time time : times) to.time(time);
  }
  bool decode(ByteReader& from, std::uint32_t version) {
    if (version != kVersion) return false;
    for (std::uint64_t left = from.varint(); left > 0 && from.ok(); --left) {
      const Time time = from.time();
      if (!times.empty() && time < times.back()) from.fail();
      if (from.ok()) times.push_back(time);
    }
    return from.ok();
  }
};

struct ReceiptsCodec : MemberCodec<Receipts> {
  std::uint32_t newest = 0;

  void merge(Receipts& into, Receipts& from) const {
    if (into.empty()) std::swap(into.times, from.times);
    if (from.empty()) return;
    for (const Time time : from.times) into.times.insert(into.first_after(time), time);
    into.keep_newest(newest);
  }
};

class Bots final : public Operator {
 public:
  using Config = BotsConfig;
  static constexpr std::string_view kName = "bots";
  static constexpr std::string_view kSummary =
      "Flags or drops events of programs: by their user agent, or as too many for a person.";

  Bots(Config config, Lane& lane)
      : config_(std::move(config)),
        lane_(lane),
        agents_(config_.allow, config_.remembered),
        agent_(lane.field("context.userAgent")),
        kind_(lane.wanted(kKind)),
        declared_(lane.counter("declared")),
        headless_(lane.counter("headless")),
        too_fast_(lane.counter("rate")),
        receipts_(lane.state<Receipts>("receipts", ReceiptsCodec{{}, config_.rate.events})),
        forget_(lane.timer("forget")) {
    lane.enrich(std::array{kKind}, {});
  }

  Verdict process(Event& event, Output& /*out*/) override {
    if (event.kind >= EventKind::kDerived) return Verdict::keep();
    const bool too_fast = counts() && is_one_too_many(event.slot);
    const Value agent = event.value(agent_);
    switch (agent.is(ValueKind::kString) ? agents_.kind(agent.text()) : BotKind::kNone) {
      case BotKind::kDeclared:
        return found(event, declared_, "declared", "bot:declared");
      case BotKind::kHeadless:
        return found(event, headless_, "headless", "bot:headless");
      case BotKind::kNone:
        break;
    }
    return too_fast ? found(event, too_fast_, "rate", "bot:rate") : Verdict::keep();
  }

  void on_timer(const Timer& timer, Output& /*out*/) override {
    Receipts& receipts = receipts_[timer.slot];
    receipts.times.erase(0, receipts.first_after(lane_.now() - config_.rate.window));
    if (!receipts.empty()) set_timer(timer.slot, receipts.times[0]);
  }

 private:
  static constexpr std::string_view kKind = "context.bot.kind";

  bool counts() const { return config_.rate.events > 0; }

  Verdict found(Event& event,
                std::uint64_t& count,
                std::string_view kind,
                std::string_view reason) {
    ++count;
    if (config_.action == Action::kDrop) return Verdict::drop(reason);
    event.fill_in(kind_, Value::of(kind));
    return Verdict::keep();
  }

  // Whether as many as are a person's came within the window before this one.
  bool is_one_too_many(Slot slot) {
    Receipts& receipts = receipts_[slot];
    const std::uint32_t most = config_.rate.events;
    const std::uint32_t within =
        receipts.times.size() - receipts.first_after(lane_.now() - config_.rate.window);
    if (receipts.empty()) set_timer(slot, lane_.now());
    // Every so often, since forgetting moves all that stay.
    if (receipts.times.size() >= 2 * most) receipts.keep_newest(most - 1);
    receipts.times.push_back(lane_.now());
    return within >= most;
  }

  // Not for every event of a busy profile.
  void set_timer(Slot slot, Time oldest) {
    const Duration window = config_.rate.window;
    lane_.set_timer(slot, forget_, std::max(oldest + window, lane_.now() + window / 4));
  }

  const Config config_;
  Lane& lane_;
  BotAgents agents_;
  const FieldId agent_;
  const FieldId kind_;
  std::uint64_t& declared_;
  std::uint64_t& headless_;
  std::uint64_t& too_fast_;
  KeyedState<Receipts, ReceiptsCodec>& receipts_;
  const TimerId forget_;
};

}  // namespace

void add_bots(Registry& registry) { registry.add<Bots>(); }

}  // namespace millrace
