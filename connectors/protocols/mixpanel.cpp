#include "connectors/protocols/mixpanel.hpp"

#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/known_names.hpp"
#include "connectors/protocols/mixpanel_fields.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <array>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

// What is looked at of an event's properties.
struct Said {
  JsonNode distinct_id, user_id, device_id, distinct_ids, identified_id, anonymous_id, ip, own_ip,
      token;
};
using Names = KnownNames<Said, JsonNode>;
constexpr auto kKept = std::to_array<Names::Keep>({
    {"distinct_id", &Said::distinct_id},
    {"$user_id", &Said::user_id},
    {"$device_id", &Said::device_id},
    {"$distinct_ids", &Said::distinct_ids},
    {"$identified_id", &Said::identified_id},
    {"$anon_distinct_id", &Said::anonymous_id},
    {"ip", &Said::ip},
    {"$ip", &Said::own_ip},
    {"token", &Said::token},
});

struct Tables {
  Names fields{{kMixpanelFields}, kKept};
  FieldTable profile{kMixpanelProfile};
  FieldTable traits{kMixpanelTraits};
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

bool has_text(JsonNode id) { return !id.text().empty(); }

// One event, or what is said of one person or group, on its way.
class Writing {
 public:
  Writing(JsonNode one, Workbench& bench, SpecEvent& event)
      : source_(one), bench_(bench), event_(event) {}

  // Why it can never be accepted; empty: it is well, and written.
  std::string_view write(Kind kind) {
    if (!source_.is(JsonKind::kObject)) return "not_an_event";
    if (kind == Kind::kEvent) return write_event();
    if (!source_["$delete"].is(JsonKind::kAbsent)) return "unsupported_deletion";
    return kind == Kind::kGroup ? write_group() : write_person();
  }

  // After that, the key that it brings; empty: none.
  std::string_view token() const {
    const JsonNode beside = source_["$token"];
    if (beside.present()) return beside.text();
    return said_.token.is(JsonKind::kAbsent) ? source_["properties"]["token"].text()
                                             : said_.token.text();
  }

 private:
  std::string_view write_event() {
    const JsonNode name = source_["event"];
    const JsonNode properties = source_["properties"];
    if (!name.is(JsonKind::kString) || !has_text(name)) return "missing_event";
    if (properties.present() && !properties.is(JsonKind::kObject)) return "malformed_properties";
    const std::string_view type = ours_of(kMixpanelEvents, name.text(), "track");
    const bool alias = type == "alias";
    for (const JsonNode member : properties)
      if (!alias || member.key() != "alias") write_property(member);
    const bool known = has_text(said_.distinct_id) || has_text(said_.user_id) ||
                       has_text(said_.device_id) || said_.distinct_ids.is(JsonKind::kList);
    if (!known) return "missing_distinct_id";
    event_.plain(Into::kEvent, "type"_key, type);
    if (type == "track") event_.value(Into::kEvent, "event"_key, name);
    write_ids(said_.distinct_id, said_.user_id);
    put_address(said_.ip.text(), bench_, event_);
    put_address(said_.own_ip.text(), bench_, event_);
    if (name.text() == "$identify")
      write_identified();
    else if (name.text() == "$merge")
      write_merged(said_.distinct_ids);
    else if (alias)
      write_alias(properties);
    return {};
  }

  std::string_view write_person() {
    const JsonNode id = source_["$distinct_id"];
    const JsonNode user_id = source_["$user_id"];
    if (!has_text(id) && !has_text(user_id) && !has_text(source_["$device_id"]))
      return "missing_distinct_id";
    event_.plain(Into::kEvent, "type"_key, "identify");
    write_profile();
    write_ids(id, user_id);
    return {};
  }

  // Nobody is named: the group stands for itself.
  std::string_view write_group() {
    const std::string_view id = source_["$group_id"].text();
    if (id.empty()) return "missing_group_id";
    event_.plain(Into::kEvent, "type"_key, "group");
    write_profile();
    event_.text(Into::kEvent, "groupId"_key, id);
    event_.text(Into::kEvent,
                "anonymousId"_key,
                bench_.arena.copy(fmt::format("${}_{}", source_["$group_key"].text(), id)));
    return {};
  }

  void write_property(JsonNode member) {
    const Names::Known* known = tables_.fields.find(member.key());
    if (known == nullptr) return event_.member(Into::kProperties, member);
    if (known->place != nullptr) said_.*known->place = member;
    // How the SDK says that there is none.
    const bool none = member.is(JsonKind::kString) && member.text() == "$direct";
    if (!none) reader_.put(event_, known->field, member);
  }

  void write_ids(JsonNode distinct_id, JsonNode user_id) {
    const std::string_view id = distinct_id.text();
    if (id.starts_with(kDevice))
      event_.text(Into::kEvent, "anonymousId"_key, without_mark(id));
    else if (!id.empty())
      event_.text(Into::kEvent, "userId"_key, id);
    else if (user_id.present())
      event_.text(Into::kEvent, "userId"_key, user_id.text());
  }

  void write_identified() {
    if (said_.identified_id.present())
      event_.text(Into::kEvent, "userId"_key, said_.identified_id.text());
    if (said_.anonymous_id.present())
      event_.text(Into::kEvent, "anonymousId"_key, without_mark(said_.anonymous_id.text()));
  }

  // The alias is the new name of who was called by the other.
  void write_alias(JsonNode properties) {
    event_.text(Into::kEvent, "userId"_key, properties["alias"].text());
    event_.text(Into::kEvent, "previousId"_key, without_mark(said_.distinct_id.text()));
  }

  void write_merged(JsonNode ids) {
    std::size_t at = 0;
    for (const JsonNode id : ids) {
      if (at < 2)
        event_.text(
            Into::kEvent, at == 0 ? "userId"_key : "previousId"_key, without_mark(id.text()));
      ++at;
    }
  }

  // What only sets is a trait; what counts on or adds to a list is kept as it was sent. Of what is
  // set and set once, the former counts.
  void write_profile() {
    tables_.profile.put_all(source_, Into::kProperties, reader_, event_);
    put_address(source_["$ip"].text(), bench_, event_);
    for (const JsonNode trait : members_of(source_["$set_once"]))
      if (trait.present()) write_trait(trait);
    for (const JsonNode trait : members_of(source_["$set"])) write_trait(trait);
    for (const JsonNode name : source_["$unset"]) event_.json(Into::kTraits, name.text(), "null");
  }

  void write_trait(JsonNode trait) {
    if (const Field* field = tables_.traits.find(trait.key()))
      reader_.put(event_, *field, trait);
    else
      event_.member(Into::kTraits, trait);
  }

  const JsonNode source_;
  Workbench& bench_;
  SpecEvent& event_;
  const Tables& tables_ = tables();
  Said said_;  // of an event
  const Reader reader_{bench_.arena, bench_.inner};
};

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
    response.body.assign(1, '1');
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
  bench.key.clear();
  const Kind kind = kind_of(request.path);
  Translation made(bench);
  made.sent_at(parameter_json(request, "_", bench));
  const auto take = [&](JsonNode one) {
    Writing writing(one, bench, made.begin());
    if (const std::string_view reason = writing.write(kind); !reason.empty())
      made.refuse(reason, "it can never be accepted as it is", one.source());
    else
      made.keep(one.source());
    return note_key(writing.token(), bench);
  };
  if (list) {
    for (const JsonNode one : root)
      if (auto refusal = take(one)) return *std::move(refusal);
  } else {
    take(root);
  }
  if (bench.key.empty()) bench.key = basic_user(request);
  if (bench.key.empty()) bench.key = request.parameter("api_key").value_or("");
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
  made.events = kMixpanelEvents;
  made.fields = kMixpanelShown;
  made.claims = is_mixpanel;
  made.decode = decode;
  made.answer = answer;
  return made;
}

}  // namespace millrace::protocols
