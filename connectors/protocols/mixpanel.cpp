#include "connectors/protocols/mixpanel.hpp"

#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/campaign_fields.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/json_writer.hpp"

#include <array>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr EventMapping kEvents[] = {
    {"$mp_web_page_view", "page"},
    {"mp_page_view", "page"},
    {"$identify", "identify"},
    {"$create_alias", "alias"},
    {"$merge", "alias"},
};

// Members of an event's `properties`. E-commerce has no names of its own here: people send the
// spec's.
constexpr FieldMapping kOwn[] = {
    {"$insert_id", Into::kEvent, "messageId", As::kText},
    {"time", Into::kEvent, "timestamp"},
    {"$device_id", Into::kEvent, "anonymousId", As::kText},
    {"$current_url", Into::kPage, "url"},
    {"current_url", Into::kPage, "url"},
    {"current_page_title", Into::kPage, "title"},
    {"current_url_path", Into::kPage, "path"},
    {"current_url_search", Into::kPage, "search"},
    {"current_url_protocol", Into::kPage, "protocol"},
    {"current_domain", Into::kPage, "host"},
    {"$referrer", Into::kPage, "referrer"},
    {"$referring_domain", Into::kPage, "referring_domain"},
    {"$browser", Into::kBrowser, "name"},
    {"$browser_version", Into::kBrowser, "version", As::kText},
    {"$os", Into::kOs, "name"},
    {"$os_version", Into::kOs, "version", As::kText},
    {"$device", Into::kDevice, "name"},
    {"$model", Into::kDevice, "model"},
    {"$manufacturer", Into::kDevice, "manufacturer"},
    {"$brand", Into::kDevice, "brand"},
    {"$carrier", Into::kDevice, "carrier"},
    {"$screen_width", Into::kScreen, "width"},
    {"$screen_height", Into::kScreen, "height"},
    {"$app_version_string", Into::kApp, "version", As::kText},
    {"$app_version", Into::kApp, "version", As::kText},
    {"$app_build_number", Into::kApp, "build", As::kText},
    {"mp_country_code", Into::kLocation, "country"},
    {"$region", Into::kLocation, "region"},
    {"$city", Into::kLocation, "city"},
    {"mp_lib", Into::kLibrary, "name"},
    {"$lib_version", Into::kLibrary, "version", As::kText},
    // Who it is about: see the notes.
    {"distinct_id", Into::kNowhere},
    {"$user_id", Into::kNowhere},
    {"$identified_id", Into::kNowhere},
    {"$anon_distinct_id", Into::kNowhere},
    {"$distinct_ids", Into::kNowhere},
    {"ip", Into::kNowhere},
    {"$ip", Into::kNowhere},
    {"token", Into::kNowhere},
    {"mp_sent_by_lib_version", Into::kNowhere},
};
constexpr auto kFields = joined(kOwn, kCampaignFields);

// Members of what is said of a person or a group.
constexpr FieldMapping kProfileFields[] = {
    {"$device_id", Into::kEvent, "anonymousId", As::kText},
    {"$time", Into::kEvent, "timestamp"},
    {"$distinct_id", Into::kNowhere},
    {"$user_id", Into::kNowhere},
    {"$group_id", Into::kNowhere},
    {"$token", Into::kNowhere},
    {"$ip", Into::kNowhere},
    {"$set", Into::kNowhere},
    {"$set_once", Into::kNowhere},
    {"$unset", Into::kNowhere},
    {"$ignore_time", Into::kNowhere},
    {"$ignore_alias", Into::kNowhere},
};
constexpr FieldMapping kTraits[] = {
    {"$email", Into::kTraits, "email"},
    {"$name", Into::kTraits, "name"},
    {"$first_name", Into::kTraits, "firstName"},
    {"$last_name", Into::kTraits, "lastName"},
    {"$phone", Into::kTraits, "phone"},
    {"$avatar", Into::kTraits, "avatar"},
    {"$created", Into::kTraits, "createdAt"},
};
constexpr auto kShown = joined(kOwn, kTraits);

struct Tables {
  FieldTable fields{kFields};
  FieldTable profile{kProfileFields};
  FieldTable traits{kTraits};
};
const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

// Of an anonymous visitor the SDK marks the device's id: "$device:<id>".
constexpr std::string_view kDevice = "$device:";
std::string_view without_mark(std::string_view id) {
  return id.starts_with(kDevice) ? id.substr(kDevice.size()) : id;
}

enum class Kind : std::uint8_t { kEvent, kPerson, kGroup };
Kind kind_of(std::string_view path) {
  return path.starts_with("/engage")   ? Kind::kPerson
         : path.starts_with("/groups") ? Kind::kGroup
                                       : Kind::kEvent;
}

// Why one can never be accepted; empty: it is well.
std::string_view judge(JsonNode one, Kind kind) {
  if (!one.is(JsonKind::kObject)) return "not_an_event";
  const auto has = [](JsonNode id) { return !id.text().empty(); };
  if (kind == Kind::kEvent) {
    const JsonNode properties = one["properties"];
    if (!one["event"].is(JsonKind::kString) || !has(one["event"])) return "missing_event";
    if (properties.present() && !properties.is(JsonKind::kObject)) return "malformed_properties";
    const bool known = has(properties["distinct_id"]) || has(properties["$user_id"]) ||
                       has(properties["$device_id"]) ||
                       properties["$distinct_ids"].is(JsonKind::kList);
    return known ? "" : "missing_distinct_id";
  }
  if (!one["$delete"].is(JsonKind::kAbsent)) return "unsupported_deletion";
  if (kind == Kind::kGroup) return has(one["$group_id"]) ? "" : "missing_group_id";
  return has(one["$distinct_id"]) || has(one["$user_id"]) || has(one["$device_id"])
             ? ""
             : "missing_distinct_id";
}

// One event, or what is said of one person or group, on its way.
class Writing {
 public:
  Writing(JsonNode one, Workbench& bench, SpecEvent& event)
      : source_(one), bench_(bench), event_(event) {}

  void write_event() {
    const std::string_view name = source_["event"].text();
    const std::string_view type = ours_of(kEvents, name, "track");
    const JsonNode properties = source_["properties"];
    event_.text(Into::kEvent, "type", type);
    if (type == "track") event_.text(Into::kEvent, "event", name);
    for (const JsonNode member : properties) write_property(member, type);
    write_ids(properties["distinct_id"], properties["$user_id"]);
    put_address(properties["ip"].text(), bench_, event_);
    put_address(properties["$ip"].text(), bench_, event_);
    if (name == "$identify")
      write_identified(properties);
    else if (name == "$merge")
      write_merged(properties["$distinct_ids"]);
    else if (type == "alias")
      write_alias(properties);
  }

  void write_person() {
    event_.text(Into::kEvent, "type", "identify");
    write_profile();
    write_ids(source_["$distinct_id"], source_["$user_id"]);
  }

  // Nobody is named: the group stands for itself.
  void write_group() {
    event_.text(Into::kEvent, "type", "group");
    write_profile();
    const std::string_view id = source_["$group_id"].text();
    event_.text(Into::kEvent, "groupId", id);
    std::string itself = "$";
    itself.append(source_["$group_key"].text()).append("_").append(id);
    event_.text(Into::kEvent, "anonymousId", bench_.arena.copy(itself));
  }

 private:
  void write_property(JsonNode member, std::string_view type) {
    if (type == "alias" && member.key() == "alias") return;
    const FieldMapping* field = tables().fields.find(member.key());
    if (field == nullptr) return event_.member(Into::kProperties, member);
    // How the SDK says that there is none.
    const bool none = member.is(JsonKind::kString) && member.text() == "$direct";
    if (!none) reader_.put(event_, *field, member);
  }

  void write_ids(JsonNode distinct_id, JsonNode user_id) {
    const std::string_view id = distinct_id.text();
    if (id.starts_with(kDevice))
      event_.text(Into::kEvent, "anonymousId", without_mark(id));
    else if (!id.empty())
      event_.text(Into::kEvent, "userId", id);
    else if (user_id.present())
      event_.text(Into::kEvent, "userId", user_id.text());
  }

  void write_identified(JsonNode properties) {
    if (const JsonNode id = properties["$identified_id"]; id.present())
      event_.text(Into::kEvent, "userId", id.text());
    if (const JsonNode id = properties["$anon_distinct_id"]; id.present())
      event_.text(Into::kEvent, "anonymousId", without_mark(id.text()));
  }

  // The alias is the new name of who was called by the other.
  void write_alias(JsonNode properties) {
    event_.text(Into::kEvent, "userId", properties["alias"].text());
    event_.text(Into::kEvent, "previousId", without_mark(properties["distinct_id"].text()));
  }

  void write_merged(JsonNode ids) {
    std::size_t at = 0;
    for (const JsonNode id : ids) {
      if (at < 2)
        event_.text(
            Into::kEvent, at == 0 ? Key("userId") : Key("previousId"), without_mark(id.text()));
      ++at;
    }
  }

  // What only sets is a trait; what counts on or adds to a list is kept as it was sent. Of what is
  // set and set once, the former counts.
  void write_profile() {
    tables().profile.put_all(source_, Into::kProperties, reader_, event_);
    put_address(source_["$ip"].text(), bench_, event_);
    for (const JsonNode trait : members_of(source_["$set_once"]))
      if (trait.present()) write_trait(trait);
    for (const JsonNode trait : members_of(source_["$set"])) write_trait(trait);
    for (const JsonNode name : source_["$unset"]) event_.json(Into::kTraits, name.text(), "null");
  }

  void write_trait(JsonNode trait) {
    if (const FieldMapping* field = tables().traits.find(trait.key()))
      reader_.put(event_, *field, trait);
    else
      event_.member(Into::kTraits, trait);
  }

  const JsonNode source_;
  Workbench& bench_;
  SpecEvent& event_;
  const Reader reader_{bench_.arena, bench_.inner};
};

std::string_view token_of(JsonNode one) {
  const JsonNode beside = one["$token"];
  return beside.present() ? beside.text() : one["properties"]["token"].text();
}

// PostHog has some of these paths too, and names its key and its library in other ways.
bool is_mixpanel(const Request& request, Workbench& bench) {
  const std::string_view path = request.path;
  if (path.starts_with("/groups") || path.starts_with("/import")) return true;
  if (bench.read(request))
    return request.parameter("verbose").has_value() || request.parameter("ip").has_value();
  const JsonNode root = bench.tree.root();
  const JsonNode one = root.is(JsonKind::kList) && root.size() > 0 ? *root.begin() : root;
  return !root["batch"].present() && !one["api_key"].present() && !one["token"].present() &&
         !one["properties"]["$lib"].present();
}

std::vector<Endpoint> endpoints() {
  struct Path {
    std::string_view plain, slashed, body, query;
  };
  constexpr std::string_view kEventBody =
      R"({"event":"E","properties":{"token":"KEY","distinct_id":"u"}})";
  constexpr std::string_view kEventQuery =
      "data=%7B%22event%22%3A%22E%22%2C%22properties%22%3A%7B%22token%22%3A%22KEY%22%2C%22"
      "distinct_id%22%3A%22u%22%7D%7D";
  constexpr std::array<Path, 4> kPaths = {
      {{"/track", "/track/", kEventBody, kEventQuery},
       {"/import", "/import/", kEventBody, kEventQuery},
       {"/engage",
        "/engage/",
        R"({"$token":"KEY","$distinct_id":"u","$set":{"plan":"free"}})",
        "data=%7B%22$token%22%3A%22KEY%22%2C%22$distinct_id%22%3A%22u%22%7D"},
       {"/groups",
        "/groups/",
        R"({"$token":"KEY","$group_key":"company","$group_id":"u","$set":{"size":3}})",
        "data=%7B%22$token%22%3A%22KEY%22%2C%22$group_id%22%3A%22u%22%7D"}}};
  std::vector<Endpoint> made;
  for (const auto& [plain, slashed, body, query] : kPaths)
    for (const std::string_view path : {plain, slashed}) {
      made.push_back({Method::kPost, path, "", body});
      made.push_back({Method::kGet, path, "", query});
    }
  return made;
}

// Node's SDK takes any body but `1` for an error, and shows it.
Response answer(const Outcome& outcome) {
  Response response = json_answer(outcome, R"({"status":1,"error":null})");
  if (outcome.kind == Outcome::Kind::kAccepted) return response;
  response.body.clear();
  JsonWriter json(response.body);
  json.object().key("status").value(0).key("error").value(outcome.reason);
  json.key("detail").value(outcome.detail).key("code").value(outcome.status).end();
  return response;
}

std::function<Response(const Outcome&)> answer_for(const Request& request, std::size_t events) {
  const auto verbose = request.parameter("verbose");
  const bool import = request.path.starts_with("/import") && !verbose;
  const bool image = request.parameter("img") == "1";
  const bool words = verbose == "1" || verbose == "2";
  return [=](const Outcome& outcome) {
    if (image) return gif_answer(outcome);
    Response response = answer(outcome);
    if (outcome.kind != Outcome::Kind::kAccepted || words) return response;
    response.body = "1";
    response.content_type = "text/plain; charset=utf-8";
    if (import) {
      response.body.clear();
      JsonWriter json(response.body);
      json.object().key("code").value(200).key("num_records_imported").value(events);
      json.key("status").value("OK").end();
      response.content_type = "application/json";
    }
    return response;
  };
}

Reading decode(const Request& request, const Endpoint&, Workbench& bench) {
  if (auto refusal = bench.read(request)) return *std::move(refusal);
  const JsonNode root = bench.tree.root();
  const bool list = root.is(JsonKind::kList);
  if (list && root.size() == 0) return Refusal{400, "empty_batch", "the list has no events"};
  bench.key = list ? "" : token_of(root);
  if (list)
    if (auto refusal = find_one_key(root, token_of, bench)) return *std::move(refusal);
  if (bench.key.empty()) bench.key = basic_user(request);
  if (bench.key.empty()) bench.key = request.parameter("api_key").value_or("");

  const Kind kind = kind_of(request.path);
  Translation made(bench);
  made.sent_at(parameter_json(request, "_", bench));
  const auto take = [&](JsonNode one) {
    if (const std::string_view reason = judge(one, kind); !reason.empty())
      return made.refuse(reason, "it can never be accepted as it is", one.source());
    Writing writing(one, bench, made.begin());
    if (kind == Kind::kEvent) writing.write_event();
    if (kind == Kind::kPerson) writing.write_person();
    if (kind == Kind::kGroup) writing.write_group();
    made.keep(one.source());
  };
  if (list)
    for (const JsonNode one : root) take(one);
  else
    take(root);
  const std::size_t kept = made.kept();
  Reading reading = made.finish(bench.key);
  if (auto* decoded = std::get_if<Decoded>(&reading)) decoded->answer = answer_for(request, kept);
  return reading;
}

}  // namespace

Dialect mixpanel() {
  Dialect made;
  made.name = "mixpanel";
  made.title = "Mixpanel";
  made.summary = "Takes events, and what is said of people and groups, as Mixpanel's SDKs send it.";
  made.notes =
      "As the body, a form's `data` or the query's, as JSON or base64 of it. The key is "
      "`properties.token` or `$token`; where an import has none, Basic authorization's user or "
      "`api_key` in the query. `distinct_id` is `userId`, but behind `$device:` it is "
      "`anonymousId`, as `$device_id` is; `$identify` has both. Of an alias `alias` is `userId` "
      "and `distinct_id` `previousId`; of `$merge` the first two `$distinct_ids`. Updates of a "
      "person become `identify`, those of a group `group`, which stands for itself: members of "
      "`$set` and `$set_once` are traits (which came first is not looked at), those of `$unset` "
      "null, and operations that count on or add to lists are kept in `properties` under their "
      "own names. `$delete` is refused, so that nobody takes a profile for deleted. UTM parameters "
      "and click ids are `context.campaign`. `ip` is "
      "masked. "
      "Set `api_host`, or `host` and `protocol`.";
  made.endpoints = endpoints();
  made.events = kEvents;
  made.fields = kShown;
  made.claims = is_mixpanel;
  made.decode = decode;
  made.answer = answer;
  return made;
}

}  // namespace millrace::protocols
