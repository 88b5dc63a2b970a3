// An event in the Segment spec (segment.com/docs/connections/spec), being put together by a decoder
// out of what its protocol says: a place and a value at a time, in any order. One thread at a time.
#pragma once

#include "engine/base/text_buffer.hpp"
#include "engine/event/json_tree.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace::protocols {

// The objects of an event that a value may be put into.
enum class Into : std::uint8_t {
  kEvent,  // the event itself
  kProperties,
  kTraits,
  kContext,
  kApp,  // and those within context
  kBrowser,
  kCampaign,
  kConsent,
  kDevice,
  kLibrary,
  kLocation,
  kOs,
  kPage,
  kPrivacy,
  kReferrer,
  kScreen,
  kSession,
  kNowhere,  // what only the transport needs is not kept
};

// "context.page", say; empty for the event itself.
std::string_view place_name(Into into);

// Clang before 17 leaves a part of what such a constructor makes undefined.
#if defined(__clang__) && __clang_major__ < 17
#define MILLRACE_CONSTEVAL constexpr
#else
#define MILLRACE_CONSTEVAL consteval
#endif

// A member's name. Of a literal the compiler checks that JSON escapes nothing in it; any other is
// escaped where it has to be.
class Key {
 public:
  constexpr Key() = default;
  MILLRACE_CONSTEVAL Key(const char* literal) : text_(literal), plain_(true) {
    for (const char c : text_)
      if (c < ' ' || c > '~' || c == '"' || c == '\\') throw "a name that JSON escapes";
  }
  constexpr Key(std::string_view text) : text_(text) {}

  constexpr operator std::string_view() const { return text_; }
  constexpr std::string_view text() const { return text_; }
  constexpr bool empty() const { return text_.empty(); }
  constexpr bool plain() const { return plain_; }
  // What is behind its first characters.
  constexpr Key behind(std::size_t count) const {
    Key rest(text_.substr(count));
    rest.plain_ = plain_;
    return rest;
  }
  friend constexpr bool operator==(Key a, std::string_view b) { return a.text_ == b; }

 private:
  std::string_view text_;
  bool plain_ = false;
};

// A member's name as JSON writes it, quotes and colon included, in room that is copied at once: for
// names that are written over and over. Empty for a name that is too long for that, or that JSON
// escapes.
class WrittenKey {
 public:
  WrittenKey() = default;
  explicit WrittenKey(std::string_view name);

  bool empty() const { return size_ == 0; }
  // Copies it to `out`, which has kRoom bytes. Behind its end there.
  static constexpr std::size_t kRoom = 31;
  char* write(char* out) const {
    std::memcpy(out, text_, kRoom);
    return out + size_;
  }

 private:
  char text_[kRoom] = {};
  std::uint8_t size_ = 0;
};

class SpecEvent {
 public:
  void clear();

  // One whole JSON value. Of two values at one place the last counts.
  void json(Into into, Key key, std::string_view json);
  // The same, under a name that is not empty.
  void json(Into into, const WrittenKey& key, std::string_view json);
  void text(Into into, Key key, std::string_view text);
  void text(Into into, const WrittenKey& key, std::string_view text);
  // A value of the sender's as it is; nothing where it is absent.
  void value(Into into, Key key, JsonNode node) {
    if (!node.is(JsonKind::kAbsent)) json(into, key, node.source());
  }
  // The same under its own name.
  void member(Into into, JsonNode node);
  // All that another event has.
  void add(const SpecEvent& other);

  // What is in it now, to go on from there once more.
  struct Mark;
  Mark mark() const;
  void rewind(const Mark& to);

  // Appends the event as a JSON object.
  void write(TextBuffer& out) const;

 private:
  static constexpr std::size_t kPlaces = static_cast<std::size_t>(Into::kNowhere);
  // Room for a member of so many bytes; null: it is not kept.
  char* begin(Into into, std::size_t most) {
    if (into == Into::kNowhere) return nullptr;
    return places_[static_cast<std::size_t>(into)].room(most);
  }
  static void json_anyhow(TextBuffer& place, const WrittenKey& key, std::string_view json);
  void end(Into into, char* end) { places_[static_cast<std::size_t>(into)].taken(end); }

  // Of each its members as JSON, each with a comma behind it.
  std::array<TextBuffer, kPlaces> places_;
};

struct SpecEvent::Mark {
  std::array<std::size_t, kPlaces> sizes;  // in bytes
};

}  // namespace millrace::protocols
