#include "connectors/protocols/amplitude.hpp"

#include "connectors/protocols/campaign_fields.hpp"
#include "connectors/protocols/known_names.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/json_writer.hpp"

#include <array>
#include <utility>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kBatch = "/batch";

constexpr EventMapping kEvents[] = {
    {"[Amplitude] Page Viewed", "page"},
    {"[Amplitude] Screen Viewed", "screen"},
    {"$identify", "identify"},
    {"$groupidentify", "group"},
};

// Members of an event, and those of its `event_properties`. E-commerce has no names of its own but
// those of a revenue: people send the spec's.
constexpr FieldMapping kEventFields[] = {
    {"user_id", Into::kEvent, "userId", As::kText},
    {"device_id", Into::kEvent, "anonymousId", As::kText},
    {"insert_id", Into::kEvent, "messageId", As::kText},
    {"time", Into::kEvent, "timestamp"},
    {"platform", Into::kContext},
    {"language", Into::kContext, "locale"},
    {"user_agent", Into::kContext, "userAgent"},
    {"groups", Into::kContext},
    {"country", Into::kLocation},
    {"region", Into::kLocation},
    {"city", Into::kLocation},
    {"dma", Into::kLocation},
    {"location_lat", Into::kLocation, "latitude"},
    {"location_lng", Into::kLocation, "longitude"},
    {"os_name", Into::kOs, "name"},
    {"os_version", Into::kOs, "version", As::kText},
    {"device_brand", Into::kDevice, "brand"},
    {"device_manufacturer", Into::kDevice, "manufacturer"},
    {"device_model", Into::kDevice, "model"},
    {"carrier", Into::kDevice},
    {"idfa", Into::kDevice, "advertisingId"},
    {"adid", Into::kDevice, "advertisingId"},
    {"idfv", Into::kDevice, "id"},
    {"android_id", Into::kDevice, "id"},
    {"app_version", Into::kApp, "version", As::kText},
    {"version_name", Into::kApp, "version", As::kText},
    {"event_id", Into::kSession, "event_id"},
    {"price", Into::kProperties},
    {"quantity", Into::kProperties},
    {"revenue", Into::kProperties},
    {"currency", Into::kProperties},
    {"productId", Into::kProperties, "product_id"},
    {"revenueType", Into::kProperties, "revenue_type"},
    // Taken apart: see the notes.
    {"event_type", Into::kNowhere},
    {"event_properties", Into::kNowhere},
    {"user_properties", Into::kNowhere},
    {"group_properties", Into::kNowhere},
    {"session_id", Into::kNowhere},
    {"library", Into::kNowhere},
    {"ip", Into::kNowhere},
    {"$skip_user_properties_sync", Into::kNowhere},
};
constexpr FieldMapping kPropertyFields[] = {
    {"[Amplitude] Page Location", Into::kPage, "url"},
    {"[Amplitude] Page URL", Into::kPage, "url"},
    {"[Amplitude] Page Path", Into::kPage, "path"},
    {"[Amplitude] Page Title", Into::kPage, "title"},
    {"[Amplitude] Page Domain", Into::kPage, "host"},
    {"referrer", Into::kPage},
    {"referring_domain", Into::kPage},
    {"[Amplitude] Screen Name", Into::kScreen, "name"},
    {"$productId", Into::kProperties, "product_id"},
    {"$price", Into::kProperties, "price"},
    {"$quantity", Into::kProperties, "quantity"},
    {"$revenue", Into::kProperties, "revenue"},
    {"$revenueType", Into::kProperties, "revenue_type"},
    {"$currency", Into::kProperties, "currency"},
    {"$receipt", Into::kProperties, "receipt"},
};
constexpr auto kProperties = joined(kPropertyFields, kCampaignFields);
constexpr auto kFields = joined(kEventFields, kPropertyFields);

// What is looked at of an event.
struct Said {
  JsonNode type, properties, user_properties, group_properties, user_id, device_id, time, insert_id,
      ip, session, library, groups, revenue;
};
using Names = KnownNames<Said, JsonNode>;
constexpr auto kKept = std::to_array<Names::Keep>({
    {"event_type", &Said::type},
    {"event_properties", &Said::properties},
    {"user_properties", &Said::user_properties},
    {"group_properties", &Said::group_properties},
    {"user_id", &Said::user_id},
    {"device_id", &Said::device_id},
    {"time", &Said::time},
    {"insert_id", &Said::insert_id},
    {"ip", &Said::ip},
    {"session_id", &Said::session},
    {"library", &Said::library},
    {"groups", &Said::groups},
    {"revenue", &Said::revenue},
});
struct Tables {
  Names event{{kEventFields}, kKept};
  FieldTable properties{kProperties};
};
const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

// One event on its way: read when it is made, and then kept or refused.
class Writing {
 public:
  Writing(JsonNode event, Workbench& bench, Translation& made)
      : source_(event), bench_(bench), made_(made) {
    tables_.event.put_all(members_of(source_), Into::kProperties, reader_, made.begin(), said_);
  }

  // Why it can never be accepted; empty: it is well.
  std::string_view refused() const {
    if (!source_.is(JsonKind::kObject)) return "not_an_event";
    if (!said_.type.is(JsonKind::kString) || said_.type.text().empty()) return "missing_event_type";
    for (const JsonNode object : {said_.properties, said_.user_properties, said_.group_properties})
      if (object.present() && !object.is(JsonKind::kObject)) return "malformed_properties";
    if (said_.user_id.text().empty() && said_.device_id.text().empty()) return "missing_ids";
    return {};
  }

  void keep() {
    type_ = ours_of(kEvents, said_.type.text(), "track");
    SpecEvent& event = bench_.event;
    event.plain(Into::kEvent, "type"_key, type_);
    if (type_ == "track") event.value(Into::kEvent, "event"_key, said_.type);
    write_library(event);
    put_address(said_.ip.text(), bench_, event);
    // Outside of any session it says -1.
    if (said_.session.present() && said_.session.text() != "-1")
      event.text(Into::kSession, "id"_key, said_.session.text());
    for (const JsonNode member : said_.properties) write_property(member, event);
    write_revenue(event);
    if (type_ == "identify") write_traits(said_.user_properties, event);
    if (type_ == "group") write_group(event);
    const bool kept = made_.keep(source_.source());
    if (kept && type_ != "identify" && said_.user_properties.size() > 0) keep_traits();
  }

 private:
  // "amplitude-ts/2.48.1"
  void write_library(SpecEvent& event) {
    const std::string_view library = said_.library.text();
    const std::size_t slash = library.rfind('/');
    if (library.empty()) return;
    event.text(Into::kLibrary, "name"_key, library.substr(0, slash));
    if (slash != std::string_view::npos)
      event.text(Into::kLibrary, "version"_key, library.substr(slash + 1));
  }

  void write_property(JsonNode member, SpecEvent& event) {
    const Field* field = tables_.properties.find(member.key());
    if (field == nullptr) return event.member(Into::kProperties, member);
    // The location comes first, and has the query that the URL lacks.
    if (field->into == Into::kPage && field->ours == "url" && std::exchange(has_url_, true)) return;
    reader_.put(event, *field, member);
    if (type_ == "screen" && field->into == Into::kScreen)
      event.value(Into::kEvent, "name"_key, member);
  }

  // The SDK leaves the product to whoever reads.
  void write_revenue(SpecEvent& event) {
    if (said_.type.text() != "revenue_amount") return;
    const JsonNode properties = said_.properties;
    const JsonNode price = properties["$price"];
    const bool said = said_.revenue.present() || properties["revenue"].present() ||
                      properties["$revenue"].present();
    if (said || !price.is(JsonKind::kNumber)) return;
    const JsonNode quantity = properties["$quantity"];
    std::string revenue;
    append_json_number(revenue,
                       price.number() * (quantity.is(JsonKind::kNumber) ? quantity.number() : 1));
    event.json(Into::kProperties, "revenue"_key, bench_.arena.copy(revenue));
  }

  // What only sets is a trait; what counts on or adds to a list is kept as it was sent.
  void write_traits(JsonNode changes, SpecEvent& event) {
    for (const JsonNode trait : members_of(changes["$setOnce"]))
      if (trait.text() != "EMPTY") event.member(Into::kTraits, trait);
    for (const JsonNode change : changes) {
      if (change.key() == "$set") {
        for (const JsonNode trait : members_of(change)) event.member(Into::kTraits, trait);
      } else if (change.key() == "$unset") {
        for (const JsonNode trait : members_of(change))
          event.json(Into::kTraits, trait.key(), "null");
      } else if (change.key() != "$setOnce") {
        event.value(change.key().starts_with('$') ? Into::kProperties : Into::kTraits,
                    change.key(),
                    change);
      }
    }
  }

  // The first group that it names; all of them are in the context.
  void write_group(SpecEvent& event) {
    for (const JsonNode group : members_of(said_.groups)) {
      JsonNode id = group;
      if (group.is(JsonKind::kList) && group.size() > 0) id = *group.begin();
      event.text(Into::kEvent, "groupId"_key, id.text());
      break;
    }
    write_traits(said_.group_properties, event);
  }

  void keep_traits() {
    SpecEvent& event = made_.begin();
    event.plain(Into::kEvent, "type"_key, "identify");
    for (const JsonNode member : {said_.user_id, said_.device_id, said_.time})
      if (member.present()) reader_.put(event, tables_.event.find(member.key())->field, member);
    if (const std::string_view id = said_.insert_id.text(); !id.empty())
      event.text(Into::kEvent, "messageId"_key, bench_.arena.join(id, ":set"));
    write_library(event);
    write_traits(said_.user_properties, event);
    made_.keep(source_.source());
  }

  const JsonNode source_;
  Workbench& bench_;
  Translation& made_;
  const Tables& tables_ = tables();
  const Reader reader_{bench_.arena, bench_.inner};
  Said said_;
  std::string_view type_;
  bool has_url_ = false;
};

// PostHog and Segment have that path too, and neither has both of these.
bool is_amplitude(const Request& request, Workbench& bench) {
  if (request.path != kBatch) return true;
  if (bench.read(request)) return false;
  const JsonNode root = bench.tree.root();
  return root["api_key"].present() && root["events"].present();
}

Response answer(const Outcome& outcome) {
  Response response = json_answer(outcome, R"({"code":200})");
  if (outcome.kind == Outcome::Kind::kAccepted) return response;
  const bool key = outcome.status == 401 || outcome.status == 403;
  response.body.clear();
  JsonWriter json(response.body);
  json.object().key("code").value(key ? 400 : outcome.status);
  json.key("error").value((key ? "Invalid API key: " : "") + outcome.detail);
  json.key("missing_field");
  // So that the SDK does not ask again for good.
  if (outcome.kind == Outcome::Kind::kRefused)
    json.value(outcome.reason).end();
  else
    json.null().end();
  return response;
}

Reading decode(const Request& request, const Endpoint&, Workbench& bench) {
  if (auto refusal = bench.read(request)) return *std::move(refusal);
  const JsonNode root = bench.tree.root();
  if (!root["events"].is(JsonKind::kList))
    return Refusal{400, "missing_events", "the body is no object with a list `events`"};
  if (root["events"].size() == 0) return Refusal{400, "empty_batch", "there are no events"};
  bench.key = root["api_key"].text();
  Translation made(bench);
  made.sent_at(root["client_upload_time"].source());
  for (const JsonNode event : root["events"]) {
    Writing writing(event, bench, made);
    if (const std::string_view reason = writing.refused(); reason.empty())
      writing.keep();
    else
      made.refuse(reason, "the event can never be accepted as it is", event.source());
  }
  const auto ingested = root["events"].size() - made.refused().size();
  Reading reading = made.finish(bench.key);
  if (auto* decoded = std::get_if<Decoded>(&reading))
    decoded->answer =
        [ingested, size = request.body.size(), at = request.received](const Outcome& outcome) {
          if (outcome.kind != Outcome::Kind::kAccepted) return answer(outcome);
          Response response;
          JsonWriter json(response.body);
          json.object().key("code").value(200).key("events_ingested").value(ingested);
          json.key("payload_size_bytes").value(size);
          json.key("server_upload_time").value(to_millis(at)).end();
          return response;
        };
  return reading;
}

}  // namespace

Dialect amplitude() {
  Dialect made;
  made.name = "amplitude";
  made.title = "Amplitude HTTP API 2";
  made.summary = "Takes events as Amplitude's SDKs send them.";
  made.notes =
      "The key is `api_key` in the body. `user_properties` become traits: members of `$set` and "
      "`$setOnce` (which came first is not looked at, and `EMPTY` is none), those of `$unset` as "
      "null; operations that count on or add to lists are kept in `properties` under their own "
      "names. An event that is no `$identify` but has `user_properties` becomes an `identify` "
      "besides. Of a group "
      "`groupId` is the first of `groups`. `revenue_amount` is one product's revenue, and no "
      "order; "
      "where it says none, `revenue` is price times quantity. UTM parameters and click ids among "
      "the properties are `context.campaign`. `ip` is masked. Set `serverUrl`.";
  made.example = R"({"api_key":"KEY","events":[{"event_type":"E","user_id":"u"}]})";
  made.endpoints = {{Method::kPost, "/2/httpapi"}, {Method::kPost, kBatch}};
  made.events = kEvents;
  made.fields = kFields;
  made.claims = is_amplitude;
  made.decode = decode;
  made.answer = answer;
  return made;
}

}  // namespace millrace::protocols
