// PostHog's events, of either version of its capture API, as events in the Segment spec. Called by
// their decoders on I/O threads.
#pragma once

#include "connectors/protocols/known_names.hpp"
#include "connectors/protocols/translation.hpp"

#include <span>
#include <string_view>

namespace millrace::protocols {

// The tables: posthog_fields.cpp.
std::span<const EventMapping> posthog_events();
std::span<const FieldMapping> posthog_fields();

// What a request says for all of its events. Views last as long as they do.
struct PosthogRequest {
  Time received{};
  std::string_view library{};  // who does not say more in its events
  std::string_view library_version{};
  std::string_view nameless{};  // what an event without a name is; empty: it is refused
};

// What an event says where, as far as no table can place it.
struct PosthogSaid {
  JsonNode name, uuid, timestamp, offset, library, properties, options;     // beside
  JsonNode id, other_id;                                                    // distinct_id
  JsonNode set_beside, set_once_beside;                                     // $set
  JsonNode ip;                                                              // anywhere
  JsonNode user_id, identified, anonymous_id, alias, unset, set, set_once;  // among properties
  JsonNode group_key, group_set, insert_id, profile, library_inside;
};

struct PosthogTables;

// One event on its way into the batch: read and judged when it is made, and then kept or refused.
class PosthogEvent {
 public:
  PosthogEvent(JsonNode event, const PosthogRequest& request, Workbench& bench, Translation& made);

  // Why it can never be accepted; empty: it is well.
  std::string_view refused() const { return refused_; }
  std::string_view detail() const { return detail_; }
  void refuse(std::string_view reason, std::string_view detail) {
    refused_ = reason;
    detail_ = detail;
  }
  std::string_view name() const { return name_; }
  JsonNode uuid() const { return said_.uuid; }
  JsonNode timestamp() const { return said_.timestamp; }
  // What comes out of the places where it may stand: text, or JSON of what is none.
  std::string_view distinct_id() const { return distinct_id_; }

  // Puts a well event into the batch: itself, and an `identify` where it sets traits of a person
  // but is something else. False: it was too large, and refused.
  bool keep();

 private:
  void judge();
  void write_beside();
  void write_properties(SpecEvent& event);
  bool write_own(JsonNode member, SpecEvent& event);
  void write_property(JsonNode member, SpecEvent& event);
  void write_head(SpecEvent& event, std::string_view type, std::string_view suffix);
  void write_person(SpecEvent& event, std::string_view message_id);
  void write_library(SpecEvent& event) const;
  void write_traits(SpecEvent& event) const;
  void write_group(SpecEvent& event) const;
  std::string_view message_id();
  std::string_view time_by_offset();
  bool is_user() const;
  bool sets_traits() const;
  void keep_traits();

  const JsonNode source_;
  const PosthogRequest& request_;
  Workbench& bench_;
  Translation& made_;
  const PosthogTables& tables_;
  const Reader reader_{bench_.arena, bench_.inner};
  PosthogSaid said_;
  std::string_view refused_, detail_, name_, distinct_id_;
  std::string_view type_;
};

}  // namespace millrace::protocols
