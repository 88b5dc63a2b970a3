#include "connectors/protocols/snowplow_events.hpp"

#include "connectors/http/base64.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/short_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::protocols {
namespace {

constexpr auto kFields = std::to_array<FieldMapping>({
    {"eid", Into::kEvent, "messageId"},
    {"uid", Into::kEvent, "userId"},
    {"duid", Into::kEvent, "anonymousId"},
    {"dtm", Into::kEvent, "originalTimestamp", As::kNumber},
    {"ttm", Into::kEvent, "timestamp", As::kNumber},
    {"stm", Into::kEvent, "sentAt", As::kNumber},
    {"aid", Into::kNowhere},
    {"p", Into::kContext, "platform"},
    {"tv", Into::kLibrary, "version"},
    {"tna", Into::kLibrary, "namespace"},
    {"ua", Into::kContext, "userAgent"},
    {"lang", Into::kContext, "locale"},
    {"tz", Into::kContext, "timezone"},
    {"url", Into::kPage},
    {"refr", Into::kPage, "referrer"},
    {"page", Into::kPage, "title"},
    {"cs", Into::kPage, "charset"},
    {"ds", Into::kPage, "size"},
    {"vp", Into::kBrowser, "viewport"},
    {"cookie", Into::kBrowser, "cookies"},
    {"cd", Into::kScreen, "colorDepth", As::kNumber},
    {"sid", Into::kSession, "id"},
    {"vid", Into::kSession, "index", As::kNumber},
    {"fp", Into::kDevice, "fingerprint"},
    {"se_ca", Into::kProperties, "category"},
    {"se_ac", Into::kProperties, "action"},
    {"se_la", Into::kProperties, "label"},
    {"se_pr", Into::kProperties, "property"},
    {"se_va", Into::kProperties, "value", As::kNumber},
    {"pp_mix", Into::kProperties, "min_x", As::kNumber},
    {"pp_max", Into::kProperties, "max_x", As::kNumber},
    {"pp_miy", Into::kProperties, "min_y", As::kNumber},
    {"pp_may", Into::kProperties, "max_y", As::kNumber},
    {"tr_id", Into::kProperties, "order_id"},
    {"tr_af", Into::kProperties, "affiliation"},
    {"tr_tt", Into::kProperties, "revenue", As::kNumber},
    {"tr_tx", Into::kProperties, "tax", As::kNumber},
    {"tr_sh", Into::kProperties, "shipping", As::kNumber},
    {"tr_ci", Into::kProperties, "city"},
    {"tr_st", Into::kProperties, "state"},
    {"tr_co", Into::kProperties, "country"},
    {"tr_cu", Into::kProperties, "currency"},
    {"ti_id", Into::kProperties, "order_id"},
    {"ti_sk", Into::kProperties, "product_id"},
    {"ti_nm", Into::kProperties, "name"},
    {"ti_ca", Into::kProperties, "category"},
    {"ti_pr", Into::kProperties, "price", As::kNumber},
    {"ti_qu", Into::kProperties, "quantity", As::kNumber},
    {"ti_cu", Into::kProperties, "currency"},
});

}  // namespace

// Parameters that no table can place.
struct SnowplowEvents::Apart {
  std::string_view kind;          // e
  std::string_view self, self64;  // ue_pr, ue_px
  std::string_view with, with64;  // co, cx
  std::string_view address, resolution, network, app;
  std::string_view action, order, id, page_id;  // se_ac, tr_id, eid, duid: placed by the table too
};

std::span<const FieldMapping> snowplow_fields() { return kFields; }

constexpr auto SnowplowEvents::kept() {
  return std::to_array<Names::Keep>({{"e", &Apart::kind},
                                     {"ue_pr", &Apart::self},
                                     {"ue_px", &Apart::self64},
                                     {"co", &Apart::with},
                                     {"cx", &Apart::with64},
                                     {"ip", &Apart::address},
                                     {"aid", &Apart::app},
                                     {"res", &Apart::resolution},
                                     {"nuid", &Apart::network},
                                     {"tnuid", &Apart::network},
                                     {"se_ac", &Apart::action},
                                     {"tr_id", &Apart::order},
                                     {"eid", &Apart::id},
                                     {"duid", &Apart::page_id}});
}

SnowplowEvents::SnowplowEvents() : names_({kFields}, kept()) {}

// A text may stay as it is written.
inline void SnowplowEvents::put_member(JsonNode member,
                                       const Reader& reader,
                                       SnowplowEvent& to,
                                       Apart& apart) const {
  if (!member.is(JsonKind::kString))
    return put_parameter({member.key(), member.text()}, reader, to, apart);
  if (member.text().empty() || (to.anonymous && snowplow_identifies(member.key()))) return;
  const Names::Known* known = names_.find(member.key());
  if (known == nullptr) return to.into.member(Into::kProperties, member);
  if (known->place != nullptr) apart.*known->place = member.text();
  reader.put(to.into, known->field, member);
}

void SnowplowEvents::put_parameter(const Parameter& said,
                                   const Reader& reader,
                                   SnowplowEvent& to,
                                   Apart& apart) const {
  const auto& [name, value] = said;
  if (value.empty() || (to.anonymous && snowplow_identifies(name))) return;
  const Names::Known* known = names_.find(name);
  if (known == nullptr) return to.into.text(Into::kProperties, name, value);
  if (known->place != nullptr) apart.*known->place = value;
  reader.put(to.into, known->field, value);
}

std::optional<Refusal> SnowplowEvents::put_all(const SnowplowSaid& said,
                                               SnowplowEvent& to,
                                               Apart& apart) const {
  const Reader reader(to.bench.arena, to.bench.inner);
  for (const JsonNode member : said.members) {
    if (member.is(JsonKind::kObject) || member.is(JsonKind::kList))
      return Refusal{400, kNested, fmt::format("{} is not a text", member.key().substr(0, 64))};
    put_member(member, reader, to, apart);
  }
  to.app_id = apart.app;
  for (const Parameter& parameter : said.parameters) put_parameter(parameter, reader, to, apart);
  to.has_id = !apart.page_id.empty();
  to.into.plain(Into::kLibrary, "name"_key, "snowplow");
  if (!apart.resolution.empty()) put_resolution(apart.resolution, to.into);
  if (!apart.address.empty()) put_address(apart.address, to.bench, to.into);
  return std::nullopt;
}

// An order's items are events of their own, which may come with it or later.
void SnowplowEvents::put_order(std::string_view order, JsonNode items, SnowplowEvent& to) {
  std::string made;
  JsonWriter json(made);
  json.array();
  for (const JsonNode item : items) {
    if (item["e"].text() != "ti" || item["ti_id"].text() != order) continue;
    json.object();
    for (const FieldMapping& field : kFields) {
      if (!field.theirs.text().starts_with("ti_") || field.theirs == "ti_id") continue;
      const std::string_view value = item[field.theirs].text();
      if (value.empty()) continue;
      json.key(field.ours);
      if (field.as == As::kNumber && is_plain_number(value))
        json.raw(value);
      else
        json.value(value);
    }
    json.end();
  }
  json.end();
  if (made != "[]") to.into.json(Into::kProperties, "products"_key, to.bench.arena.copy(made));
}

std::optional<Refusal> SnowplowEvents::put_kind(const Apart& apart,
                                                JsonNode items,
                                                SnowplowEvent& to) const {
  struct Kind {
    std::string_view code, kind, schema, name;
  };
  static constexpr auto kKinds = std::to_array<Kind>(
      {{"pv", "page_view", "iglu:com.snowplowanalytics.snowplow/page_view/jsonschema/1-0-0", ""},
       {"pp",
        "page_ping",
        "iglu:com.snowplowanalytics.snowplow/page_ping/jsonschema/1-0-0",
        "page_ping"},
       {"se", "struct", "iglu:com.google.analytics/event/jsonschema/1-0-0", ""},
       {"tr",
        "transaction",
        "iglu:com.snowplowanalytics.snowplow/transaction/jsonschema/1-0-0",
        "Order Completed"},
       {"ti",
        "transaction_item",
        "iglu:com.snowplowanalytics.snowplow/transaction_item/jsonschema/1-0-0",
        "transaction_item"},
       {"ue", "unstruct", "", ""}});
  const auto* const found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& each) {
    return same_text(each.code, apart.kind);
  });
  if (found == kKinds.end())
    return Refusal{
        400,
        "unknown_event_type",
        fmt::format("e is \"{}\", not pv, pp, se, ue, tr or ti", apart.kind.substr(0, 64))};
  to.kind = found->kind;
  to.schema = found->schema;
  if (apart.kind == "ue") {
    if (!apart.self.empty()) return entities_.read_event(apart.self, to);
    const auto decoded = http::base64_decoded(apart.self64);
    if (!decoded || decoded->empty())
      return Refusal{400, "bad_self_describing_event", "neither ue_pr nor base64 in ue_px"};
    return entities_.read_event(to.bench.arena.copy(*decoded), to);
  }
  to.name = apart.kind == "se" ? apart.action : found->name;
  if (apart.kind == "se" && to.name.empty())
    return Refusal{400, "missing_action", "a structured event without se_ac"};
  to.into.plain(Into::kEvent, "type"_key, apart.kind == "pv" ? "page" : "track");
  if (!to.name.empty()) to.into.text(Into::kEvent, "event"_key, to.name);
  if (apart.kind == "tr") put_order(apart.order, items, to);
  return std::nullopt;
}

// The id that Snowplow's collector gives a visitor counts where the page's own is not known.
void SnowplowEvents::put_ids(const Apart& apart, SnowplowEvent& to) {
  if (to.anonymous) {
    to.into.json(Into::kPrivacy, "anonymous"_key, "true");
    // Nobody is to know of whom it is, so that it stands for itself.
    return to.into.text(
        Into::kEvent,
        "anonymousId"_key,
        apart.id.empty() ? to.bench.arena.copy(to_hex(hash128(to.source))) : apart.id);
  }
  if (apart.network.empty()) return;
  to.into.text(to.has_id ? Into::kContext : Into::kEvent,
               to.has_id ? "networkUserId"_key : "anonymousId"_key,
               apart.network);
}

std::optional<Refusal> SnowplowEvents::read(const SnowplowSaid& said,
                                            JsonNode items,
                                            SnowplowEvent& to) const {
  Apart apart;
  if (auto refusal = put_all(said, to, apart)) return refusal;
  if (auto refusal = put_kind(apart, items, to)) return refusal;
  std::string_view contexts = apart.with;
  if (contexts.empty() && !apart.with64.empty()) {
    const auto decoded = http::base64_decoded(apart.with64);
    if (!decoded) return Refusal{400, "bad_contexts", "cx is not base64"};
    contexts = to.bench.arena.copy(*decoded);
  }
  if (!contexts.empty())
    if (auto refusal = entities_.read_contexts(contexts, to)) return refusal;
  put_ids(apart, to);
  return std::nullopt;
}

void SnowplowEvents::put_sender(std::span<const Parameter> said, SnowplowEvent& to) const {
  Apart apart;
  put_all({.parameters = said}, to, apart);
  put_ids(apart, to);
}

}  // namespace millrace::protocols
