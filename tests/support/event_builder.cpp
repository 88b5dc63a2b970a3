#include "tests/support/event_builder.hpp"

#include <algorithm>

namespace millrace {
namespace {

std::string text_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kString:
      return std::string(value.text());
    case ValueKind::kNumber:
      return std::to_string(value.number());
    case ValueKind::kBool:
      return value.boolean() ? "true" : "false";
    case ValueKind::kTime:
      return format_time(value.time());
    default:
      return "";
  }
}

}  // namespace

NameId EventBuilder::name_id(const Catalog& catalog) const {
  switch (kind_) {
    case EventKind::kTrack:
      return catalog.names.find(name_);
    case EventKind::kPage:
      return kPageName;
    case EventKind::kScreen:
      return kScreenName;
    case EventKind::kIdentify:
      return kIdentifyName;
    case EventKind::kGroup:
      return kGroupName;
    case EventKind::kAlias:
      return kAliasName;
    default:
      return catalog.names.find_derived(name_);
  }
}

Value EventBuilder::value(const Held& held, bool as_time, Arena& arena) {
  if (as_time) {
    if (const auto* time = std::get_if<Time>(&held)) return Value::of(*time);
    const auto* text = std::get_if<std::string>(&held);
    const auto time = text != nullptr ? parse_time(*text) : std::nullopt;
    return time ? Value::of(*time) : Value();
  }
  if (const auto* boolean = std::get_if<bool>(&held)) return Value::of(*boolean);
  if (const auto* number = std::get_if<double>(&held)) return Value::of(*number);
  if (const auto* text = std::get_if<std::string>(&held))
    return Value::of(arena.copy(std::string_view(*text)));
  if (const auto* time = std::get_if<Time>(&held)) return Value::of(arena.copy(format_time(*time)));
  return Value::null();
}

Event EventBuilder::make(const Catalog& catalog,
                         Arena& arena,
                         Time now,
                         std::uint64_t number) const {
  Event event;
  event.position = number;
  event.kind = kind_;
  event.profile = profile_;
  event.name = name_id(catalog);
  event.name_text = arena.copy(name_);
  event.source = arena.copy(source_);
  event.message_id = arena.copy(message_id_.value_or("message-" + std::to_string(number)));
  event.user_id = arena.copy(user_id_);
  event.anonymous_id = arena.copy(anonymous_id_);
  event.previous_id = arena.copy(previous_id_);
  event.group_id = arena.copy(group_id_);
  event.received = received_.value_or(now);
  event.now = std::max(now, event.received);
  event.original = time_.value_or(event.received);
  event.time = std::min(event.original, event.received);
  event.sent = kBeginning;
  const auto& fields = catalog.projection.fields();
  const auto values = arena.make<Value>(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (const auto at = values_.find(fields[i].path); at != values_.end())
      values[i] = value(at->second, fields[i].as_time, arena);
  if (kind_ < EventKind::kDerived) event.values = values;
  return event;
}

std::map<std::string, std::string> texts_of(const Event& event, const Projection& projection) {
  std::map<std::string, std::string> texts = {{"user_id", std::string(event.user_id)},
                                              {"anonymous_id", std::string(event.anonymous_id)},
                                              {"previous_id", std::string(event.previous_id)},
                                              {"group_id", std::string(event.group_id)}};
  for (std::size_t i = 0; i < projection.size(); ++i)
    texts[projection.fields()[i].path] = text_of(event.value(static_cast<FieldId>(i)));
  return texts;
}

}  // namespace millrace
