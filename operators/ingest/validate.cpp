// validate: holds events to what a tracking plan says of their properties, before anybody learns
// from them. Stateless. A property that is null counts as missing, as it does in expressions.
#include "engine/config/checker.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace millrace {
namespace {

using config::EnumName;
using config::field;

enum class Type : std::uint8_t { kString, kNumber, kInteger, kBoolean, kTime, kListOrObject };
constexpr auto enum_names(Type) {
  return std::array{EnumName{"string", Type::kString},
                    EnumName{"number", Type::kNumber},
                    EnumName{"integer", Type::kInteger},
                    EnumName{"boolean", Type::kBoolean},
                    EnumName{"time", Type::kTime},
                    EnumName{"list_or_object", Type::kListOrObject}};
}
constexpr std::string_view phrase(Type type) {
  constexpr std::array<std::string_view, 6> kPhrases = {
      "a string", "a number", "a whole number", "a boolean", "a time", "a list or an object"};
  return kPhrases[static_cast<std::size_t>(type)];
}

enum class Action : std::uint8_t { kReject, kFlag };
constexpr auto enum_names(Action) {
  return std::array{EnumName{"reject", Action::kReject}, EnumName{"flag", Action::kFlag}};
}

enum class Unknown : std::uint8_t { kAllow, kReject };
constexpr auto enum_names(Unknown) {
  return std::array{EnumName{"allow", Unknown::kAllow}, EnumName{"reject", Unknown::kReject}};
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

struct PropertyRule {
  bool required = false;
  std::optional<Type> type;
  std::optional<double> min;
  std::optional<double> max;
  std::vector<std::string> one_of;
  std::string pattern;
  std::optional<std::uint32_t> max_length;

  static constexpr auto fields() {
    using P = PropertyRule;
    return std::tuple{
        field("required", &P::required, "Whether the event must have the property."),
        field(
            "type", &P::type, "What its value must be; follows from the other rules if left out."),
        field("min", &P::min, "Smallest number that it may be."),
        field("max", &P::max, "Largest number that it may be."),
        field("one_of", &P::one_of, "The texts that it may be; empty: any."),
        field(
            "pattern", &P::pattern, "A regular expression (RE2) that all of its text must match."),
        field("max_length", &P::max_length, "Most characters that its text may have."),
    };
  }

  bool for_numbers() const { return min || max; }
  bool for_text() const { return !one_of.empty() || !pattern.empty() || max_length; }

  void check(config::Checker& checker) const {
    const bool number = type == Type::kNumber || type == Type::kInteger;
    if (for_numbers() && type && !number) checker.problem("type", "min and max are for numbers");
    if (for_text() && type && type != Type::kString)
      checker.problem("type", "one_of, pattern and max_length are for strings");
    if (for_numbers() && for_text()) checker.problem("", "no value is both a number and a string");
    if (min && max && *min > *max) checker.problem("max", "is smaller than min");
    const re2::RE2 compiled(piece(pattern), re2::RE2::Quiet);
    if (!compiled.ok())
      checker.problem("pattern", "is not a regular expression: " + compiled.error());
  }
};

struct ValidateConfig {
  using Properties = std::vector<std::pair<std::string, PropertyRule>>;

  Action action = Action::kReject;
  Unknown unknown_events = Unknown::kAllow;
  std::vector<std::pair<std::string, Properties>> events;

  static constexpr auto fields() {
    using P = ValidateConfig;
    return std::tuple{
        field("action",
              &P::action,
              "What becomes of an event that breaks a rule: reject it, or keep it and count it as "
              "`flagged`."),
        field("unknown_events",
              &P::unknown_events,
              "What becomes of track events that `events` does not list; reject follows `action`."),
        field("events",
              &P::events,
              "For each event, by its identifier in this topology: rules by property path."),
    };
  }

  void check(config::Checker& checker) const {
    for (const auto& [event, properties] : events)
      for (const auto& [path, rule] : properties)
        if (!parse_path(path))
          checker.problem("events." + event, "'" + path + "' is not the path of a property");
  }
};

struct Broken {
  std::string_view reason;
  std::string what;
};

std::string show(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kString:
      return config::quote(value.text());
    case ValueKind::kNumber:
      return fmt::format("{}", value.number());
    case ValueKind::kBool:
      return value.boolean() ? "true" : "false";
    default:
      return std::string(kind_name(value.kind()));
  }
}

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// What one property of one event must keep to.
class Rule {
 public:
  Rule(std::string path, PropertyRule wanted, Lane& lane)
      : path_(std::move(path)), wanted_(std::move(wanted)), field_(lane.field(path_)) {
    if (!wanted_.type && wanted_.for_numbers()) wanted_.type = Type::kNumber;
    if (!wanted_.type && wanted_.for_text()) wanted_.type = Type::kString;
    if (!wanted_.pattern.empty())
      pattern_ = std::make_unique<re2::RE2>(piece(wanted_.pattern), re2::RE2::Quiet);
  }

  const std::string& path() const { return path_; }

  std::optional<Broken> check(const Event& event) const {
    const Value value = event.value(field_);
    if (!value.present()) {
      if (!wanted_.required) return std::nullopt;
      return Broken{"validate:missing_property", "is required and missing"};
    }
    if (wanted_.type && !is(value, *wanted_.type))
      return Broken{"validate:wrong_type",
                    fmt::format("must be {}, not {}", phrase(*wanted_.type), show(value))};
    if (wanted_.for_numbers()) return check_number(value.number());
    if (wanted_.for_text()) return check_text(value.text());
    return std::nullopt;
  }

 private:
  static bool is(const Value& value, Type type) {
    switch (type) {
      case Type::kString:
        return value.is(ValueKind::kString);
      case Type::kNumber:
        return value.is(ValueKind::kNumber);
      case Type::kInteger:
        return value.is(ValueKind::kNumber) && std::trunc(value.number()) == value.number();
      case Type::kBoolean:
        return value.is(ValueKind::kBool);
      case Type::kTime:
        return value.is(ValueKind::kString) && parse_time(value.text());
      case Type::kListOrObject:
        return value.is(ValueKind::kOther);
    }
    return false;
  }

  std::optional<Broken> check_number(double number) const {
    if (wanted_.min && number < *wanted_.min)
      return Broken{"validate:out_of_range",
                    fmt::format("must be at least {}, not {}", *wanted_.min, number)};
    if (wanted_.max && number > *wanted_.max)
      return Broken{"validate:out_of_range",
                    fmt::format("must be at most {}, not {}", *wanted_.max, number)};
    return std::nullopt;
  }

  std::optional<Broken> check_text(std::string_view text) const {
    if (wanted_.max_length)
      if (const std::size_t length = length_of(text); length > *wanted_.max_length)
        return Broken{"validate:too_long",
                      fmt::format("may have {} characters, not {}", *wanted_.max_length, length)};
    const auto& allowed = wanted_.one_of;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), text) == allowed.end())
      return Broken{
          "validate:not_allowed",
          fmt::format("must be one of {}, not {}", fmt::join(allowed, ", "), config::quote(text))};
    if (pattern_ != nullptr && !re2::RE2::FullMatch(piece(text), *pattern_))
      return Broken{"validate:pattern",
                    fmt::format("must match {}, not {}", wanted_.pattern, config::quote(text))};
    return std::nullopt;
  }

  std::string path_;
  PropertyRule wanted_;
  FieldId field_;
  std::unique_ptr<re2::RE2> pattern_;
};

class Validate final : public Operator {
 public:
  using Config = ValidateConfig;
  static constexpr std::string_view kName = "validate";
  static constexpr std::string_view kSummary =
      "Rejects or flags events whose properties are not what the tracking plan says.";
  static constexpr Stage kStage = Stage::kIngest;

  Validate(const Config& config, Lane& lane)
      : action_(config.action), unknown_(config.unknown_events), flagged_(lane.counter("flagged")) {
    for (const auto& [identifier, properties] : config.events) {
      const NameId name = lane.catalog().event(identifier);
      if (name == kOtherName) {
        report_unknown(identifier, lane);
        continue;
      }
      if (plans_.size() <= name) plans_.resize(name + std::size_t{1});
      Plan& plan = plans_[name].emplace(Plan{identifier, {}});
      for (const auto& [path, rule] : properties) plan.rules.emplace_back(path, rule, lane);
    }
  }

  Verdict process(Event& event, Output& /*out*/) override {
    if (event.kind >= EventKind::kDerived) return Verdict::keep();
    if (event.name >= plans_.size() || !plans_[event.name]) {
      if (unknown_ == Unknown::kAllow || event.kind != EventKind::kTrack) return Verdict::keep();
      return refuse("validate:unknown_event",
                    config::quote(event.name_text) + " is not an event of the tracking plan");
    }
    const Plan& plan = *plans_[event.name];
    for (const Rule& rule : plan.rules)
      if (auto broken = rule.check(event))
        return refuse(broken->reason,
                      fmt::format("{}: {} {}", plan.identifier, rule.path(), broken->what));
    return Verdict::keep();
  }

 private:
  struct Plan {
    std::string identifier;
    std::vector<Rule> rules;
  };

  static void report_unknown(const std::string& identifier, Lane& lane) {
    const auto known = lane.catalog().event_identifiers();
    lane.report({.path = lane.path() + ".events." + identifier,
                 .what = "there is no event " + config::quote(identifier),
                 .hint = config::did_you_mean(identifier, known)});
  }

  Verdict refuse(std::string_view reason, std::string detail) {
    if (action_ == Action::kReject) return Verdict::reject(reason, std::move(detail));
    ++flagged_;
    return Verdict::keep();
  }

  const Action action_;
  const Unknown unknown_;
  std::uint64_t& flagged_;
  std::vector<std::optional<Plan>> plans_;  // by NameId
};

}  // namespace

void add_validate(Registry& registry) { registry.add<Validate>(); }

}  // namespace millrace
