// How a protocol's names become ours: tables that its decoder works by, and that docs/protocols.md
// is written from. Constants; any thread.
#pragma once

#include "connectors/protocols/name_index.hpp"
#include "connectors/protocols/spec_event.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/event/arena.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace millrace::protocols {

// What is made of a value on its way.
enum class As : std::uint8_t {
  kIs,      // as it is
  kText,    // a number becomes text: ids
  kNumber,  // a text that is a plain number becomes one, and other text stays
  kGuess,   // the same, and true and false become what they say
  kJson,    // a text that is JSON becomes what it says, and other text stays
  kMicros,  // microseconds since 1970 become milliseconds
  kSize,    // "1280x720" becomes `width` and `height`, and other text stays
};

struct FieldMapping {
  std::string_view theirs;
  Into into;
  std::string_view ours{};  // empty: the same name
  As as = As::kIs;
};

// The fields of one kind of event, or of one part of it.
struct FieldGroup {
  std::string_view title;
  std::span<const FieldMapping> fields;
};

struct EventMapping {
  std::string_view theirs;
  std::string_view ours;
};

// Our name of an event; `otherwise` if the table does not have it.
std::string_view ours_of(std::span<const EventMapping> events,
                         std::string_view theirs,
                         std::string_view otherwise);

// Whether JSON would read the text as the number that a person sees: no 007, no 1e9, no digits
// lost.
bool is_plain_number(std::string_view text);

// A name or value of a query or form: as it stands there if nothing is encoded, else in the arena.
std::string_view decoded_parameter(std::string_view text, Arena& arena);

// Reads JSON within texts. One thread at a time.
class Reader {
 public:
  Reader(Arena& arena, JsonTree& inner) : arena_(arena), inner_(inner) {}
  // Puts a value at its place. A null is as good as nothing, but among properties and traits.
  void put(SpecEvent& event, const FieldMapping& to, JsonNode node) const;
  // `text` lasts as long as the event.
  void put(SpecEvent& event, const FieldMapping& to, std::string_view text) const;

 private:
  Arena& arena_;
  JsonTree& inner_;
};

// Finds mappings by their name. Made once.
class FieldTable {
 public:
  // Of the fields whose name begins with `prefix`, under what comes behind it: "device.model" is
  // `model` in the table of "device.".
  explicit FieldTable(std::span<const FieldMapping> fields, std::string_view prefix = {});

  // Null: the table does not have it.
  const FieldMapping* find(std::string_view theirs) const;
  // Puts every member of `object` where the table says, and the others into `rest`, as they are.
  void put_all(JsonNode object, Into rest, const Reader& reader, SpecEvent& event) const;

 private:
  std::vector<FieldMapping> fields_;
  NameIndex names_;
};

// Writes a value as a mapping says: a number as text, or a text that is a plain number as one.
void write_value(JsonNode value, As as, JsonWriter& json);

// "1280x720" as the screen's width and height.
void put_resolution(std::string_view text, SpecEvent& event);

// Writes one thing that was bought: the members that the table names, and the others under their
// own names. Into says nothing here.
void write_item(JsonNode item, const FieldTable& table, JsonWriter& json);

// A list of things that were bought, as the ecommerce spec's `products`. JSON in the arena; empty
// if `items` is no list.
std::string_view products_json(JsonNode items, const FieldTable& table, Arena& arena);

}  // namespace millrace::protocols
