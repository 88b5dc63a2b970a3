#include "connectors/protocols/spec_event.hpp"

#include "engine/base/json_writer.hpp"
#include "engine/base/short_text.hpp"

#include <bit>

namespace millrace::protocols {
namespace {

constexpr std::size_t index_of(Into into) { return static_cast<std::size_t>(into); }

// By Into: where it is, and its name within its parent.
struct Name {
  std::string_view path;
  WrittenKey name;
};
constexpr std::array<Name, index_of(Into::kNowhere) + 1> kNames = {{
    {"", {}},
    {"properties", WrittenKey::of("properties")},
    {"traits", WrittenKey::of("traits")},
    {"context", WrittenKey::of("context")},
    {"context.app", WrittenKey::of("app")},
    {"context.browser", WrittenKey::of("browser")},
    {"context.campaign", WrittenKey::of("campaign")},
    {"context.consent", WrittenKey::of("consent")},
    {"context.device", WrittenKey::of("device")},
    {"context.library", WrittenKey::of("library")},
    {"context.location", WrittenKey::of("location")},
    {"context.os", WrittenKey::of("os")},
    {"context.page", WrittenKey::of("page")},
    {"context.privacy", WrittenKey::of("privacy")},
    {"context.referrer", WrittenKey::of("referrer")},
    {"context.screen", WrittenKey::of("screen")},
    {"context.session", WrittenKey::of("session")},
    {"not kept", {}},
}};

// Of braces, commas and names of all places.
constexpr std::size_t kFrameMax = 2 + std::size(kNames) * (WrittenKey::kRoom + 2);

char* open_place(std::size_t place, char* out) {
  out = kNames[place].name.write(out);
  *out++ = '{';
  return out;
}

template <class Do>
void for_each_bit(std::uint32_t bits, const Do& act) {
  for (; bits != 0; bits &= bits - 1) act(static_cast<std::size_t>(std::countr_zero(bits)));
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
  for_each_bit(used_, [&](std::size_t place) { places_[place].clear(); });
  used_ = 0;
}

void SpecEvent::json_named(Into into, Key key, std::string_view json) {
  char* out = begin(into, json_string_max(key.text().size()) + json.size() + 2);
  if (out == nullptr) return;
  out = write_key(out, key);
  out = copy_text(json, out);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::json(Into into, const WrittenKey& key, std::string_view json) {
  if (into == Into::kNowhere) return;
  TextBuffer& place = place_of(into);
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

void SpecEvent::text_named(Into into, Key key, std::string_view text) {
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

void SpecEvent::plain(Into into, const WrittenKey& key, std::string_view text) {
  char* out = begin(into, key.kRoom + text.size() + 3);
  if (out == nullptr) return;
  out = key.write(out);
  *out++ = '"';
  out = copy_text(text, out);
  *out++ = '"';
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
  used_ |= other.used_;
  for_each_bit(other.used_, [&](std::size_t i) { places_[i] += other.places_[i].view(); });
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
  std::size_t most = kFrameMax;
  for_each_bit(used_, [&](std::size_t place) { most += places_[place].size(); });
  char* out = buffer.room(most);
  const auto write_object = [&](std::size_t place) {
    const std::string_view members = places_[place].view();
    if (members.empty()) return;
    out = open_place(place, out);
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
  out = open_place(kContext, out);
  char* const inside = out;
  out = copy_text(places_[kContext].view(), out);
  for_each_bit(used_ >> (kContext + 1) << (kContext + 1), write_object);
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
