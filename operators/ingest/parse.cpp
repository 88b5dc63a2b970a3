// parse: makes events of hits in the Segment spec's JSON (segment.com/docs/connections/spec): one
// event, or {"batch": [events]} whose `context`, `integrations`, `sentAt` and `writeKey` hold for
// every event that does not say otherwise, field by field. A body that is one event may leave its
// type to the path that it came by, but not contradict it: who says two things is not guessed at.
//
// An event is refused, alone, as one of
//   not_an_event event_too_large unknown_type type_mismatch missing_ids id_too_long missing_event
//   missing_group_id missing_previous_id name_too_long message_id_too_long too_far_in_the_future
//   too_old
// and a hit, whole, because nobody knows how many events it holds, as empty_batch or what
// engine/event/json_projector.hpp says. What a collector refused already is rejected for its
// reason.
#include "engine/base/codec.hpp"
#include "engine/base/hash.hpp"
#include "engine/event/json_projector.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/ingest/event_time.hpp"
#include "operators/ingest/parse_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace millrace {
namespace {

// What every event is read for, behind the topology's own fields; the order of kFixed.
enum class Fixed : std::size_t {
  kType,
  kEvent,
  kName,
  kMessageId,
  kUserId,
  kAnonymousId,
  kPreviousId,
  kGroupId,
  kTimestamp,
  kOriginalTimestamp,
  kSentAt,
};

struct FixedField {
  std::string_view key;
  JsonRead read;
};
constexpr std::array<FixedField, 11> kFixed = {{{"type", JsonRead::kPlain},
                                                {"event", JsonRead::kText},
                                                {"name", JsonRead::kText},
                                                {"messageId", JsonRead::kText},
                                                {"userId", JsonRead::kText},
                                                {"anonymousId", JsonRead::kText},
                                                {"previousId", JsonRead::kText},
                                                {"groupId", JsonRead::kText},
                                                {"timestamp", JsonRead::kTime},
                                                {"originalTimestamp", JsonRead::kTime},
                                                {"sentAt", JsonRead::kTime}}};

constexpr std::array<std::string_view, 4> kMerged = {
    "context", "integrations", "sentAt", "writeKey"};

// By EventKind.
constexpr std::array<std::string_view, 6> kTypes = {
    "track", "page", "screen", "identify", "group", "alias"};

constexpr std::array<NameId, 6> kNames = {
    kOtherName, kPageName, kScreenName, kIdentifyName, kGroupName, kAliasName};

std::optional<EventKind> kind_of(const Value& type) {
  if (!type.is(ValueKind::kString)) return std::nullopt;
  const auto at = std::find(kTypes.begin(), kTypes.end(), type.text());
  if (at == kTypes.end()) return std::nullopt;
  return static_cast<EventKind>(at - kTypes.begin());
}

std::string_view trimmed(const Value& value) {
  if (!value.is(ValueKind::kString)) return {};
  const auto text = value.text();
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

// The fields within `traits`, which Rudder's SDKs put into the context of an identify call.
std::vector<std::size_t> traits_of(const Projection& projection) {
  std::vector<std::size_t> traits;
  for (std::size_t i = 0; i < projection.size(); ++i)
    if (projection.fields()[i].steps.front().key == "traits") traits.push_back(i);
  return traits;
}

// The topology's own, kFixed, and where else traits may be.
std::vector<JsonField> fields_to_read(const Projection& projection) {
  auto fields = json_fields(projection);
  for (const auto& [key, read] : kFixed) fields.push_back({{PathStep{std::string(key)}}, read});
  for (const auto field : traits_of(projection)) {
    fields.push_back(fields[field]);
    auto& steps = fields.back().steps;
    steps.insert(steps.begin(), PathStep{"context"});
  }
  return fields;
}

Value text_or_missing(std::string_view text) { return text.empty() ? Value() : Value::of(text); }
Value true_or_missing(bool truth) { return truth ? Value::of(true) : Value(); }

// What the collector knows of the sender stands in for what the event does not say. Where an
// address is it knows of its own connection only, which is not that of an event with an address.
struct Fact {
  std::string_view path;
  Value (*of)(const Hit&);
};
constexpr std::array<Fact, 5> kFacts = {{
    {"context.ip", [](const Hit& hit) { return text_or_missing(hit.address); }},
    {"context.userAgent", [](const Hit& hit) { return text_or_missing(hit.user_agent); }},
    {"context.protocol", [](const Hit& hit) { return text_or_missing(hit.protocol); }},
    {"context.privacy.dnt", [](const Hit& hit) { return true_or_missing(hit.do_not_track); }},
    {"context.privacy.gpc", [](const Hit& hit) { return true_or_missing(hit.privacy_control); }},
}};
constexpr std::array<Fact, 4> kPlaces = {{
    {"context.location.country",
     [](const Hit& hit) { return text_or_missing(hit.location.country); }},
    {"context.location.region",
     [](const Hit& hit) { return text_or_missing(hit.location.region); }},
    {"context.location.city", [](const Hit& hit) { return text_or_missing(hit.location.city); }},
    {"context.location.asn", [](const Hit& hit) { return text_or_missing(hit.location.asn); }},
}};
using FactList = std::vector<std::pair<FieldId, Value (*)(const Hit&)>>;  // by field

// Those that somebody reads.
template <std::size_t n>
FactList facts_to_fill_in(const std::array<Fact, n>& facts, const Lane& lane) {
  FactList list;
  for (const auto& [path, of] : facts)
    if (const FieldId field = lane.wanted(path); field != kNoField) list.emplace_back(field, of);
  return list;
}

struct Refusal {
  std::string_view reason;
  std::string detail;
};
using Refused = std::optional<Refusal>;

class Parse final : public Parser {
 public:
  using Config = ParseConfig;
  static constexpr std::string_view kName = "parse";
  static constexpr std::string_view kSummary = "Makes events of hits in the Segment spec's JSON.";

  // The lane's topology is planned: its fields and names are all there.
  Parse(Config config, Lane& lane)
      : config_(config),
        names_(lane.catalog().names),
        width_(lane.catalog().projection.size()),
        traits_(traits_of(lane.catalog().projection)),
        times_{config.skew_threshold, config.max_future, config.max_age, config.max_correction},
        projector_(fields_to_read(lane.catalog().projection),
                   "batch",
                   {config.max_body.bytes, config.max_events, config.max_depth}),
        address_(lane.wanted(kAddress)),
        facts_(facts_to_fill_in(kFacts, lane)),
        places_(facts_to_fill_in(kPlaces, lane)) {
    for (const auto& place : kPlaces) lane.enrich(std::array{place.path}, std::array{kAddress});
    for (std::size_t i = 0; i < width_; ++i) {
      const std::string& key = lane.catalog().projection.fields()[i].steps.front().key;
      if (std::count(kMerged.begin(), kMerged.end(), key) > 0) merged_.push_back(i);
    }
  }

  void parse(const Hit& hit, Position position, Batch& into) override {
    if (hit.kind == HitKind::kRefused)
      return refuse(into, position, 0, {hit.reason, std::string(hit.body)});
    if (!projector_.read(hit.body, into.arena)) {
      const auto& fault = projector_.fault();
      return refuse(into,
                    position,
                    0,
                    {fault.reason, fmt::format("{} at byte {}", fault.what, fault.offset)});
    }
    const auto rows = projector_.rows();
    if (!projector_.has_rows()) {
      add(hit, projector_.top(), nullptr, {position, 0}, into);
    } else if (rows.empty()) {
      refuse(into, position, 0, {"empty_batch", "the batch has no events"});
    }
    for (std::size_t i = 0; i < rows.size(); ++i)
      add(hit, rows[i], &projector_.top(), {position, static_cast<std::uint32_t>(i)}, into);
  }

 private:
  static constexpr std::string_view kAddress = "context.ip";

  struct Place {
    Position position;
    std::uint32_t index;
  };

  static void refuse(Batch& into, Position position, std::uint32_t index, Refusal refusal) {
    into.rejects.push_back({position, index, "parse", refusal.reason, std::move(refusal.detail)});
  }

  void add(const Hit& hit, const JsonRow& row, const JsonRow* top, Place place, Batch& into) {
    Event& event = into.events.emplace_back();
    event.position = place.position;
    event.index = place.index;
    if (Refused refused = fill(hit, row, top, event, into.arena)) {
      into.events.pop_back();
      refuse(into, place.position, place.index, std::move(*refused));
    }
  }

  Refused fill(const Hit& hit, const JsonRow& row, const JsonRow* top, Event& event, Arena& arena) {
    if (!row.is_object)
      return Refusal{"not_an_event", fmt::format("no object at byte {}", row.offset)};
    if (row.size > config_.max_event.bytes)
      return Refusal{"event_too_large",
                     fmt::format("{} bytes, {} are allowed", row.size, config_.max_event.bytes)};
    event.source = hit.source;
    event.received = hit.received;
    if (Refused refused = read_kind(hit, row, top, event)) return refused;
    if (Refused refused = read_ids(hit, row, event)) return refused;
    if (Refused refused = read_message_id(row, event, arena)) return refused;
    if (Refused refused = read_times(row, top, event)) return refused;
    event.values = copy_values(hit, row, top, event.kind, arena);
    return std::nullopt;
  }

  const Value& fixed(const JsonRow& row, Fixed field) const {
    return row.values[width_ + static_cast<std::size_t>(field)];
  }

  Refused read_kind(const Hit& hit, const JsonRow& row, const JsonRow* top, Event& event) const {
    const Value& said = fixed(row, Fixed::kType);
    const bool implied = top == nullptr && !hit.endpoint.empty();
    const Value type = implied && !said.present() ? Value::of(hit.endpoint) : said;
    const auto kind = kind_of(type);
    if (!kind) {
      if (!type.is(ValueKind::kString))
        return Refusal{"unknown_type", fmt::format("type is {}", kind_name(type.kind()))};
      return Refusal{"unknown_type", fmt::format("type is \"{}\"", type.text().substr(0, 64))};
    }
    if (implied && type.text() != hit.endpoint)
      return Refusal{"type_mismatch",
                     fmt::format("type is \"{}\", sent to {}", type.text(), hit.endpoint)};
    event.kind = *kind;
    const bool track = event.kind == EventKind::kTrack;
    event.name_text = trimmed(fixed(row, track ? Fixed::kEvent : Fixed::kName));
    if (track && event.name_text.empty())
      return Refusal{"missing_event", "a track event without a name in \"event\""};
    if (event.name_text.size() > config_.max_name)
      return Refusal{
          "name_too_long",
          fmt::format("{} bytes, {} are allowed", event.name_text.size(), config_.max_name)};
    event.name = track ? names_.find(event.name_text) : kNames[static_cast<std::size_t>(*kind)];
    return std::nullopt;
  }

  Refused read_ids(const Hit& hit, const JsonRow& row, Event& event) const {
    event.user_id = trimmed(fixed(row, Fixed::kUserId));
    event.anonymous_id = trimmed(fixed(row, Fixed::kAnonymousId));
    event.group_id = trimmed(fixed(row, Fixed::kGroupId));
    if (event.kind == EventKind::kAlias) {
      event.previous_id = trimmed(fixed(row, Fixed::kPreviousId));
      if (event.previous_id.empty())
        return Refusal{"missing_previous_id", "an alias event without \"previousId\""};
    }
    if (event.kind == EventKind::kGroup && event.group_id.empty())
      return Refusal{"missing_group_id", "a group event without \"groupId\""};
    if (event.user_id.empty() && event.anonymous_id.empty())
      event.anonymous_id = trimmed(Value::of(hit.cookie_id));
    if (event.user_id.empty() && event.anonymous_id.empty())
      return Refusal{"missing_ids", "neither \"userId\" nor \"anonymousId\""};
    for (const auto id : {event.user_id, event.anonymous_id, event.previous_id, event.group_id})
      if (id.size() > config_.max_id)
        return Refusal{"id_too_long",
                       fmt::format("{} bytes, {} are allowed", id.size(), config_.max_id)};
    return std::nullopt;
  }

  Refused read_message_id(const JsonRow& row, Event& event, Arena& arena) {
    event.message_id = trimmed(fixed(row, Fixed::kMessageId));
    if (event.message_id.size() > config_.max_message_id)
      return Refusal{
          "message_id_too_long",
          fmt::format("{} bytes, {} are allowed", event.message_id.size(), config_.max_message_id)};
    if (!event.message_id.empty()) return std::nullopt;
    // Where the event lies in the journal, so that a replay gives the same id; source and receipt
    // tell apart the journals of several nodes.
    scratch_.clear();
    ByteWriter to(scratch_);
    to.fixed64(event.position);
    to.varint(event.index);
    to.time(event.received);
    to.text(event.source);
    event.message_id = arena.join("auto-", to_hex(hash128(scratch_)));
    return std::nullopt;
  }

  Refused read_times(const JsonRow& row, const JsonRow* top, Event& event) const {
    const auto time_of = [](const Value& value) {
      return value.is(ValueKind::kTime) ? value.time() : kBeginning;
    };
    const Time settled = time_of(fixed(row, Fixed::kTimestamp));
    event.original = time_of(fixed(row, Fixed::kOriginalTimestamp));
    event.sent = time_of(fixed(row, Fixed::kSentAt));
    if (event.sent == kBeginning && top != nullptr)
      event.sent = time_of(fixed(*top, Fixed::kSentAt));
    EventClocks clocks{event.original, event.sent, event.received};
    // Where there are both, `timestamp` is what the caller said (Rudder's server SDKs), or
    // corrected already (Segment's archive), and the other one the clock of the sender.
    if (settled != kBeginning && event.original != kBeginning)
      clocks = {settled, kBeginning, event.received};
    else if (settled != kBeginning)
      clocks.original = event.original = settled;
    const auto [time, reason] = event_time(clocks, times_);
    event.time = time;
    if (reason.empty()) return std::nullopt;
    return Refusal{
        reason,
        fmt::format(
            "happened at {}, received at {}", format_time(time), format_time(event.received))};
  }

  std::span<Value> copy_values(
      const Hit& hit, const JsonRow& row, const JsonRow* top, EventKind kind, Arena& arena) const {
    const auto values = arena.make<Value>(width_);
    std::copy_n(row.values.begin(), width_, values.begin());
    if (top != nullptr)
      for (const auto field : merged_)
        if (values[field].is(ValueKind::kMissing)) values[field] = top->values[field];
    if (kind == EventKind::kIdentify)
      for (std::size_t i = 0; i < traits_.size(); ++i)
        if (!values[traits_[i]].present())
          values[traits_[i]] = row.values[width_ + kFixed.size() + i];
    if (address_ == kNoField || !values[address_].present()) fill_in(hit, places_, values);
    fill_in(hit, facts_, values);
    return values;
  }

  static void fill_in(const Hit& hit, const FactList& facts, std::span<Value> values) {
    for (const auto& [field, of] : facts)
      if (!values[field].present()) values[field] = of(hit);
  }

  const ParseConfig config_;
  const NameTable& names_;
  const std::size_t width_;  // of the topology's projection
  const std::vector<std::size_t> traits_;
  const TimePolicy times_;
  JsonProjector projector_;
  std::vector<std::size_t> merged_;  // fields that a batch may give for all its events
  const FieldId address_;
  const FactList facts_;
  const FactList places_;
  std::string scratch_;
};

}  // namespace

void add_parse(Registry& registry) { registry.add<Parse>(); }

}  // namespace millrace
