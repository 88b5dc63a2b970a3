// An event in the Segment spec (segment.com/docs/connections/spec), being put together by a decoder
// out of what its protocol says: a place and a value at a time, in any order. One thread at a time.
#pragma once

#include "engine/base/text_buffer.hpp"
#include "engine/event/json_tree.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
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
  static constexpr std::size_t kRoom = 31;

  WrittenKey() = default;
  explicit WrittenKey(std::string_view name);
  // Of a literal of up to 28 characters.
  static constexpr WrittenKey of(Key literal) {
    if (literal.text().size() + 3 > kRoom) throw "a name that is too long";
    WrittenKey made;
    char* out = made.text_;
    *out++ = '"';
    for (const char c : literal.text()) *out++ = c;
    *out++ = '"';
    *out++ = ':';
    made.size_ = static_cast<std::uint8_t>(out - made.text_);
    return made;
  }

  bool empty() const { return size_ == 0; }
  // Copies it to `out`, which has kRoom bytes. Behind its end there.
  char* write(char* out) const {
    std::memcpy(out, text_, kRoom);
    return out + size_;
  }

 private:
  char text_[kRoom] = {};
  std::uint8_t size_ = 0;
};

template <std::size_t N>
struct KeyLiteral {
  MILLRACE_CONSTEVAL KeyLiteral(const char (&literal)[N]) { std::copy_n(literal, N, text); }
  char text[N];
};
// "name"_key: made by the compiler. A key that is made where it is used would be written in parts
// and then read as a whole at once, which stalls the processor.
template <KeyLiteral kLiteral>
const WrittenKey& operator""_key() {
  static constexpr auto kKey = WrittenKey::of(Key(kLiteral.text));
  return kKey;
}

template <class Name>
concept NameOfMember = std::same_as<Name, Key> || std::same_as<Name, std::string_view>;

class SpecEvent {
 public:
  void clear();

  // One whole JSON value. Of two values at one place the last counts. No key is empty.
  void json(Into into, const WrittenKey& key, std::string_view json);
  void text(Into into, const WrittenKey& key, std::string_view text);
  // A text in which JSON escapes nothing, since it is not the sender's.
  void plain(Into into, const WrittenKey& key, std::string_view text);
  // A value of the sender's as it is; nothing where it is absent.
  void value(Into into, const WrittenKey& key, JsonNode node) {
    if (!node.is(JsonKind::kAbsent)) json(into, key, node.source());
  }
  // The same under names that are no literals.
  template <NameOfMember Name>
  void json(Into into, Name name, std::string_view json) {
    json_named(into, name, json);
  }
  template <NameOfMember Name>
  void text(Into into, Name name, std::string_view text) {
    text_named(into, name, text);
  }
  template <NameOfMember Name>
  void value(Into into, Name name, JsonNode node) {
    if (!node.is(JsonKind::kAbsent)) json_named(into, name, node.source());
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
  TextBuffer& place_of(Into into) {
    TextBuffer& place = places_[static_cast<std::size_t>(into)];
    if (place.size() == 0) used_ |= 1u << static_cast<unsigned>(into);
    return place;
  }
  // Room for a member of so many bytes; null: it is not kept.
  char* begin(Into into, std::size_t most) {
    if (into == Into::kNowhere) return nullptr;
    return place_of(into).room(most);
  }
  void json_named(Into into, Key name, std::string_view json);
  void text_named(Into into, Key name, std::string_view text);
  static void json_anyhow(TextBuffer& place, const WrittenKey& key, std::string_view json);
  void end(Into into, char* end) { places_[static_cast<std::size_t>(into)].taken(end); }

  // Of each its members as JSON, each with a comma behind it.
  std::array<TextBuffer, kPlaces> places_;
  std::uint32_t used_ = 0;  // a bit for each that may have any
};

struct SpecEvent::Mark {
  std::array<std::size_t, kPlaces> sizes;  // in bytes
};

}  // namespace millrace::protocols
