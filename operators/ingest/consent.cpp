// consent: what this topology may do with an event, by what its sender says about consent. A policy
// is rows of signal, purpose and decision; of those whose purpose the topology has, the first whose
// signal says no decides. It comes before `identify`, so that nobody learns whose a refused event
// was. The journal has the event as it came: how long, its retention says.
#include "engine/config/checker.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/ingest/anonymiser.hpp"
#include "operators/ingest/consent_signal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

using config::EnumName;
using config::field;

enum class Decision : std::uint8_t { kStore, kAnonymise, kDrop };
constexpr auto enum_names(Decision) {
  return std::array{EnumName{"store", Decision::kStore},
                    EnumName{"anonymise", Decision::kAnonymise},
                    EnumName{"drop", Decision::kDrop}};
}

enum class When : std::uint8_t { kDenied, kNotGranted };
constexpr auto enum_names(When) {
  return std::array{EnumName{"denied", When::kDenied}, EnumName{"not_granted", When::kNotGranted}};
}

struct Row {
  std::string signal;
  std::string purpose;
  Decision then = Decision::kStore;
  When when = When::kDenied;
  std::vector<std::string> sources;

  static constexpr auto fields() {
    return std::tuple{
        field("signal",
              &Row::signal,
              "What the sender says: dnt, gpc, anonymous, category:NAME, ad_user_data, "
              "ad_personalization, ad_storage, analytics_storage, or tcf:1 to tcf:24.",
              {.required = true}),
        field("purpose",
              &Row::purpose,
              "What it is about: one of `needs`. A purpose that the topology does not have makes "
              "the row idle.",
              {.required = true}),
        field("then", &Row::then, "What becomes of the event.", {.required = true}),
        field("when",
              &Row::when,
              "When the row decides: consent is denied; or it is not granted, which is also when "
              "nothing is said."),
        field("sources", &Row::sources, "The sources that the row is for; empty: all."),
    };
  }

  void check(config::Checker& checker) const {
    const auto parsed = ConsentSignal::parse(signal);
    if (!parsed)
      return checker.problem("signal",
                             "is no signal",
                             "dnt, gpc, anonymous, category:NAME, ad_user_data, "
                             "ad_personalization, ad_storage, analytics_storage, tcf:1 to tcf:24");
    if (when == When::kNotGranted && !parsed->can_grant())
      checker.problem("when", signal + " only ever denies, so it is never granted");
  }

  // Whether this row decides wherever the other could.
  bool covers(const Row& other) const {
    const auto is_ours = [&](const std::string& source) {
      return std::find(sources.begin(), sources.end(), source) != sources.end();
    };
    const bool all_sources =
        sources.empty() || (!other.sources.empty() &&
                            std::all_of(other.sources.begin(), other.sources.end(), is_ours));
    return signal == other.signal && purpose == other.purpose && all_sources &&
           (when == other.when || when == When::kNotGranted);
  }
};

struct ConsentConfig {
  std::vector<std::pair<std::string, bool>> needs;
  std::vector<Row> policy;
  config::Secret key;
  std::vector<std::string> take_out;

  static constexpr auto fields() {
    using P = ConsentConfig;
    return std::tuple{
        field("needs",
              &P::needs,
              "The purposes that policies speak of, and whether this topology has them: "
              "{analytics: true, advertising: false}.",
              {.required = true}),
        field("policy",
              &P::policy,
              "The first row that fits decides; an event that no row fits is stored.",
              {.max_items = 1'000}),
        field("key",
              &P::key,
              "At least 16 characters that visitors' daily pseudonyms are made with; with another "
              "key they are others. Needed to anonymise.",
              {.max_length = 1'024}),
        field("take_out",
              &P::take_out,
              "Paths of properties that anonymising removes as well, with all below them: "
              "[properties.email].",
              {.max_items = 1'000}),
    };
  }

  void check(config::Checker& checker) const {
    for (std::size_t i = 0; i < policy.size(); ++i) check_row(i, checker);
    for (const std::string& path : take_out)
      if (!parse_path(path))
        checker.problem("take_out", "'" + path + "' is not the path of a property");
    const bool anonymises = std::any_of(policy.begin(), policy.end(), [](const Row& row) {
      return row.then == Decision::kAnonymise;
    });
    constexpr std::size_t kKeyMin = 16;
    if (anonymises && key.reveal().size() < kKeyMin)
      checker.problem("key",
                      "must have at least 16 characters, for there are rows that anonymise",
                      "${env:NAME} or ${file:PATH} takes it from outside this file");
  }

  void check_row(std::size_t i, config::Checker& checker) const {
    const std::string at = fmt::format("policy[{}]", i);
    std::vector<std::string_view> purposes;
    for (const auto& [purpose, needed] : needs) purposes.push_back(purpose);
    if (std::find(purposes.begin(), purposes.end(), policy[i].purpose) == purposes.end())
      checker.problem(at + ".purpose",
                      config::quote(policy[i].purpose) + " is not a purpose in `needs`",
                      config::did_you_mean(policy[i].purpose, purposes));
    for (std::size_t before = 0; before < i; ++before)
      if (policy[before].covers(policy[i]))
        return checker.problem(at,
                               fmt::format("never decides: row {} says of the same signal and "
                                           "purpose what to do",
                                           before + 1));
  }
};

class ConsentGate final : public Operator {
 public:
  using Config = ConsentConfig;
  static constexpr std::string_view kName = "consent";
  static constexpr std::string_view kSummary =
      "Stores, anonymises or drops events by what their senders say about consent.";
  static constexpr Stage kStage = Stage::kIngest;

  ConsentGate(const Config& config, Lane& lane)
      : anonymised_(lane.counter("anonymised")),
        anonymiser_(config.key.reveal(), config.take_out, lane) {
    for (const Row& row : config.policy) {
      const auto needed = std::find_if(config.needs.begin(),
                                       config.needs.end(),
                                       [&](const auto& need) { return need.first == row.purpose; });
      if (!needed->second) continue;
      const ConsentSignal signal = *ConsentSignal::parse(row.signal);
      rows_.push_back({signal,
                       lane.field(signal.path()),
                       row.when,
                       row.then,
                       row.sources,
                       "consent_denied:" + row.signal,
                       "consent_anonymised:" + row.signal});
    }
  }

  Verdict process(Event& event, Output& /*out*/) override {
    const auto row = std::find_if(
        rows_.begin(), rows_.end(), [&](const Rule& rule) { return rule.decides(event); });
    if (row == rows_.end() || row->then == Decision::kStore) return Verdict::keep();
    if (row->then == Decision::kDrop) return Verdict::drop(row->denied);
    // They only say who somebody is.
    if (event.kind == EventKind::kIdentify || event.kind == EventKind::kGroup ||
        event.kind == EventKind::kAlias)
      return Verdict::drop(row->anonymised);
    anonymiser_.anonymise(event);
    ++anonymised_;
    return Verdict::keep();
  }

 private:
  struct Rule {
    ConsentSignal signal;
    FieldId field;
    When when;
    Decision then;
    std::vector<std::string> sources;
    std::string denied;      // the reason of an event that it drops
    std::string anonymised;  // and of one that would be nothing without its identifiers

    bool decides(const Event& event) const {
      if (!sources.empty() &&
          std::find(sources.begin(), sources.end(), event.source) == sources.end())
        return false;
      const Consent consent = signal.read(event.value(field));
      return consent == Consent::kDenied ||
             (when == When::kNotGranted && consent == Consent::kNothing);
    }
  };

  std::uint64_t& anonymised_;
  Anonymiser anonymiser_;
  std::vector<Rule> rows_;  // whose purposes the topology has
};

}  // namespace

void add_consent(Registry& registry) { registry.add<ConsentGate>(); }

}  // namespace millrace
