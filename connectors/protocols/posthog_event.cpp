#include "connectors/protocols/posthog_event.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/utf8.hpp"

#include <array>
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

using Names = KnownNames<PosthogSaid, JsonNode>;
constexpr auto kKeptBeside = std::to_array<Names::Keep>({
    {"event", &PosthogSaid::name},
    {"uuid", &PosthogSaid::uuid},
    {"timestamp", &PosthogSaid::timestamp},
    {"offset", &PosthogSaid::offset},
    {"library", &PosthogSaid::library},
    {"properties", &PosthogSaid::properties},
    {"options", &PosthogSaid::options},
    {"distinct_id", &PosthogSaid::id},
    {"$distinct_id", &PosthogSaid::other_id},
    {"$set", &PosthogSaid::set_beside},
    {"$set_once", &PosthogSaid::set_once_beside},
    {"ip", &PosthogSaid::ip},
});
constexpr auto kKept = std::to_array<Names::Keep>({
    {"$user_id", &PosthogSaid::user_id},
    {"$is_identified", &PosthogSaid::identified},
    {"$anon_distinct_id", &PosthogSaid::anonymous_id},
    {"$set", &PosthogSaid::set},
    {"$set_once", &PosthogSaid::set_once},
    {"$unset", &PosthogSaid::unset},
    {"$group_key", &PosthogSaid::group_key},
    {"$group_set", &PosthogSaid::group_set},
    {"$ip", &PosthogSaid::ip},
    {"$insert_id", &PosthogSaid::insert_id},
    {"$process_person_profile", &PosthogSaid::profile},
    {"$lib", &PosthogSaid::library_inside},
});
constexpr auto kKeptOptions =
    std::to_array<Names::Keep>({{"process_person_profile", &PosthogSaid::profile}});

}  // namespace

struct PosthogTables {
  Names fields{{posthog_fields()}, kKept};
  Names beside{{kBeside}, kKeptBeside};
  Names options{{kOptions}, kKeptOptions};
};

namespace {

const PosthogTables& tables() {
  static const PosthogTables kTables;
  return kTables;
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

// Of the event itself: as it is written, if it is the whole text of `node`.
void put_text(SpecEvent& event, const WrittenKey& key, JsonNode node, std::string_view text) {
  if (node.is(JsonKind::kString) && node.text().data() == text.data() &&
      node.text().size() == text.size())
    event.value(Into::kEvent, key, node);
  else if (!text.empty())
    event.text(Into::kEvent, key, text);
}

}  // namespace

PosthogEvent::PosthogEvent(JsonNode event,
                           const PosthogRequest& request,
                           Workbench& bench,
                           Translation& made)
    : source_(event), request_(request), bench_(bench), made_(made), tables_(tables()) {
  judge();
}

void PosthogEvent::judge() {
  if (!source_.is(JsonKind::kObject)) return refuse("not_an_event", "the event is not an object");
  write_beside();
  const JsonNode properties = said_.properties;
  if (properties.present() && !properties.is(JsonKind::kObject))
    return refuse("malformed_event_properties", "`properties` is not an object");
  name_ = said_.name.is(JsonKind::kString) ? said_.name.text() : request_.nameless;
  if (name_.empty()) return refuse("missing_event_name", "the event has no name");
  distinct_id_ = id_text(said_.id);
  if (distinct_id_.empty()) distinct_id_ = id_text(said_.other_id);
  if (distinct_id_.empty()) distinct_id_ = id_text(properties["distinct_id"]);
  if (distinct_id_.empty())
    return refuse("missing_distinct_id", "the event does not say who it is about");
}

bool PosthogEvent::keep() {
  type_ = ours_of(posthog_events(), name_, "track");
  SpecEvent& event = bench_.event;
  write_properties(event);
  write_head(event, type_, {});
  if (!said_.library.present() && !said_.library_inside.present()) write_library(event);
  if (type_ == "track") put_text(event, "event"_key, said_.name, name_);
  if (type_ == "identify") write_traits(event);
  if (type_ == "alias") event.text(Into::kEvent, "previousId"_key, id_text(said_.alias));
  if (type_ == "group") write_group(event);
  const bool kept = made_.keep(source_.source());
  if (kept && type_ != "identify" && sets_traits()) keep_traits();
  return kept;
}

// What every event has; `suffix` is of its id.
void PosthogEvent::write_head(SpecEvent& event, std::string_view type, std::string_view suffix) {
  event.plain(Into::kEvent, "type"_key, type);
  const std::string_view id = message_id();
  if (suffix.empty())
    put_text(event, "messageId"_key, said_.uuid, id);
  else if (!id.empty())
    event.text(Into::kEvent, "messageId"_key, bench_.arena.join(id, suffix));
  if (said_.timestamp.present())
    event.value(Into::kEvent, "timestamp"_key, said_.timestamp);
  else if (said_.offset.is(JsonKind::kNumber))
    event.json(Into::kEvent, "timestamp"_key, time_by_offset());
  write_person(event, id);
}

// Where the SDK gives none, one that a repetition has too.
std::string_view PosthogEvent::message_id() {
  std::string_view id = said_.uuid.text();
  if (id.empty()) id = said_.insert_id.text();
  if (id.empty() && said_.timestamp.present())
    id = bench_.arena.copy(to_hex(hash128(source_.source())));
  return id;
}

void PosthogEvent::write_beside() {
  tables_.beside.put_all(source_, Into::kProperties, reader_, made_.begin(), said_);
}

// How many milliseconds before it was sent it happened.
std::string_view PosthogEvent::time_by_offset() {
  constexpr double kYear = 366.0 * 86'400'000;
  const double offset = said_.offset.number();
  const double ago = offset >= 0 && offset < kYear ? offset : 0;
  return bench_.arena.copy(
      std::to_string(to_millis(request_.received) - static_cast<std::int64_t>(ago)));
}

void PosthogEvent::write_properties(SpecEvent& event) {
  const bool plain = type_ == "track";
  for (const JsonNode member : said_.properties)
    if (plain || !write_own(member, event)) write_property(member, event);
  for (const JsonNode member : members_of(said_.options)) {
    const Names::Known* known = tables_.options.find(member.key());
    event.member(known == nullptr ? Into::kProperties : known->field.into, member);
    if (known != nullptr && known->place != nullptr) said_.*known->place = member;
  }
}

// What others have of these names is no title of a page, and no screen.
bool PosthogEvent::write_own(JsonNode member, SpecEvent& event) {
  if (type_ == "page" && member.key() == "title")
    event.value(Into::kPage, "title"_key, member);
  else if (type_ == "screen" && member.key() == "$screen_name")
    event.value(Into::kEvent, "name"_key, member);
  else if (type_ == "alias" && member.key() == "alias")
    said_.alias = member;
  else
    return false;
  return true;
}

void PosthogEvent::write_property(JsonNode member, SpecEvent& event) {
  const Names::Known* known = tables_.fields.find(member.key());
  if (known == nullptr) return event.member(Into::kProperties, member);
  if (known->place != nullptr) said_.*known->place = member;
  // How the SDK says that there is none.
  const bool none = member.is(JsonKind::kString) && member.text() == "$direct";
  if (!none) reader_.put(event, known->field, member);
}

void PosthogEvent::write_library(SpecEvent& event) const {
  if (request_.library.empty()) return;
  event.text(Into::kLibrary, "name"_key, request_.library);
  event.text(Into::kLibrary, "version"_key, request_.library_version);
}

// The id is a user's if anybody says so, or if nobody says anything, as server SDKs do. The
// device's own id stays with the device when users change, so it says who nobody is.
bool PosthogEvent::is_user() const {
  if (said_.user_id.present()) return true;
  if (said_.identified.is(JsonKind::kBool)) return said_.identified.text() == "true";
  // A server SDK makes up an id where it is given none, for a group or for a nameless event.
  return said_.profile.text() != "false" && type_ != "group";
}

void PosthogEvent::write_person(SpecEvent& event, std::string_view message_id) {
  // All visitors without cookies have this one id: each event stands for itself.
  const bool nobody = distinct_id_ == "$posthog_cookieless";
  const bool known = !nobody && (name_ == "$identify" || is_user());
  put_text(event,
           known ? "userId"_key : "anonymousId"_key,
           said_.id,
           nobody && !message_id.empty() ? message_id : distinct_id_);
  if (known && said_.anonymous_id.present())
    event.text(Into::kEvent, "anonymousId"_key, id_text(said_.anonymous_id));
  put_address(said_.ip.text(), bench_, event);
}

bool PosthogEvent::sets_traits() const {
  for (const JsonNode traits : {said_.set_beside, said_.set_once_beside, said_.set, said_.set_once})
    if (members_of(traits).size() > 0) return true;
  return said_.unset.size() > 0;
}

// They stand beside the properties or among them. Of what is in both, `$set` counts.
void PosthogEvent::write_traits(SpecEvent& event) const {
  for (const JsonNode traits : {said_.set_once_beside, said_.set_once})
    for (const JsonNode trait : members_of(traits))
      if (trait.present()) event.member(Into::kTraits, trait);
  for (const JsonNode traits : {said_.set_beside, said_.set})
    for (const JsonNode trait : members_of(traits)) event.member(Into::kTraits, trait);
  for (const JsonNode name : said_.unset) event.json(Into::kTraits, name.text(), "null");
}

void PosthogEvent::keep_traits() {
  SpecEvent& event = made_.begin();
  write_head(event, "identify", ":set");
  if (said_.library_inside.present())
    event.value(Into::kLibrary, "name"_key, said_.library_inside);
  else
    write_library(event);
  write_traits(event);
  made_.keep(source_.source());
}

void PosthogEvent::write_group(SpecEvent& event) const {
  event.text(Into::kEvent, "groupId"_key, id_text(said_.group_key));
  for (const JsonNode trait : members_of(said_.group_set)) event.member(Into::kTraits, trait);
}

}  // namespace millrace::protocols
