#include "connectors/protocols/mapping.hpp"

#include "engine/base/url.hpp"

#include <algorithm>

namespace millrace::protocols {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool keeps_null(Into into) { return into == Into::kProperties || into == Into::kTraits; }

bool is_micros(std::string_view text) {
  constexpr std::size_t kMost = 19;
  return text.size() > 3 && text.size() <= kMost && text[0] != '0' &&
         std::all_of(text.begin(), text.end(), is_digit);
}

bool put_size(SpecEvent& event, Into into, std::string_view text) {
  const std::size_t by = text.find('x');
  if (by == std::string_view::npos) return false;
  const std::string_view width = text.substr(0, by);
  const std::string_view height = text.substr(by + 1);
  if (!is_plain_number(width) || !is_plain_number(height)) return false;
  event.json(into, "width", width);
  event.json(into, "height", height);
  return true;
}

std::vector<FieldMapping> behind(std::string_view prefix, std::span<const FieldMapping> fields) {
  std::vector<FieldMapping> found;
  for (FieldMapping field : fields) {
    if (!field.theirs.starts_with(prefix)) continue;
    field.theirs.remove_prefix(prefix.size());
    found.push_back(field);
  }
  return found;
}

}  // namespace

std::string_view ours_of(std::span<const EventMapping> events,
                         std::string_view theirs,
                         std::string_view otherwise) {
  const auto found = std::find_if(events.begin(), events.end(), [&](const EventMapping& event) {
    return event.theirs == theirs;
  });
  return found == events.end() ? otherwise : found->ours;
}

bool is_plain_number(std::string_view text) {
  constexpr std::size_t kMost = 15;
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  if (whole.empty() || text.size() > kMost + 1 || (whole.size() > 1 && whole[0] == '0'))
    return false;
  if (dot + 1 == text.size()) return false;
  const std::string_view fraction = dot < text.size() ? text.substr(dot + 1) : std::string_view();
  return std::all_of(whole.begin(), whole.end(), is_digit) &&
         std::all_of(fraction.begin(), fraction.end(), is_digit) &&
         whole.size() + fraction.size() <= kMost;
}

std::string_view decoded_parameter(std::string_view text, Arena& arena) {
  if (text.find_first_of("%+") == std::string_view::npos) return text;
  char* const begin = reinterpret_cast<char*>(arena.allocate(text.size()));
  const char* const end = percent_decode(text, Plus::kSpace, begin);
  return {begin, static_cast<std::size_t>(end - begin)};
}

void Reader::put(SpecEvent& event, const FieldMapping& to, JsonNode node) const {
  const std::string_view key = to.ours.empty() ? to.theirs : to.ours;
  if (node.is(JsonKind::kString) && to.as != As::kIs) return put(event, to, node.text());
  if (to.as == As::kText && (node.is(JsonKind::kNumber) || node.is(JsonKind::kBool)))
    return event.text(to.into, key, node.text());
  if (to.as == As::kMicros && node.is(JsonKind::kNumber)) return put(event, to, node.text());
  if (node.present() || keeps_null(to.into)) event.value(to.into, key, node);
}

void Reader::put(SpecEvent& event, const FieldMapping& to, std::string_view text) const {
  const std::string_view key = to.ours.empty() ? to.theirs : to.ours;
  if (to.as == As::kSize && put_size(event, to.into, text)) return;
  if (to.as == As::kMicros && is_micros(text))
    return event.json(to.into, key, text.substr(0, text.size() - 3));
  const bool number = (to.as == As::kNumber || to.as == As::kGuess) && is_plain_number(text);
  const bool truth = to.as == As::kGuess && (text == "true" || text == "false");
  if (number || truth || (to.as == As::kJson && inner_.read(text, arena_)))
    event.json(to.into, key, text);
  else
    event.text(to.into, key, text);
}

FieldTable::FieldTable(std::span<const FieldMapping> fields, std::string_view prefix)
    : fields_(behind(prefix, fields)),
      names_(std::span<const FieldMapping>(fields_), &FieldMapping::theirs) {}

const FieldMapping* FieldTable::find(std::string_view theirs) const {
  const std::size_t row = names_.find(theirs);
  return row == NameIndex::kNone ? nullptr : &fields_[row];
}

void FieldTable::put_all(JsonNode object, Into rest, const Reader& reader, SpecEvent& event) const {
  for (const JsonNode member : object) {
    if (const FieldMapping* field = find(member.key()))
      reader.put(event, *field, member);
    else
      event.value(rest, member.key(), member);
  }
}

void write_value(JsonNode value, As as, JsonWriter& json) {
  const bool scalar = value.is(JsonKind::kNumber) || value.is(JsonKind::kBool);
  if (as == As::kText && scalar)
    json.value(value.text());
  else if (as == As::kNumber && is_plain_number(value.text()))
    json.raw(value.text());
  else
    json.raw(value.source());
}

void put_resolution(std::string_view text, SpecEvent& event) {
  const std::size_t by = text.find('x');
  const std::string_view width = text.substr(0, by);
  const std::string_view height =
      by == std::string_view::npos ? std::string_view() : text.substr(by + 1);
  if (!is_plain_number(width) || !is_plain_number(height))
    return event.text(Into::kScreen, "resolution", text);
  event.json(Into::kScreen, "width", width);
  event.json(Into::kScreen, "height", height);
}

void write_item(JsonNode item, const FieldTable& table, JsonWriter& json) {
  if (!item.is(JsonKind::kObject)) {
    json.raw(item.source());
    return;
  }
  json.object();
  for (const JsonNode member : item) {
    const FieldMapping* field = table.find(member.key());
    json.key(field == nullptr || field->ours.empty() ? member.key() : field->ours);
    write_value(member, field == nullptr ? As::kIs : field->as, json);
  }
  json.end();
}

std::string_view products_json(JsonNode items, const FieldTable& table, Arena& arena) {
  if (!items.is(JsonKind::kList)) return {};
  std::string made;
  JsonWriter json(made);
  json.array();
  for (const JsonNode item : items) write_item(item, table, json);
  json.end();
  return arena.copy(made);
}

}  // namespace millrace::protocols
