#include "connectors/websocket/message.hpp"

#include "engine/base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::websocket {
namespace {

enum Field : std::size_t { kType, kMessageId, kKey, kSource, kResume };
constexpr std::array<std::string_view, 5> kFields = {
    "type", "messageId", "key", "source", "resume"};

// The types of the Segment spec.
constexpr std::array<std::string_view, 6> kEventTypes = {
    "track", "page", "screen", "identify", "group", "alias"};

std::vector<JsonField> fields() {
  std::vector<JsonField> made;
  for (const auto field : kFields)
    made.push_back({{PathStep{std::string(field)}}, JsonRead::kPlain});
  return made;
}

std::string_view text_of(const Value& value) {
  return value.is(ValueKind::kString) ? value.text() : std::string_view();
}

bool is_event_type(std::string_view type) {
  return std::find(kEventTypes.begin(), kEventTypes.end(), type) != kEventTypes.end();
}

}  // namespace

MessageDecoder::MessageDecoder(MessageLimits limits)
    : limits_(limits), projector_(fields(), "batch", {limits.message_max, limits.events_max, 64}) {}

bool MessageDecoder::fail(std::string_view reason, std::string detail, std::size_t offset) {
  fault_ = {reason, std::move(detail), offset};
  return false;
}

bool MessageDecoder::decode(std::string_view text, Message& into) {
  arena_.clear();
  into.text = text;
  into.events.clear();
  if (!projector_.read(text, arena_)) {
    const auto& fault = projector_.fault();
    return fail(fault.reason, std::string(fault.what), fault.offset);
  }
  const JsonRow& top = projector_.top();
  if (!top.is_object) return fail("not_an_object", "a message is one JSON object", top.offset);
  into.kind = Message::Kind::kEvents;
  if (projector_.has_rows()) {
    if (projector_.rows().empty()) return fail("empty_batch", "the batch has no events");
    for (const JsonRow& row : projector_.rows()) into.events.push_back(part(row, text));
    return true;
  }
  const auto type = text_of(top.values[kType]);
  if (type == "hello") return read_hello(into);
  if (type == "ping") {
    into.kind = Message::Kind::kPing;
    return true;
  }
  if (!is_event_type(type))
    return fail("unknown_type",
                "type is none of hello, ping, track, page, screen, identify, group, alias",
                top.offset);
  into.events.push_back(part(top, text));
  return true;
}

bool MessageDecoder::read_hello(Message& into) {
  const auto& values = projector_.top().values;
  into.kind = Message::Kind::kHello;
  for (const Field field : {kKey, kSource, kResume})
    if (values[field].present() && !values[field].is(ValueKind::kString))
      return fail("bad_hello", fmt::format("{} must be a string", kFields[field]));
  into.key = text_of(values[kKey]);
  into.source = text_of(values[kSource]);
  into.resume = text_of(values[kResume]);
  return true;
}

EventPart MessageDecoder::part(const JsonRow& row, std::string_view text) const {
  EventPart part;
  part.text = text.substr(row.offset, row.size);
  const auto refused = [&](std::string_view reason, std::string detail) {
    part.fault = {reason, std::move(detail), row.offset};
    return part;
  };
  if (!row.is_object) return refused("not_an_event", "an event is a JSON object");
  const auto id = text_of(row.values[kMessageId]);
  if (id.empty()) return refused("missing_message_id", "an event needs a \"messageId\"");
  if (id.size() > limits_.id_max)
    return refused("message_id_too_long",
                   fmt::format("{} bytes, {} are allowed", id.size(), limits_.id_max));
  part.id = id;
  if (row.size > limits_.event_max)
    return refused("event_too_large",
                   fmt::format("{} bytes, {} are allowed", row.size, limits_.event_max));
  if (!is_event_type(text_of(row.values[kType])))
    return refused("unknown_type", "type is none of track, page, screen, identify, group, alias");
  return part;
}

std::string body_of(const Message& message, const std::vector<bool>& keep) {
  CHECK(keep.size() == message.events.size());
  if (std::find(keep.begin(), keep.end(), false) == keep.end()) return std::string(message.text);
  const char* const list = message.events.front().text.data();
  const auto& last = message.events.back().text;
  std::string body(message.text.data(), list);
  bool first = true;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (!keep[i]) continue;
    if (!std::exchange(first, false)) body += ',';
    body += message.events[i].text;
  }
  body.append(last.data() + last.size(), message.text.data() + message.text.size());
  return body;
}

}  // namespace millrace::websocket
