#include "connectors/protocols/amplitude.hpp"

#include "connectors/protocols/campaign_fields.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/json_writer.hpp"

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

struct Tables {
  FieldTable event{kEventFields};
  FieldTable properties{kProperties};
};
const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

// Why an event can never be accepted; empty: it is well.
std::string_view judge(JsonNode event) {
  if (!event.is(JsonKind::kObject)) return "not_an_event";
  if (!event["event_type"].is(JsonKind::kString) || event["event_type"].text().empty())
    return "missing_event_type";
  for (const std::string_view name : {"event_properties", "user_properties", "group_properties"})
    if (event[name].present() && !event[name].is(JsonKind::kObject)) return "malformed_properties";
  if (event["user_id"].text().empty() && event["device_id"].text().empty()) return "missing_ids";
  return {};
}

// One event on its way.
class Writing {
 public:
  Writing(JsonNode event, Workbench& bench, Translation& made)
      : source_(event),
        name_(event["event_type"].text()),
        type_(ours_of(kEvents, name_, "track")),
        bench_(bench),
        made_(made) {}

  void run() {
    SpecEvent& event = made_.begin();
    event.text(Into::kEvent, "type", type_);
    if (type_ == "track") event.text(Into::kEvent, "event", name_);
    write_fields(event);
    for (const JsonNode member : source_["event_properties"]) write_property(member, event);
    write_revenue(event);
    if (type_ == "identify") write_traits(source_["user_properties"], event);
    if (type_ == "group") write_group(event);
    const bool kept = made_.keep(source_.source());
    if (kept && type_ != "identify" && source_["user_properties"].size() > 0) keep_traits();
  }

 private:
  void write_fields(SpecEvent& event) {
    tables().event.put_all(source_, Into::kProperties, reader_, event);
    write_library(event);
    put_address(source_["ip"].text(), bench_, event);
    // Outside of any session it says -1.
    const JsonNode session = source_["session_id"];
    if (session.present() && session.text() != "-1")
      event.text(Into::kSession, "id", session.text());
  }

  // "amplitude-ts/2.48.1"
  void write_library(SpecEvent& event) {
    const std::string_view library = source_["library"].text();
    const std::size_t slash = library.rfind('/');
    if (library.empty()) return;
    event.text(Into::kLibrary, "name", library.substr(0, slash));
    if (slash != std::string_view::npos)
      event.text(Into::kLibrary, "version", library.substr(slash + 1));
  }

  void write_property(JsonNode member, SpecEvent& event) {
    const FieldMapping* field = tables().properties.find(member.key());
    if (field == nullptr) return event.member(Into::kProperties, member);
    // The location comes first, and has the query that the URL lacks.
    if (field->ours == "url" && std::exchange(has_url_, true)) return;
    reader_.put(event, *field, member);
    if (type_ == "screen" && field->into == Into::kScreen)
      event.value(Into::kEvent, "name", member);
  }

  // The SDK leaves the product to whoever reads.
  void write_revenue(SpecEvent& event) {
    const JsonNode properties = source_["event_properties"];
    const bool said = source_["revenue"].present() || properties["revenue"].present() ||
                      properties["$revenue"].present();
    if (name_ != "revenue_amount" || said) return;
    if (!properties["$price"].is(JsonKind::kNumber)) return;
    const JsonNode quantity = properties["$quantity"];
    std::string revenue;
    append_json_number(
        revenue,
        properties["$price"].number() * (quantity.is(JsonKind::kNumber) ? quantity.number() : 1));
    event.json(Into::kProperties, "revenue", bench_.arena.copy(revenue));
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
    for (const JsonNode group : members_of(source_["groups"])) {
      JsonNode id = group;
      if (group.is(JsonKind::kList) && group.size() > 0) id = *group.begin();
      event.text(Into::kEvent, "groupId", id.text());
      break;
    }
    write_traits(source_["group_properties"], event);
  }

  void keep_traits() {
    SpecEvent& event = made_.begin();
    event.text(Into::kEvent, "type", "identify");
    for (const std::string_view name : {"user_id", "device_id", "time"})
      if (const JsonNode member = source_[name]; member.present())
        reader_.put(event, *tables().event.find(name), member);
    if (const std::string_view id = source_["insert_id"].text(); !id.empty())
      event.text(Into::kEvent, "messageId", bench_.arena.copy(std::string(id).append(":set")));
    write_library(event);
    write_traits(source_["user_properties"], event);
    made_.keep(source_.source());
  }

  const JsonNode source_;
  const std::string_view name_;
  const std::string_view type_;
  Workbench& bench_;
  Translation& made_;
  const Reader reader_{bench_.arena, bench_.inner};
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
    const std::string_view reason = judge(event);
    if (reason.empty())
      Writing(event, bench, made).run();
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
