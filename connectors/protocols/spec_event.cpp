#include "connectors/protocols/spec_event.hpp"

#include "engine/base/json_writer.hpp"

#include <algorithm>

namespace millrace::protocols {
namespace {

constexpr std::size_t index_of(Into into) { return static_cast<std::size_t>(into); }

// By Into: where it is, and under which key of its parent.
struct Name {
  std::string_view path;
  std::string_view key;
};
constexpr std::array<Name, index_of(Into::kNowhere) + 1> kNames = {{
    {"", ""},
    {"properties", "properties"},
    {"traits", "traits"},
    {"context", "context"},
    {"context.app", "app"},
    {"context.browser", "browser"},
    {"context.campaign", "campaign"},
    {"context.consent", "consent"},
    {"context.device", "device"},
    {"context.library", "library"},
    {"context.location", "location"},
    {"context.os", "os"},
    {"context.page", "page"},
    {"context.privacy", "privacy"},
    {"context.referrer", "referrer"},
    {"context.screen", "screen"},
    {"context.session", "session"},
    {"not kept", ""},
}};

char* copy(std::string_view text, char* out) { return std::copy(text.begin(), text.end(), out); }

// Of braces, commas and names of all places.
constexpr std::size_t frame_max() {
  std::size_t sum = 2;
  for (const Name& place : kNames) sum += place.key.size() + 6;
  return sum;
}

}  // namespace

std::string_view place_name(Into into) { return kNames[index_of(into)].path; }

void SpecEvent::clear() {
  for (Place& place : places_) {
    place.members.clear();
    place.begins.clear();
  }
}

char* SpecEvent::begin(Into into, std::size_t most) {
  if (into == Into::kNowhere) return nullptr;
  auto& [members, begins] = places_[index_of(into)];
  begins.push_back(static_cast<std::uint32_t>(members.size()));
  return members.room(most);
}

void SpecEvent::json(Into into, std::string_view key, std::string_view json) {
  char* out = begin(into, json_string_max(key.size()) + json.size() + 2);
  if (out == nullptr) return;
  out = write_json_string(out, key);
  *out++ = ':';
  out = copy(json, out);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::text(Into into, std::string_view key, std::string_view text) {
  char* out = begin(into, json_string_max(key.size()) + json_string_max(text.size()) + 2);
  if (out == nullptr) return;
  out = write_json_string(out, key);
  *out++ = ':';
  out = write_json_string(out, text);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::member(Into into, JsonNode node) {
  const std::string_view whole = node.member();
  if (whole.empty()) return value(into, node.key(), node);
  char* out = begin(into, whole.size() + 1);
  if (out == nullptr) return;
  out = copy(whole, out);
  *out++ = ',';
  end(into, out);
}

void SpecEvent::add(const SpecEvent& other) {
  for (std::size_t i = 0; i < kPlaces; ++i) {
    const auto before = static_cast<std::uint32_t>(places_[i].members.size());
    places_[i].members += other.places_[i].members.view();
    for (const std::uint32_t begin : other.places_[i].begins)
      places_[i].begins.push_back(before + begin);
  }
}

bool SpecEvent::has(Into into, std::string_view key) const {
  if (into == Into::kNowhere) return false;
  const auto& [members, begins] = places_[index_of(into)];
  return std::any_of(begins.begin(), begins.end(), [&, text = members.view()](std::uint32_t begin) {
    const std::string_view written = text.substr(begin + 1);
    return written.starts_with(key) && written[key.size()] == '"';
  });
}

SpecEvent::Mark SpecEvent::mark() const {
  Mark made;
  for (std::size_t i = 0; i < kPlaces; ++i)
    made.places[i] = {places_[i].members.size(), places_[i].begins.size()};
  return made;
}

void SpecEvent::rewind(const Mark& to) {
  for (std::size_t i = 0; i < kPlaces; ++i) {
    places_[i].members.cut(to.places[i].bytes);
    places_[i].begins.resize(to.places[i].members);
  }
}

void SpecEvent::write(TextBuffer& buffer) const {
  std::size_t most = frame_max();
  for (const Place& place : places_) most += place.members.size();
  char* out = buffer.room(most);
  const auto write_object = [&](std::size_t place) {
    if (places_[place].members.size() == 0) return;
    *out++ = '"';
    out = copy(kNames[place].key, out);
    out = copy("\":{", out);
    out = copy(places_[place].members.view(), out);
    out[-1] = '}';  // instead of the last comma
    *out++ = ',';
  };
  *out++ = '{';
  out = copy(places_[index_of(Into::kEvent)].members.view(), out);
  write_object(index_of(Into::kProperties));
  write_object(index_of(Into::kTraits));
  constexpr std::string_view kContext = "\"context\":{";
  char* const before = out;
  out = copy(kContext, out);
  out = copy(places_[index_of(Into::kContext)].members.view(), out);
  for (std::size_t place = index_of(Into::kContext) + 1; place < kPlaces; ++place)
    write_object(place);
  if (out == before + kContext.size()) {
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
