#include "connectors/protocols/spec_event.hpp"

#include "engine/base/json_writer.hpp"

#include <algorithm>

namespace millrace::protocols {
namespace {

constexpr std::size_t index_of(Into into) { return static_cast<std::size_t>(into); }

// By Into: where it is, and under which key of its parent.
struct Place {
  std::string_view path;
  std::string_view key;
};
constexpr std::array<Place, index_of(Into::kNowhere) + 1> kNames = {{
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

void open(std::string_view key, std::string& out) {
  append_json_string(out, key);
  out += ":{";
}

// Behind the last member there is no comma.
void close(std::string& out) {
  if (out.back() == ',') out.pop_back();
  out += '}';
}

}  // namespace

std::string_view place_name(Into into) { return kNames[index_of(into)].path; }

void SpecEvent::clear() {
  entries_.clear();
  first_.fill(kEnd);
  last_.fill(kEnd);
}

void SpecEvent::add(Into into, std::string_view key, std::string_view value, bool quoted) {
  if (into == Into::kNowhere) return;
  const auto entry = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({key, value, kEnd, quoted});
  const std::size_t place = index_of(into);
  (empty(place) ? first_[place] : entries_[last_[place]].next) = entry;
  last_[place] = entry;
}

bool SpecEvent::has(Into into, std::string_view key) const {
  if (into == Into::kNowhere) return false;
  for (auto at = first_[index_of(into)]; at != kEnd; at = entries_[at].next)
    if (entries_[at].key == key) return true;
  return false;
}

void SpecEvent::write_members(std::size_t place, std::string& out) const {
  for (auto at = first_[place]; at != kEnd; at = entries_[at].next) {
    const auto& [key, value, next, quoted] = entries_[at];
    append_json_string(out, key);
    out += ':';
    if (quoted)
      append_json_string(out, value);
    else
      out += value;
    out += ',';
  }
}

void SpecEvent::write(std::string& out) const {
  out += '{';
  write_members(index_of(Into::kEvent), out);
  for (const Into into : {Into::kProperties, Into::kTraits}) {
    if (empty(index_of(into))) continue;
    open(kNames[index_of(into)].key, out);
    write_members(index_of(into), out);
    close(out);
    out += ',';
  }
  const auto context = first_.begin() + index_of(Into::kContext);
  if (std::any_of(context, first_.end(), [](std::uint32_t first) { return first != kEnd; })) {
    open("context", out);
    write_members(index_of(Into::kContext), out);
    for (std::size_t place = index_of(Into::kContext) + 1; place < kPlaces; ++place) {
      if (empty(place)) continue;
      open(kNames[place].key, out);
      write_members(place, out);
      close(out);
      out += ',';
    }
    close(out);
  }
  close(out);
}

}  // namespace millrace::protocols
