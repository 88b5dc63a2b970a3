// Events of Snowplow's tracker protocol, as their parameters say them. Made once; I/O threads call
// it, several at a time.
#pragma once

#include "connectors/protocols/known_names.hpp"
#include "connectors/protocols/snowplow_entities.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace millrace::protocols {

// What an event says: the members of an object of the body, none of which holds others, and behind
// them the parameters of the query. Of two of one name the last counts.
struct SnowplowSaid {
  JsonNode members{};
  std::span<const Parameter> parameters{};
};

class SnowplowEvents {
 public:
  SnowplowEvents();

  // A member of the body is no text: nothing can be said about the event.
  static constexpr std::string_view kNested = "bad_value";

  // Why the event can never be accepted. `items` are the other events of the request, of which an
  // order finds its items.
  std::optional<Refusal> read(const SnowplowSaid& said, JsonNode items, SnowplowEvent& to) const;
  const SnowplowEntities& entities() const { return entities_; }

  // Who and when, of what a webhook brings in its query.
  void put_sender(std::span<const Parameter> said, SnowplowEvent& to) const;

 private:
  struct Apart;
  using Names = KnownNames<Apart, std::string_view>;
  static constexpr auto kept();
  // Why it can never be accepted.
  std::optional<Refusal> put_all(const SnowplowSaid& said, SnowplowEvent& to, Apart& apart) const;
  void put_member(JsonNode member, const Reader& reader, SnowplowEvent& to, Apart& apart) const;
  void put_parameter(const Parameter& said,
                     const Reader& reader,
                     SnowplowEvent& to,
                     Apart& apart) const;
  std::optional<Refusal> put_kind(const Apart& apart, JsonNode items, SnowplowEvent& to) const;
  static void put_order(std::string_view order, JsonNode items, SnowplowEvent& to);
  static void put_ids(const Apart& apart, SnowplowEvent& to);

  const Names names_;
  const SnowplowEntities entities_;
};

std::span<const FieldMapping> snowplow_fields();

}  // namespace millrace::protocols
