#include "connectors/protocols/posthog_event.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/utf8.hpp"

#include <string>
#include <utility>

namespace millrace::protocols {
namespace {

// Members of the event beside `properties`.
constexpr FieldMapping kBeside[] = {
    {"library", Into::kLibrary, "name"},
    {"library_version", Into::kLibrary, "version", As::kText},
    {"session_id", Into::kSession, "id", As::kText},
    {"window_id", Into::kSession, "window_id", As::kText},
    {"event", Into::kNowhere},
    {"uuid", Into::kNowhere},
    {"timestamp", Into::kNowhere},
    {"ip", Into::kNowhere},
    {"properties", Into::kNowhere},
    {"options", Into::kNowhere},
    {"offset", Into::kNowhere},
    {"distinct_id", Into::kNowhere},
    {"$distinct_id", Into::kNowhere},
    {"$set", Into::kNowhere},
    {"$set_once", Into::kNowhere},
    {"api_key", Into::kNowhere},
    {"token", Into::kNowhere},
    {"$token", Into::kNowhere},
    {"sent_at", Into::kNowhere},
    {"type", Into::kNowhere},
    {"historical_migration", Into::kNowhere},
};

// Members of `options`, which the newer API has for what were properties.
constexpr FieldMapping kOptions[] = {
    {"process_person_profile", Into::kPrivacy},
    {"cookieless_mode", Into::kPrivacy},
    {"disable_skew_correction", Into::kNowhere},
};

struct Tables {
  FieldTable fields{posthog_fields()};
  FieldTable beside{kBeside};
  FieldTable options{kOptions};
};
const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

// What is said where, as far as no table can place it.
struct Said {
  JsonNode user_id, identified, anonymous_id, alias, set, set_once, unset, group_key, group_set, ip,
      insert_id, profile;
};
constexpr std::pair<std::string_view, JsonNode Said::*> kSaid[] = {
    {"$user_id", &Said::user_id},
    {"$is_identified", &Said::identified},
    {"$anon_distinct_id", &Said::anonymous_id},
    {"$set", &Said::set},
    {"$set_once", &Said::set_once},
    {"$unset", &Said::unset},
    {"$group_key", &Said::group_key},
    {"$group_set", &Said::group_set},
    {"$ip", &Said::ip},
    {"ip", &Said::ip},
    {"$insert_id", &Said::insert_id},
    {"process_person_profile", &Said::profile},
    {"$process_person_profile", &Said::profile},
};
void note(JsonNode member, Said& said) {
  for (const auto& [name, place] : kSaid)
    if (same_text(member.key(), name)) said.*place = member;
}

// Its server makes text of whatever stands there, and cuts it.
std::string_view id_text(JsonNode id) {
  constexpr std::size_t kCharactersMax = 200;
  if (!id.present()) return {};
  const bool nested = id.is(JsonKind::kList) || id.is(JsonKind::kObject);
  const std::string_view text = nested ? id.source() : id.text();
  if (text.size() <= kCharactersMax) return text;
  std::size_t end = 0;
  for (std::size_t i = 0; i < kCharactersMax && end < text.size(); ++i)
    end += utf8_length(text.substr(end));
  return text.substr(0, end);
}

// One event on its way.
class Writing {
 public:
  Writing(JsonNode event,
          const PosthogJudged& judged,
          const PosthogRequest& request,
          Workbench& bench,
          Translation& made)
      : source_(event),
        judged_(judged),
        request_(request),
        bench_(bench),
        made_(made),
        type_(ours_of(posthog_events(), judged.name, "track")) {}

  bool run() {
    SpecEvent& event = made_.begin();
    write_beside(event);
    write_properties(event);
    write_head(event, type_, {});
    if (!source_["library"].present() && !source_["properties"]["$lib"].present())
      write_library(event);
    if (type_ == "track") event.text(Into::kEvent, "event", judged_.name);
    if (type_ == "identify") write_traits(event);
    if (type_ == "alias") event.text(Into::kEvent, "previousId", id_text(said_.alias));
    if (type_ == "group") write_group(event);
    const bool kept = made_.keep(source_.source());
    if (kept && type_ != "identify" && sets_traits()) keep_traits();
    return kept;
  }

 private:
  // What every event has; `suffix` is of its id.
  void write_head(SpecEvent& event, std::string_view type, std::string_view suffix) {
    event.text(Into::kEvent, "type", type);
    const std::string_view id = message_id();
    if (!id.empty())
      event.text(Into::kEvent, "messageId", bench_.arena.copy(std::string(id).append(suffix)));
    if (const JsonNode time = source_["timestamp"]; time.present())
      event.value(Into::kEvent, "timestamp", time);
    else if (source_["offset"].is(JsonKind::kNumber))
      event.json(Into::kEvent, "timestamp", time_by_offset());
    write_person(event, id);
  }

  // Where the SDK gives none, one that a repetition has too.
  std::string_view message_id() {
    std::string_view id = source_["uuid"].text();
    if (id.empty()) id = said_.insert_id.text();
    if (id.empty() && source_["timestamp"].present())
      id = bench_.arena.copy(to_hex(hash128(source_.source())));
    return id;
  }

  void write_beside(SpecEvent& event) {
    for (const JsonNode member : source_) {
      const FieldMapping* field = tables_.beside.find(member.key());
      if (field == nullptr)
        event.member(Into::kProperties, member);
      else if (field->into != Into::kNowhere)
        reader_.put(event, *field, member);
      else
        note(member, said_);
    }
  }

  // How many milliseconds before it was sent it happened.
  std::string_view time_by_offset() {
    constexpr double kYear = 366.0 * 86'400'000;
    const double offset = source_["offset"].number();
    const double ago = offset >= 0 && offset < kYear ? offset : 0;
    return bench_.arena.copy(
        std::to_string(to_millis(request_.received) - static_cast<std::int64_t>(ago)));
  }

  void write_properties(SpecEvent& event) {
    for (const JsonNode member : source_["properties"]) write_property(member, event);
    for (const JsonNode member : members_of(source_["options"])) {
      const FieldMapping* field = tables_.options.find(member.key());
      event.member(field == nullptr ? Into::kProperties : field->into, member);
      note(member, said_);
    }
  }

  void write_property(JsonNode member, SpecEvent& event) {
    // What others have of these names is no title of a page, and no screen.
    if (type_ == "page" && member.key() == "title")
      return event.value(Into::kPage, "title", member);
    if (type_ == "screen" && member.key() == "$screen_name")
      return event.value(Into::kEvent, "name", member);
    if (type_ == "alias" && member.key() == "alias") {
      said_.alias = member;
      return;
    }
    const FieldMapping* field = tables_.fields.find(member.key());
    if (field == nullptr) return event.member(Into::kProperties, member);
    // How the SDK says that there is none.
    const bool none = member.is(JsonKind::kString) && member.text() == "$direct";
    if (field->into != Into::kNowhere && !none) reader_.put(event, *field, member);
    if (field->into == Into::kNowhere || field->into == Into::kPrivacy) note(member, said_);
  }

  void write_library(SpecEvent& event) {
    if (request_.library.empty()) return;
    event.text(Into::kLibrary, "name", request_.library);
    event.text(Into::kLibrary, "version", request_.library_version);
  }

  // The id is a user's if anybody says so, or if nobody says anything, as server SDKs do. The
  // device's own id stays with the device when users change, so it says who nobody is.
  bool is_user() const {
    if (said_.user_id.present()) return true;
    if (said_.identified.is(JsonKind::kBool)) return said_.identified.text() == "true";
    // A server SDK makes up an id where it is given none, for a group or for a nameless event.
    return said_.profile.text() != "false" && type_ != "group";
  }

  void write_person(SpecEvent& event, std::string_view message_id) {
    // All visitors without cookies have this one id: each event stands for itself.
    const bool nobody = judged_.distinct_id == "$posthog_cookieless";
    const bool known = !nobody && (judged_.name == "$identify" || is_user());
    event.text(Into::kEvent,
               known ? Key("userId") : Key("anonymousId"),
               nobody && !message_id.empty() ? message_id : judged_.distinct_id);
    if (known && said_.anonymous_id.present())
      event.text(Into::kEvent, "anonymousId", id_text(said_.anonymous_id));
    put_address(said_.ip.text(), bench_, event);
  }

  bool sets_traits() const {
    return members_of(said_.set).size() > 0 || members_of(said_.set_once).size() > 0 ||
           said_.unset.size() > 0;
  }

  // They stand beside the properties or among them. Of what is in both, `$set` counts.
  void write_traits(SpecEvent& event) {
    const JsonNode properties = source_["properties"];
    for (const JsonNode traits : {source_["$set_once"], properties["$set_once"]})
      for (const JsonNode trait : members_of(traits))
        if (trait.present()) event.member(Into::kTraits, trait);
    for (const JsonNode traits : {source_["$set"], properties["$set"]})
      for (const JsonNode trait : members_of(traits)) event.member(Into::kTraits, trait);
    for (const JsonNode name : said_.unset) event.json(Into::kTraits, name.text(), "null");
  }

  void keep_traits() {
    SpecEvent& event = made_.begin();
    write_head(event, "identify", ":set");
    if (const JsonNode library = source_["properties"]["$lib"]; library.present())
      event.value(Into::kLibrary, "name", library);
    else
      write_library(event);
    write_traits(event);
    made_.keep(source_.source());
  }

  void write_group(SpecEvent& event) {
    event.text(Into::kEvent, "groupId", id_text(said_.group_key));
    for (const JsonNode trait : members_of(said_.group_set)) event.member(Into::kTraits, trait);
  }

  const JsonNode source_;
  const PosthogJudged& judged_;
  const PosthogRequest& request_;
  Workbench& bench_;
  Translation& made_;
  const std::string_view type_;
  const Reader reader_{bench_.arena, bench_.inner};
  const Tables& tables_ = tables();
  Said said_;
};

}  // namespace

PosthogJudged judge_posthog_event(JsonNode event, const PosthogRequest& request) {
  PosthogJudged judged;
  const auto refuse = [&](std::string_view reason, std::string_view detail) {
    judged.refused = reason;
    judged.detail = detail;
    return judged;
  };
  if (!event.is(JsonKind::kObject)) return refuse("not_an_event", "the event is not an object");
  const JsonNode properties = event["properties"];
  if (properties.present() && !properties.is(JsonKind::kObject))
    return refuse("malformed_event_properties", "`properties` is not an object");
  const JsonNode name = event["event"];
  judged.name = name.is(JsonKind::kString) ? name.text() : request.nameless;
  if (judged.name.empty()) return refuse("missing_event_name", "the event has no name");
  judged.distinct_id = id_text(event["distinct_id"]);
  if (judged.distinct_id.empty()) judged.distinct_id = id_text(event["$distinct_id"]);
  if (judged.distinct_id.empty()) judged.distinct_id = id_text(properties["distinct_id"]);
  if (judged.distinct_id.empty())
    return refuse("missing_distinct_id", "the event does not say who it is about");
  return judged;
}

bool keep_posthog_event(JsonNode event,
                        const PosthogJudged& judged,
                        const PosthogRequest& request,
                        Workbench& bench,
                        Translation& made) {
  return Writing(event, judged, request, bench, made).run();
}

}  // namespace millrace::protocols
