// How a protocol's names become ours: tables that its decoder works by, and that docs/protocols.md
// is written from. Constants; any thread.
#pragma once

#include "connectors/protocols/name_index.hpp"
#include "connectors/protocols/spec_event.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/short_text.hpp"
#include "engine/base/url.hpp"
#include "engine/event/arena.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::protocols {

// What is made of a value on its way.
enum class As : std::uint8_t {
  kIs,      // as it is
  kText,    // a number becomes text: ids
  kNumber,  // a text that is a plain number becomes one, and other text stays
  kGuess,   // the same, and true and false become what they say
  // Of a string, these look at what it stands for.
  kJson,    // a text that is JSON becomes what it says, and other text stays
  kMicros,  // microseconds since 1970 become milliseconds
  kSize,    // "1280x720" becomes `width` and `height`, and other text stays
};

struct FieldMapping {
  Key theirs;
  Into into;
  Key ours{};  // empty: the same name
  As as = As::kIs;

  constexpr Key name() const { return ours.empty() ? theirs : ours; }
};

// The same, ready to be used.
struct Field : FieldMapping {
  Field(const FieldMapping& mapping) : FieldMapping(mapping) {}  // used once
  static Field of_table(const FieldMapping& mapping) {
    Field field(mapping);
    field.written = WrittenKey(mapping.name());
    return field;
  }
  WrittenKey written;  // of name(), or empty
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

// A name and a value of a query or form, decoded.
using Parameter = UrlParameter;
// Appends those of a query, in the arena.
inline void add_parameters(std::string_view query, Arena& arena, std::vector<Parameter>& to) {
  decode_query(query, reinterpret_cast<char*>(arena.allocate(query.size())), to);
}

// Reads JSON within texts. One thread at a time.
class Reader {
 public:
  Reader(Arena& arena, JsonTree& inner) : arena_(arena), inner_(inner) {}
  // Puts a value at its place. A null is as good as nothing, but among properties and traits.
  void put(SpecEvent& event, const Field& to, JsonNode node) const {
    if (to.into == Into::kNowhere) return;
    if (to.as != As::kIs && convert(event, to, node)) return;
    const bool keeps_null = to.into == Into::kProperties || to.into == Into::kTraits;
    if (node.present())
      put_json(event, to, node.source());
    else if (keeps_null)
      event.value(to.into, to.name(), node);
  }
  // `text` lasts as long as the event.
  void put(SpecEvent& event, const Field& to, std::string_view text) const;

 private:
  // False: it may stay as it is written.
  bool convert(SpecEvent& event, const Field& to, JsonNode node) const;
  static void put_json(SpecEvent& event, const Field& to, std::string_view json) {
    if (to.written.empty())
      event.json(to.into, to.name(), json);
    else
      event.json(to.into, to.written, json);
  }

  static void put_text(SpecEvent& event, const Field& to, std::string_view text) {
    if (to.written.empty())
      event.text(to.into, to.name(), text);
    else
      event.text(to.into, to.written, text);
  }

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
  const Field* find(std::string_view theirs) const {
    const std::size_t row = names_.find(theirs);
    return row == NameIndex::kNone ? nullptr : &fields_[row];
  }
  // Puts every member of `object` where the table says, and the others into `rest`, as they are.
  void put_all(JsonNode object, Into rest, const Reader& reader, SpecEvent& event) const;

 private:
  std::vector<Field> fields_;
  NameIndex names_;
};

// "1280x720" as the screen's width and height.
void put_resolution(std::string_view text, SpecEvent& event);

// The ecommerce spec's `products`, being put together as JSON.
class Products {
 public:
  // Nobody else uses `scratch` until it is finished.
  explicit Products(TextBuffer& scratch);

  // One thing that was bought: the members that the table names, and the others under their own
  // names. Into says nothing here.
  void add(JsonNode item, const FieldTable& table);
  // The same, member by member. A number becomes text, or a text a number, as the mapping says.
  void open() { out_ += "{"; }
  void put(std::string_view key, JsonNode value, As as);
  void close() { end("},"); }

  // The list, in the arena.
  std::string_view finish(Arena& arena);

 private:
  void end(std::string_view bracket);

  TextBuffer& out_;
};

}  // namespace millrace::protocols
