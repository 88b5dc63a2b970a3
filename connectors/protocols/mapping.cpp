#include "connectors/protocols/mapping.hpp"

#include "engine/base/digits.hpp"
#include "engine/base/url.hpp"

#include <algorithm>

namespace millrace::protocols {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_truth(std::string_view text) { return text == "true" || text == "false"; }

// Whether a text is another JSON value than a string.
bool is_other(As as, std::string_view text) {
  if (as == As::kNumber) return is_plain_number(text);
  return as == As::kGuess && (is_plain_number(text) || is_truth(text));
}

// Whether it begins as a list or an object does.
bool may_be_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
}

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
  event.json(into, "width"_key, width);
  event.json(into, "height"_key, height);
  return true;
}

std::vector<Field> behind(std::string_view prefix, std::span<const FieldMapping> fields) {
  std::vector<Field> found;
  for (FieldMapping field : fields) {
    if (!field.theirs.text().starts_with(prefix)) continue;
    field.theirs = field.theirs.behind(prefix.size());
    found.push_back(Field::of_table(field));
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
  constexpr std::ptrdiff_t kDigitsMost = 15;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto take_digits = [&] {
    const char* const first = at;
    while (end - at >= 8 && are_eight_digits(at)) at += 8;
    while (at != end && is_digit(*at)) ++at;
    return at - first;
  };
  if (at != end && *at == '-') ++at;
  const char* const whole = at;
  std::ptrdiff_t digits = take_digits();
  if (digits == 0 || (digits > 1 && *whole == '0')) return false;
  if (at != end && *at == '.') {
    ++at;
    const std::ptrdiff_t fraction = take_digits();
    if (fraction == 0) return false;
    digits += fraction;
  }
  return at == end && digits <= kDigitsMost;
}

bool Reader::convert(SpecEvent& event, const Field& to, JsonNode node) const {
  switch (node.kind()) {
    case JsonKind::kString:
      if (to.as == As::kText) return false;
      if (to.as >= As::kJson)
        put(event, to, node.text());
      else if (is_other(to.as, node.text()))
        put_json(event, to, node.text());
      else
        return false;
      return true;
    case JsonKind::kNumber:
      if (to.as == As::kMicros) {
        put(event, to, node.text());
        return true;
      }
      [[fallthrough]];
    case JsonKind::kBool:
      if (to.as != As::kText) return false;
      put_text(event, to, node.text());
      return true;
    default:
      return false;
  }
}

void Reader::put(SpecEvent& event, const Field& to, std::string_view text) const {
  if (to.into == Into::kNowhere) return;
  if (to.as == As::kSize && put_size(event, to.into, text)) return;
  if (to.as == As::kMicros && is_micros(text))
    return event.json(to.into, to.name(), text.substr(0, text.size() - 3));
  if (is_other(to.as, text) ||
      (to.as == As::kJson && may_be_json(text) && inner_.read(text, arena_)))
    put_json(event, to, text);
  else
    put_text(event, to, text);
}

FieldTable::FieldTable(std::span<const FieldMapping> fields, std::string_view prefix)
    : fields_(behind(prefix, fields)), names_(fields_, &Field::theirs) {}

void FieldTable::put_all(JsonNode object, Into rest, const Reader& reader, SpecEvent& event) const {
  for (const JsonNode member : object) {
    if (const Field* field = find(member.key()))
      reader.put(event, *field, member);
    else
      event.member(rest, member);
  }
}

void put_resolution(std::string_view text, SpecEvent& event) {
  const std::size_t by = text.find('x');
  const std::string_view width = text.substr(0, by);
  const std::string_view height =
      by == std::string_view::npos ? std::string_view() : text.substr(by + 1);
  if (!is_plain_number(width) || !is_plain_number(height))
    return event.text(Into::kScreen, "resolution"_key, text);
  event.json(Into::kScreen, "width"_key, width);
  event.json(Into::kScreen, "height"_key, height);
}

Products::Products(TextBuffer& scratch) : out_(scratch) {
  out_.clear();
  out_ += "[";
}

void Products::add(JsonNode item, const FieldTable& table) {
  if (!item.is(JsonKind::kObject)) {
    (out_ += item.source()) += ",";
    return;
  }
  open();
  for (const JsonNode member : item) {
    const Field* field = table.find(member.key());
    const bool renamed = field != nullptr && !field->ours.empty();
    put(renamed ? field->ours : Key(member.key()), member, field == nullptr ? As::kIs : field->as);
  }
  close();
}

void Products::put(std::string_view key, JsonNode value, As as) {
  const bool scalar = value.is(JsonKind::kNumber) || value.is(JsonKind::kBool);
  const bool number = as == As::kNumber && is_plain_number(value.text());
  const std::string_view text = number ? value.text() : value.source();
  char* to = out_.room(json_string_max(key.size()) + json_string_max(text.size()) + 2);
  to = write_json_string(to, key);
  *to++ = ':';
  to = as == As::kText && scalar ? write_json_string(to, text)
                                 : std::copy(text.begin(), text.end(), to);
  *to++ = ',';
  out_.taken(to);
}

void Products::end(std::string_view bracket) {
  if (out_.view().back() == ',') out_.cut(out_.size() - 1);
  out_ += bracket;
}

std::string_view Products::finish(Arena& arena) {
  end("]");
  return arena.copy(out_.view());
}

}  // namespace millrace::protocols
