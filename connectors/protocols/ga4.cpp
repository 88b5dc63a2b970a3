#include "connectors/protocols/ga4.hpp"

#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/ga4_validation.hpp"
#include "connectors/protocols/known_names.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kDebug = "/debug/mp/collect";
constexpr std::string_view kPage = "page";
constexpr std::string_view kScreen = "screen";

constexpr EventMapping kEvents[] = {
    {"page_view", kPage},
    {"screen_view", kScreen},
    {"view_item", "Product Viewed"},
    {"view_item_list", "Product List Viewed"},
    {"select_item", "Product Clicked"},
    {"add_to_cart", "Product Added"},
    {"remove_from_cart", "Product Removed"},
    {"add_to_wishlist", "Product Added to Wishlist"},
    {"view_cart", "Cart Viewed"},
    {"begin_checkout", "Checkout Started"},
    {"add_shipping_info", "Checkout Step Completed"},
    {"add_payment_info", "Payment Info Entered"},
    {"purchase", "Order Completed"},
    {"refund", "Order Refunded"},
    {"search", "Products Searched"},
    {"view_search_results", "Products Searched"},
    {"view_promotion", "Promotion Viewed"},
    {"select_promotion", "Promotion Clicked"},
    {"sign_up", "Signed Up"},
    {"login", "Signed In"},
};

constexpr FieldMapping kFields[] = {
    {"client_id", Into::kEvent, "anonymousId", As::kText},
    {"app_instance_id", Into::kEvent, "anonymousId", As::kText},
    {"user_id", Into::kEvent, "userId", As::kText},
    {"timestamp_micros", Into::kEvent, "timestamp", As::kMicros},
    {"measurement_id", Into::kContext, "measurementId"},
    {"firebase_app_id", Into::kApp, "id"},
    {"api_secret", Into::kNowhere},
    {"validation_behavior", Into::kNowhere},
    {"ip_override", Into::kContext, "ip"},
    {"user_agent", Into::kContext, "userAgent"},
    {"non_personalized_ads", Into::kConsent},
    {"consent.ad_user_data", Into::kConsent, "ad_user_data"},
    {"consent.ad_personalization", Into::kConsent, "ad_personalization"},
    {"user_location.city", Into::kLocation, "city"},
    {"user_location.region_id", Into::kLocation, "region"},
    {"user_location.country_id", Into::kLocation, "country"},
    {"device.category", Into::kDevice, "type"},
    {"device.language", Into::kContext, "locale"},
    {"device.screen_resolution", Into::kScreen, "resolution", As::kSize},
    {"device.operating_system", Into::kOs, "name"},
    {"device.operating_system_version", Into::kOs, "version"},
    {"device.model", Into::kDevice, "model"},
    {"device.brand", Into::kDevice, "manufacturer"},
    {"device.browser", Into::kBrowser, "name"},
    {"device.browser_version", Into::kBrowser, "version"},
    {"params.page_location", Into::kPage, "url"},
    {"params.page_referrer", Into::kPage, "referrer"},
    {"params.page_title", Into::kPage, "title"},
    {"params.page_path", Into::kPage, "path"},
    {"params.language", Into::kContext, "locale"},
    {"params.screen_resolution", Into::kScreen, "resolution", As::kSize},
    {"params.session_id", Into::kSession, "id", As::kText},
    {"params.session_number", Into::kSession, "number", As::kNumber},
    {"params.transaction_id", Into::kProperties, "order_id", As::kText},
    {"params.value", Into::kProperties, "value", As::kNumber},
    {"params.tax", Into::kProperties, "tax", As::kNumber},
    {"params.shipping", Into::kProperties, "shipping", As::kNumber},
    {"params.shipping_tier", Into::kProperties, "shipping_method"},
    {"params.payment_type", Into::kProperties, "payment_method"},
    {"params.search_term", Into::kProperties, "query"},
    {"params.item_list_id", Into::kProperties, "list_id"},
    {"params.item_list_name", Into::kProperties, "list_name"},
    {"params.promotion_name", Into::kProperties, "name"},
    {"params.creative_name", Into::kProperties, "creative"},
    {"params.creative_slot", Into::kProperties, "position"},
    {"purchase.value", Into::kProperties, "revenue", As::kNumber},
    {"refund.value", Into::kProperties, "total", As::kNumber},
    {"screen_view.screen_name", Into::kEvent, "name"},
    {"campaign_details.campaign", Into::kCampaign, "name"},
    {"campaign_details.campaign_id", Into::kCampaign, "id"},
    {"campaign_details.source", Into::kCampaign, "source"},
    {"campaign_details.medium", Into::kCampaign, "medium"},
    {"campaign_details.term", Into::kCampaign, "term"},
    {"campaign_details.content", Into::kCampaign, "content"},
};

constexpr FieldMapping kItems[] = {
    {"item_id", Into::kProperties, "product_id", As::kText},
    {"item_name", Into::kProperties, "name"},
    {"item_brand", Into::kProperties, "brand"},
    {"item_category", Into::kProperties, "category"},
    {"item_variant", Into::kProperties, "variant"},
    {"item_list_id", Into::kProperties, "list_id"},
    {"item_list_name", Into::kProperties, "list_name"},
    {"price", Into::kProperties, "price", As::kNumber},
    {"quantity", Into::kProperties, "quantity", As::kNumber},
    {"index", Into::kProperties, "position", As::kNumber},
};

bool is_id(JsonNode node) {
  return node.is(JsonKind::kNumber) || (node.is(JsonKind::kString) && !node.text().empty());
}

// An event about one product, in Segment's spec, has it among its properties.
bool is_of_one_product(std::string_view ours) {
  return ours.starts_with("Product ") && ours != "Product List Viewed";
}

// What is looked at of an event.
struct Said {
  JsonNode name, params, time;
};
using Names = KnownNames<Said, JsonNode>;
constexpr auto kKept = std::to_array<Names::Keep>(
    {{"name", &Said::name}, {"params", &Said::params}, {"timestamp_micros", &Said::time}});
constexpr auto kTime =
    std::to_array<FieldMapping>({{"timestamp_micros", Into::kEvent, "timestamp", As::kMicros}});

class Decoder {
 public:
  Reading read(const Request& request, const Endpoint& endpoint, Workbench& bench) const;

 private:
  struct Sent {
    Workbench& bench;
    JsonNode root;
    JsonNode time{};          // of the request
    std::uint64_t whose = 0;  // a hash of the ids
  };

  static Reading check(const Request& request, Workbench& bench);
  void put_request(const Request& request, Sent& sent) const;
  static void put_user(JsonNode root, SpecEvent& event);
  void put_params(std::string_view name,
                  JsonNode params,
                  const Reader& reader,
                  SpecEvent& event) const;
  void put_items(JsonNode items, std::string_view ours, Workbench& bench, SpecEvent& event) const;
  void add_event(const Sent& sent, JsonNode sent_event, std::size_t index, Translation& made) const;

  // What a name of a request's own, of one of its objects, or of an event's parameters becomes.
  const FieldTable request_{kFields};
  const FieldTable location_{kFields, "user_location."};
  const FieldTable device_{kFields, "device."};
  const FieldTable consent_{kFields, "consent."};
  const Names event_{{kTime}, kKept};
  const FieldTable params_{kFields, "params."};
  const FieldTable items_{kItems};
  const NameIndex events_{kEvents, &EventMapping::theirs};
  // And where an event has another use of a parameter than others.
  struct Own {
    std::string_view event;
    FieldTable params;
  };
  const std::array<Own, 4> own_{{{"purchase", FieldTable(kFields, "purchase.")},
                                 {"refund", FieldTable(kFields, "refund.")},
                                 {"screen_view", FieldTable(kFields, "screen_view.")},
                                 {"campaign_details", FieldTable(kFields, "campaign_details.")}}};
  struct Object {
    std::string_view name;
    const FieldTable& table;
    Into rest;
  };
  const std::array<Object, 3> objects_{{{"user_location", location_, Into::kLocation},
                                        {"device", device_, Into::kDevice},
                                        {"consent", consent_, Into::kConsent}}};
};

// Nothing is stored: only the key is asked for.
Reading Decoder::check(const Request& request, Workbench& bench) {
  Decoded decoded;
  const auto unreadable = read_json(request, bench);
  decoded.delivery.write_key = bench.key;
  decoded.delivery.events = 0;
  decoded.answer = [text = unreadable ? unreadable_ga4(unreadable->detail)
                                      : validate_ga4(bench.tree.root(), request.received)](
                       const Outcome& outcome) { return json_answer(outcome, text); };
  return decoded;
}

Reading Decoder::read(const Request& request, const Endpoint& endpoint, Workbench& bench) const {
  bench.key = bench.parameter(request, "api_secret").value_or("");
  if (bench.key.empty()) bench.key = basic_user(request);
  if (endpoint.pattern == kDebug) return check(request, bench);
  if (auto refusal = read_json(request, bench)) return *refusal;
  const JsonNode root = bench.tree.root();
  if (!root.is(JsonKind::kObject))
    return Refusal{400, "not_an_event", "the body is not a JSON object"};
  if (!is_id(root["client_id"]) && !is_id(root["app_instance_id"]) && !is_id(root["user_id"]))
    return Refusal{400, "missing_ids", "neither client_id, app_instance_id nor user_id"};
  const JsonNode events = root["events"];
  if (!events.is(JsonKind::kList) || events.size() == 0)
    return Refusal{400, "empty_batch", "no events"};
  // What is of the whole request is of every event.
  const std::size_t head = root.source().size() - events.source().size();
  if (head > bench.settings.collect.event_max.bytes)
    return Refusal{400, "event_too_large", fmt::format("{} bytes beside the events", head)};

  Sent sent{bench, root};
  put_request(request, sent);
  Translation made(bench);
  if (root["user_properties"].size() + root["user_data"].size() > 0) {
    SpecEvent& event = made.begin();
    event.add(bench.head);
    put_user(root, event);
    made.keep(root.source());
  }
  std::size_t index = 0;
  for (const JsonNode event : events) {
    if (made.full()) break;
    add_event(sent, event, ++index, made);
  }
  return made.finish(bench.key);
}

void Decoder::put_request(const Request& request, Sent& sent) const {
  SpecEvent& event = sent.bench.head;
  event.clear();
  const Reader reader = sent.bench.reader();
  event.plain(Into::kLibrary, "name"_key, "ga4-measurement-protocol");
  for (const std::string_view name : {"measurement_id", "firebase_app_id"})
    if (const auto id = sent.bench.parameter(request, name))
      reader.put(event, *request_.find(name), *id);
  for (const JsonNode member : sent.root) {
    const std::string_view name = member.key();
    if (name == "events" || name == "user_properties" || name == "user_data") continue;
    const auto object = std::find_if(objects_.begin(), objects_.end(), [&](const Object& each) {
      return each.name == name && member.is(JsonKind::kObject);
    });
    if (object != objects_.end())
      object->table.put_all(member, object->rest, reader, event);
    else if (const Field* field = request_.find(name))
      reader.put(event, *field, member);
    else
      event.member(Into::kProperties, member);
  }
  sent.time = sent.root["timestamp_micros"];
  for (const std::string_view id : {"client_id", "app_instance_id", "user_id"})
    sent.whose = hash64(sent.root[id].source(), sent.whose);
}

// {"plan":{"value":"free"}}
void Decoder::put_user(JsonNode root, SpecEvent& event) {
  event.plain(Into::kEvent, "type"_key, "identify");
  for (const JsonNode property : root["user_properties"])
    event.value(Into::kTraits,
                property.key(),
                property.is(JsonKind::kObject) ? property["value"] : property);
  event.value(Into::kTraits, "user_data"_key, root["user_data"]);
}

void Decoder::put_items(JsonNode items,
                        std::string_view ours,
                        Workbench& bench,
                        SpecEvent& event) const {
  if (!items.is(JsonKind::kList)) return event.value(Into::kProperties, "items"_key, items);
  if (is_of_one_product(ours) && items.size() == 1 && (*items.begin()).is(JsonKind::kObject))
    return items_.put_all(*items.begin(), Into::kProperties, bench.reader(), event);
  Products products(bench.scratch);
  for (const JsonNode item : items) products.add(item, items_);
  event.json(Into::kProperties, "products"_key, products.finish(bench.arena));
}

void Decoder::put_params(std::string_view name,
                         JsonNode params,
                         const Reader& reader,
                         SpecEvent& event) const {
  const auto own =
      std::find_if(own_.begin(), own_.end(), [&](const Own& each) { return each.event == name; });
  for (const JsonNode param : params) {
    if (param.key() == "items") continue;
    const Field* field = own == own_.end() ? nullptr : own->params.find(param.key());
    if (field == nullptr) field = params_.find(param.key());
    if (field != nullptr)
      reader.put(event, *field, param);
    else
      event.member(Into::kProperties, param);
  }
}

void Decoder::add_event(const Sent& sent,
                        JsonNode sent_event,
                        std::size_t index,
                        Translation& made) const {
  const Reader reader = sent.bench.reader();
  SpecEvent& event = made.begin();
  event.add(sent.bench.head);
  Said said;
  event_.put_all(members_of(sent_event), Into::kProperties, reader, event, said);
  const std::string_view name = said.name.text();
  if (name.empty())
    return made.refuse("missing_event", "an event without a name", sent_event.source());
  if (said.params.present() && !said.params.is(JsonKind::kObject))
    return made.refuse("bad_params", "the params are no object", sent_event.source());

  const std::size_t row = events_.find(name);
  const bool known = row != NameIndex::kNone;
  const std::string_view ours = known ? kEvents[row].ours : name;
  const bool viewed = name == "page_view" || name == "screen_view";
  event.plain(Into::kEvent, "type"_key, viewed ? ours : "track");
  if (known && !viewed)
    event.plain(Into::kEvent, "event"_key, ours);
  else if (!viewed)
    event.text(Into::kEvent, "event"_key, ours);
  const JsonNode time = said.time.present() ? said.time : sent.time;
  // A copy of a request that says its time is the same again; else it may be another one.
  if (time.present()) {
    const auto seed = hash64(time.source(), sent.whose + index);
    event.plain(Into::kEvent, "messageId"_key, to_hex(hash128(sent_event.source(), seed)));
  }
  put_items(said.params["items"], ours, sent.bench, event);
  put_params(name, said.params, reader, event);
  made.keep(sent_event.source());
}

// Google's server says nothing but 204; here it says why in a header, and 503 where it can be sent
// again.
Response answer(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kLater) return json_answer(outcome, {});
  Response response;
  response.status = 204;
  response.content_type = {};
  if (!outcome.reason.empty()) response.headers.emplace_back("X-Millrace-Reason", outcome.reason);
  return response;
}

}  // namespace

Dialect ga4() {
  Dialect made;
  made.name = "ga4";
  made.title = "GA4 Measurement Protocol";
  made.summary = "Takes events as Google Analytics 4 takes them from servers and apps.";
  made.notes =
      "The key is `api_secret`, or, to keep it out of the logs of what is between, Basic "
      "authorization's user; `measurement_id` and `firebase_app_id`, which are public, are kept. "
      "`user_properties` and `user_data` become an `identify` of their own, ahead of the events. "
      "The items of an event are its `products`, but that of an event about one product is among "
      "its properties. An event that says its time gets a `messageId` made of its "
      "content, so that a request which is sent again counts once. As Google's server does, "
      "a request is answered 204 also if nobody knows its key or it can never be accepted; but "
      "then with `X-Millrace-Reason` and a rejected row. Google's limits (25 events, 25 "
      "parameters, lengths, "
      "reserved names) are not enforced: `/debug/mp/collect` tells of them, and stores nothing.";
  made.example = R"({"client_id":"1.2","user_id":"u","events":[{"name":"E"}]})";
  made.endpoints = {{Method::kPost, "/mp/collect"}, {Method::kPost, kDebug}};
  made.events = kEvents;
  made.fields = kFields;
  made.items = kItems;
  // Shared by the copies of the dialect.
  made.decode = [decoder = std::make_shared<const Decoder>()](
                    const Request& request, const Endpoint& endpoint, Workbench& bench) {
    return decoder->read(request, endpoint, bench);
  };
  made.answer = answer;
  return made;
}

}  // namespace millrace::protocols
