// Snowplow's self-describing JSON: what an event of one's own schema says, and the entities that
// come with any event. Both e-commerce vocabularies, Snowplow's and the older one after Google's
// Enhanced Ecommerce, become ours here; an entity that no table names is kept as Snowplow's
// warehouses call it: context.contexts_com_acme_user_1, a list.
//
// Made once; I/O threads call it, several at a time.
#pragma once

#include "connectors/protocols/dialect.hpp"
#include "connectors/protocols/mapping.hpp"
#include "connectors/protocols/workbench.hpp"

#include <boost/container/small_vector.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace millrace::protocols {

// An event on its way from one vocabulary to the other. Views last as long as the workbench's loan.
struct SnowplowEvent {
  SpecEvent& into;
  Workbench& bench;
  std::string_view source{};  // as it was sent
  bool anonymous = false;     // nothing is kept by which the sender could be known again
  bool has_id = false;        // the page's or app's own of who uses it
  std::string_view name{};    // ours, of a track event
  std::string_view kind{};    // what Snowplow calls it: "page_view", "struct", "unstruct"
  std::string_view schema{};  // that says what it is: "iglu:com.acme/e/jsonschema/1-0-0"
  std::string_view app_id{};  // where the body says one
  boost::container::small_vector<std::string_view, 8> contexts{};  // schemas of its entities
};

class SnowplowEntities {
 public:
  // "iglu:com.acme/user/jsonschema/1-0-2"
  struct Schema {
    std::string_view key;  // "com.acme/user"
    std::string_view vendor, name, model;
  };

  SnowplowEntities();

  // The event's own JSON, in the envelope in which it is sent. Why it cannot be kept.
  std::optional<Refusal> read_event(std::string_view json, SnowplowEvent& to) const;
  // The same without an envelope, and not from Workbench::inner.
  std::optional<Refusal> put_event(std::string_view schema, JsonNode data, SnowplowEvent& to) const;
  // What comes with it, after the event itself: how its items are kept depends on its name.
  std::optional<Refusal> read_contexts(std::string_view json, SnowplowEvent& to) const;

 private:
  struct Found;
  void put_entity(const Schema& schema, JsonNode data, SnowplowEvent& to, Found& found) const;
  void put_products(const Found& found, SnowplowEvent& to) const;

  std::vector<FieldTable> tables_;  // by entity
  NameIndex entities_;
  FieldTable items_;
};

// Whether a parameter, entity or member of one that Snowplow calls so tells who the sender is.
bool snowplow_identifies(std::string_view name);

// For docs/protocols.md.
std::span<const EventMapping> snowplow_actions();
std::span<const FieldMapping> snowplow_items();
std::vector<FieldGroup> snowplow_entity_fields();

// The event's name here of what an e-commerce schema calls an action; empty: it is none of ours.
std::string_view snowplow_action(std::string_view schema_name, std::string_view action);

}  // namespace millrace::protocols
