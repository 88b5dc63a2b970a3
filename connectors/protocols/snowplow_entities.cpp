#include "connectors/protocols/snowplow_entities.hpp"

#include "connectors/protocols/translation.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/short_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::protocols {
namespace {

constexpr std::string_view kSnowplowAction = "snowplow_ecommerce_action";

// The name of the schema, and the action in it.
constexpr auto kActions = std::to_array<EventMapping>({
    {"snowplow_ecommerce_action product_view", "Product Viewed"},
    {"snowplow_ecommerce_action list_view", "Product List Viewed"},
    {"snowplow_ecommerce_action list_click", "Product Clicked"},
    {"snowplow_ecommerce_action add_to_cart", "Product Added"},
    {"snowplow_ecommerce_action remove_from_cart", "Product Removed"},
    {"snowplow_ecommerce_action checkout_step", "Checkout Step Completed"},
    {"snowplow_ecommerce_action transaction", "Order Completed"},
    {"snowplow_ecommerce_action refund", "Order Refunded"},
    {"snowplow_ecommerce_action promo_view", "Promotion Viewed"},
    {"snowplow_ecommerce_action promo_click", "Promotion Clicked"},
    {"action view", "Product List Viewed"},
    {"action click", "Product Clicked"},
    {"action detail", "Product Viewed"},
    {"action add", "Product Added"},
    {"action remove", "Product Removed"},
    {"action checkout", "Checkout Step Completed"},
    {"action purchase", "Order Completed"},
    {"action refund", "Order Refunded"},
    {"action promo_click", "Promotion Clicked"},
});

constexpr auto kItems = std::to_array<FieldMapping>({
    {"id", Into::kProperties, "product_id", As::kText},
    {"name", Into::kProperties},
    {"category", Into::kProperties},
    {"brand", Into::kProperties},
    {"variant", Into::kProperties},
    {"price", Into::kProperties, {}, As::kNumber},
    {"list_price", Into::kProperties, {}, As::kNumber},
    {"quantity", Into::kProperties, {}, As::kNumber},
    {"currency", Into::kProperties},
    {"coupon", Into::kProperties},
    {"position", Into::kProperties, {}, As::kNumber},
    {"list", Into::kProperties, "list_id"},
});

constexpr auto kOrder = std::to_array<FieldMapping>({
    {"transaction_id", Into::kProperties, "order_id", As::kText},
    {"revenue", Into::kProperties, {}, As::kNumber},
    {"discount_code", Into::kProperties, "coupon"},
    {"discount_amount", Into::kProperties, "discount", As::kNumber},
    {"refund_amount", Into::kProperties, "total", As::kNumber},
    {"coupon_code", Into::kProperties, "coupon"},
    {"cart_id", Into::kProperties, {}, As::kText},
});
constexpr auto kActionField = std::to_array<FieldMapping>({
    {"id", Into::kProperties, "order_id", As::kText},
    {"revenue", Into::kProperties, {}, As::kNumber},
    {"tax", Into::kProperties, {}, As::kNumber},
    {"shipping", Into::kProperties, {}, As::kNumber},
    {"list", Into::kProperties, "list_id"},
});
constexpr auto kPromotion = std::to_array<FieldMapping>({
    {"id", Into::kProperties, "promotion_id", As::kText},
    {"creative_id", Into::kProperties, "creative"},
});
constexpr auto kPageView = std::to_array<FieldMapping>({{"id", Into::kPage, "viewId"}});
constexpr auto kSession = std::to_array<FieldMapping>({
    {"sessionId", Into::kSession, "id", As::kText},
    {"sessionIndex", Into::kSession, "index"},
    {"eventIndex", Into::kSession},
    {"previousSessionId", Into::kSession, "previousId"},
});
constexpr auto kMobile = std::to_array<FieldMapping>({
    {"osType", Into::kOs, "name"},
    {"osVersion", Into::kOs, "version"},
    {"deviceManufacturer", Into::kDevice, "manufacturer"},
    {"deviceModel", Into::kDevice, "model"},
    {"appleIdfa", Into::kDevice, "advertisingId"},
    {"androidIdfa", Into::kDevice, "advertisingId"},
    {"appleIdfv", Into::kDevice, "id"},
});
constexpr std::span<const FieldMapping> kNone;

// By vendor and name. What `fields` does not name goes into `rest`.
struct Entity {
  std::string_view schema;
  Into rest;
  std::span<const FieldMapping> fields;
  bool item = false;  // something that is bought
};
constexpr auto kEntities = std::to_array<Entity>({
    {"com.snowplowanalytics.snowplow.ecommerce/product", Into::kProperties, kItems, true},
    {"com.snowplowanalytics.snowplow.ecommerce/transaction", Into::kProperties, kOrder},
    {"com.snowplowanalytics.snowplow.ecommerce/refund", Into::kProperties, kOrder},
    {"com.snowplowanalytics.snowplow.ecommerce/cart", Into::kProperties, kOrder},
    {"com.snowplowanalytics.snowplow.ecommerce/checkout_step", Into::kProperties, kOrder},
    {"com.snowplowanalytics.snowplow.ecommerce/promotion", Into::kProperties, kPromotion},
    {"com.snowplowanalytics.snowplow.ecommerce/transaction_error", Into::kProperties, kNone},
    {"com.snowplowanalytics.snowplow.ecommerce/page", Into::kPage, kNone},
    {"com.snowplowanalytics.snowplow.ecommerce/user", Into::kTraits, kNone},
    {"com.google.analytics.enhanced-ecommerce/productFieldObject", Into::kProperties, kItems, true},
    {"com.google.analytics.enhanced-ecommerce/impressionFieldObject",
     Into::kProperties,
     kItems,
     true},
    {"com.google.analytics.enhanced-ecommerce/actionFieldObject", Into::kProperties, kActionField},
    {"com.google.analytics.enhanced-ecommerce/promoFieldObject", Into::kProperties, kPromotion},
    {"com.snowplowanalytics.snowplow/web_page", Into::kPage, kPageView},
    {"com.snowplowanalytics.snowplow/client_session", Into::kSession, kSession},
    {"com.snowplowanalytics.snowplow/mobile_context", Into::kDevice, kMobile},
    {"com.snowplowanalytics.snowplow/geolocation_context", Into::kLocation, kNone},
    {"com.snowplowanalytics.snowplow/gdpr", Into::kConsent, kNone},
    {"com.snowplowanalytics.mobile/application", Into::kApp, kNone},
});

using Schema = SnowplowEntities::Schema;

// All is empty if it is none.
Schema schema_of(std::string_view text) {
  constexpr std::string_view kScheme = "iglu:";
  if (!text.starts_with(kScheme)) return {};
  text.remove_prefix(kScheme.size());
  const std::size_t vendor = text.find('/');
  if (vendor == std::string_view::npos) return {};
  const std::size_t name = text.find('/', vendor + 1);
  if (name == std::string_view::npos) return {};
  const std::size_t format = text.find('/', name + 1);
  if (format == std::string_view::npos) return {};
  const std::string_view version = text.substr(format + 1);
  Schema schema{text.substr(0, name),
                text.substr(0, vendor),
                text.substr(vendor + 1, name - vendor - 1),
                version.substr(0, version.find('-'))};
  if (schema.vendor.empty() || schema.name.empty() || schema.model.empty()) return {};
  return schema;
}

// As the columns of Snowplow's warehouses are named: "contexts_com_acme_user_data_1".
std::string_view column_of(const Schema& schema, Arena& arena) {
  std::string name = "contexts";
  for (const std::string_view part : {schema.vendor, schema.name, schema.model}) {
    name += '_';
    for (std::size_t i = 0; i < part.size(); ++i) {
      const char c = part[i];
      const bool upper = c >= 'A' && c <= 'Z';
      if (upper && i > 0 && part[i - 1] >= 'a' && part[i - 1] <= 'z') name += '_';
      name += upper ? static_cast<char>(c - 'A' + 'a') : (c == '.' || c == '-') ? '_' : c;
    }
  }
  return arena.copy(name);
}

// {"schema":...,"data":...}
struct Described {
  JsonNode schema, data;
};
Described described(JsonNode node) {
  Described found;
  for (const JsonNode member : members_of(node)) {
    if (same_text(member.key(), "schema")) found.schema = member;
    if (same_text(member.key(), "data")) found.data = member;
  }
  return found;
}

std::optional<Refusal> read_inner(std::string_view json,
                                  std::string_view reason,
                                  Workbench& bench) {
  if (bench.inner.read(json, bench.arena)) return std::nullopt;
  const JsonFault& fault = bench.inner.fault();
  return Refusal{400, reason, fmt::format("{} at byte {}", fault.what, fault.offset)};
}

bool is_of_one_product(std::string_view event) {
  return event.starts_with("Product ") && event != "Product List Viewed";
}

}  // namespace

// What the entities of one event come to.
struct SnowplowEntities::Found {
  boost::container::small_vector<JsonNode, 4> items;
  std::vector<std::pair<std::string_view, std::string_view>> others;  // column, JSON
};

bool snowplow_identifies(std::string_view name) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"uid",
                                       "duid",
                                       "nuid",
                                       "tnuid",
                                       "sid",
                                       "vid",
                                       "fp",
                                       "ip",
                                       "appleIdfa",
                                       "appleIdfv",
                                       "androidIdfa",
                                       "openIdfa",
                                       "com.snowplowanalytics.snowplow/client_session",
                                       "com.snowplowanalytics.snowplow/geolocation_context",
                                       "com.snowplowanalytics.snowplow.ecommerce/user"});
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::span<const EventMapping> snowplow_actions() { return kActions; }
std::span<const FieldMapping> snowplow_items() { return kItems; }

std::vector<FieldGroup> snowplow_entity_fields() {
  return {{"entity transaction, refund, cart, checkout_step", kOrder},
          {"entity actionFieldObject", kActionField},
          {"entity promotion, promoFieldObject", kPromotion},
          {"entity web_page", kPageView},
          {"entity client_session", kSession},
          {"entity mobile_context", kMobile}};
}

std::string_view snowplow_action(std::string_view schema_name, std::string_view action) {
  for (const auto& [theirs, ours] : kActions)
    if (theirs.size() == schema_name.size() + 1 + action.size() &&
        theirs.starts_with(schema_name) && theirs.ends_with(action))
      return ours;
  return {};
}

SnowplowEntities::SnowplowEntities() : entities_(kEntities, &Entity::schema), items_(kItems) {
  for (const Entity& entity : kEntities) tables_.emplace_back(entity.fields);
}

std::optional<Refusal> SnowplowEntities::read_event(std::string_view json,
                                                    SnowplowEvent& to) const {
  constexpr std::string_view kReason = "bad_self_describing_event";
  if (auto refusal = read_inner(json, kReason, to.bench)) return refusal;
  const auto [schema, data] = described(described(to.bench.inner.root()).data);
  return put_event(schema.text(), data, to);
}

std::optional<Refusal> SnowplowEntities::put_event(std::string_view text,
                                                   JsonNode data,
                                                   SnowplowEvent& to) const {
  const Schema schema = schema_of(text);
  if (schema.name.empty())
    return Refusal{
        400, "bad_self_describing_event", fmt::format("\"{}\" is no schema", text.substr(0, 64))};
  to.schema = text;
  SpecEvent& event = to.into;
  event.text(Into::kContext, "schema"_key, text);
  const bool commerce = schema.name == kSnowplowAction || schema.vendor.ends_with("ecommerce");
  const std::string_view key = schema.name == kSnowplowAction ? "type" : "action";
  const bool screen = schema.name == "screen_view";
  std::string_view action;
  for (const JsonNode member : members_of(data)) {
    if (screen && member.key() == "name")
      event.value(Into::kEvent, "name"_key, member);
    else if (commerce && member.key() == "name")
      event.value(Into::kProperties, "list_id"_key, member);
    else if (commerce && member.key() == key)
      action = member.text();
    else
      event.member(Into::kProperties, member);
  }
  if (!data.is(JsonKind::kObject)) event.value(Into::kProperties, "data"_key, data);
  to.name = snowplow_action(schema.name, action);
  if (to.name.empty()) to.name = action.empty() ? schema.name : action;
  event.plain(Into::kEvent, "type"_key, screen ? "screen" : "track");
  if (!screen) event.text(Into::kEvent, "event"_key, to.name);
  return std::nullopt;
}

void SnowplowEntities::put_entity(const Schema& schema,
                                  JsonNode data,
                                  SnowplowEvent& to,
                                  Found& found) const {
  if (to.anonymous && snowplow_identifies(schema.key)) return;
  const std::size_t row = entities_.find(schema.key);
  if (row == NameIndex::kNone || !data.is(JsonKind::kObject)) {
    found.others.emplace_back(column_of(schema, to.bench.arena),
                              data.present() ? data.source() : "null");
    return;
  }
  const Entity& entity = kEntities[row];
  if (entity.item) return found.items.push_back(data);
  const FieldTable& table = tables_[row];
  const Reader reader(to.bench.arena, to.bench.inner);
  for (const JsonNode member : data) {
    // A tracker in an app has no other id of who uses it.
    if (entity.rest == Into::kSession && member.key() == "userId") {
      if (to.has_id || !member.present()) continue;
      reader.put(to.into, FieldMapping{"userId", Into::kEvent, "anonymousId", As::kText}, member);
      to.has_id = true;
      continue;
    }
    if (to.anonymous && snowplow_identifies(member.key())) continue;
    if (const Field* field = table.find(member.key()))
      reader.put(to.into, *field, member);
    else
      reader.put(to.into, FieldMapping{member.key(), entity.rest}, member);
  }
}

void SnowplowEntities::put_products(const Found& found, SnowplowEvent& to) const {
  if (found.items.empty()) return;
  const JsonNode first = found.items.front();
  if (found.items.size() == 1 && is_of_one_product(to.name) && first.is(JsonKind::kObject))
    return items_.put_all(first, Into::kProperties, to.bench.reader(), to.into);
  Products products(to.bench.scratch);
  for (const JsonNode item : found.items) products.add(item, items_);
  to.into.json(Into::kProperties, "products"_key, products.finish(to.bench.arena));
}

std::optional<Refusal> SnowplowEntities::read_contexts(std::string_view json,
                                                       SnowplowEvent& to) const {
  constexpr std::string_view kReason = "bad_contexts";
  if (auto refusal = read_inner(json, kReason, to.bench)) return refusal;
  const JsonNode list = described(to.bench.inner.root()).data;
  if (!list.is(JsonKind::kList)) return Refusal{400, kReason, "`data` is no list"};
  Found found;
  for (const JsonNode each : list) {
    const Described entity = described(each);
    const std::string_view text = entity.schema.text();
    const Schema schema = schema_of(text);
    if (schema.name.empty())
      return Refusal{400, kReason, fmt::format("\"{}\" is no schema", text.substr(0, 64))};
    to.contexts.push_back(text);
    put_entity(schema, entity.data, to, found);
  }
  put_products(found, to);
  // Those of one schema become one list, in their order.
  auto& others = found.others;
  std::stable_sort(
      others.begin(), others.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto first = others.begin(); first != others.end();) {
    std::string made = "[";
    const std::string_view column = first->first;
    for (; first != others.end() && first->first == column; ++first)
      made.append(made.size() > 1 ? "," : "").append(first->second);
    to.into.json(Into::kContext, column, to.bench.arena.copy(made + ']'));
  }
  return std::nullopt;
}

}  // namespace millrace::protocols
