#include "connectors/protocols/spec_event.hpp"

#include "engine/base/json_writer.hpp"
#include "engine/base/short_text.hpp"

namespace millrace::protocols {
namespace {

constexpr std::size_t index_of(Into into) { return static_cast<std::size_t>(into); }

// By Into: where it is, and how it begins within its parent.
struct Name {
  std::string_view path;
  std::string_view opening;
};
constexpr std::array<Name, index_of(Into::kNowhere) + 1> kNames = {{
    {"", ""},
    {"properties", R"("properties":{)"},
    {"traits", R"("traits":{)"},
    {"context", R"("context":{)"},
    {"context.app", R"("app":{)"},
    {"context.browser", R"("browser":{)"},
    {"context.campaign", R"("campaign":{)"},
    {"context.consent", R"("consent":{)"},
    {"context.device", R"("device":{)"},
    {"context.library", R"("library":{)"},
    {"context.location", R"("location":{)"},
    {"context.os", R"("os":{)"},
    {"context.page", R"("page":{)"},
    {"context.privacy", R"("privacy":{)"},
    {"context.referrer", R"("referrer":{)"},
    {"context.screen", R"("screen":{)"},
    {"context.session", R"("session":{)"},
    {"not kept", ""},
}};

// Of braces, commas and names of all places.
constexpr std::size_t frame_max() {
  std::size_t sum = 2;
  for (const Name& place : kNames) sum += place.opening.size() + 2;
  return sum;
}

char* write_key(char* out, Key key) {
  if (key.plain()) {
    *out++ = '"';
    out = copy_text(key, out);
    *out++ = '"';
  } else {
    out = write_json_string(out, key);
  }
  *out++ = ':';
  return out;
}

}  // namespace

std::string_view place_name(Into into) { return kNames[index_of(into)].path; }

WrittenKey::WrittenKey(std::string_view name) {
  std::string written;
  append_json_string(written, name);
  const bool escaped = written.size() != name.size() + 2;
  written += ':';
  if (escaped || written.size() > kRoom) return;
  size_ = static_cast<std::uint8_t>(written.copy(text_, kRoom));
}

void SpecEvent::clear() {
  for (TextBuffer& place : places_) place.clear();
}

void SpecEvent::json(Into into, Key key, std::string_view json) {
  char* out = begin(into, json_string_max(key.text().size()) + json.size() + 2);
  if (out == nullptr) return;
  out = write_key(out, key);
  out = copy_text(json, out);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::json(Into into, const WrittenKey& key, std::string_view json) {
  if (into == Into::kNowhere) return;
  TextBuffer& place = places_[index_of(into)];
  // The usual case without any call.
  const bool is_short = json.size() <= kShortText && place.has_room(key.kRoom + kShortText + 1);
  if (!is_short) [[unlikely]]
    return json_anyhow(place, key, json);
  char* out = key.write(place.room(0));
  out = copy_short_text(json, out);
  *out++ = ',';
  place.taken(out);
}

void SpecEvent::json_anyhow(TextBuffer& place, const WrittenKey& key, std::string_view json) {
  char* out = key.write(place.room(key.kRoom + json.size() + 1));
  out = copy_text(json, out);
  *out++ = ',';
  place.taken(out);
}

void SpecEvent::text(Into into, Key key, std::string_view text) {
  char* out = begin(into, json_string_max(key.text().size()) + json_string_max(text.size()) + 2);
  if (out == nullptr) return;
  out = write_key(out, key);
  out = write_json_string(out, text);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::text(Into into, const WrittenKey& key, std::string_view text) {
  char* out = begin(into, key.kRoom + json_string_max(text.size()) + 1);
  if (out == nullptr) return;
  out = key.write(out);
  out = write_json_string(out, text);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::member(Into into, JsonNode node) {
  const std::string_view whole = node.member();
  if (whole.empty()) return value(into, node.key(), node);
  char* out = begin(into, whole.size() + 1);
  if (out == nullptr) return;
  out = copy_text(whole, out);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::add(const SpecEvent& other) {
  for (std::size_t i = 0; i < kPlaces; ++i)
    if (const std::string_view members = other.places_[i].view(); !members.empty())
      places_[i] += members;
}

SpecEvent::Mark SpecEvent::mark() const {
  Mark made;  // NOLINT(cppcoreguidelines-pro-type-member-init): all of it below
  for (std::size_t i = 0; i < kPlaces; ++i) made.sizes[i] = places_[i].size();
  return made;
}

void SpecEvent::rewind(const Mark& to) {
  for (std::size_t i = 0; i < kPlaces; ++i) places_[i].cut(to.sizes[i]);
}

void SpecEvent::write(TextBuffer& buffer) const {
  std::size_t most = frame_max();
  for (const TextBuffer& place : places_) most += place.size();
  char* out = buffer.room(most);
  const auto write_object = [&](std::size_t place) {
    const std::string_view members = places_[place].view();
    if (members.empty()) return;
    out = copy_text(kNames[place].opening, out);
    out = copy_text(members, out);
    out[-1] = '}';  // instead of the last comma
    *out++ = ',';
  };
  constexpr std::size_t kContext = index_of(Into::kContext);
  *out++ = '{';
  out = copy_text(places_[index_of(Into::kEvent)].view(), out);
  write_object(index_of(Into::kProperties));
  write_object(index_of(Into::kTraits));
  char* const before = out;
  out = copy_text(kNames[kContext].opening, out);
  char* const inside = out;
  out = copy_text(places_[kContext].view(), out);
  for (std::size_t place = kContext + 1; place < kPlaces; ++place) write_object(place);
  if (out == inside) {
    out = before;
  } else {
    out[-1] = '}';
    *out++ = ',';
  }
  if (out[-1] == ',') --out;
  *out++ = '}';
  buffer.taken(out);
}

}  // namespace millrace::protocols
