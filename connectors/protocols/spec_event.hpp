// An event in the Segment spec (segment.com/docs/connections/spec), being put together by a decoder
// out of what its protocol says: a place and a value at a time, in any order. One thread at a time.
#pragma once

#include "engine/base/text_buffer.hpp"
#include "engine/event/json_tree.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

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

class SpecEvent {
 public:
  void clear();

  // One whole JSON value. Of two values at one place the last counts.
  void json(Into into, std::string_view key, std::string_view json);
  void text(Into into, std::string_view key, std::string_view text);
  // A value of the sender's as it is; nothing where it is absent.
  void value(Into into, std::string_view key, JsonNode node) {
    if (!node.is(JsonKind::kAbsent)) json(into, key, node.source());
  }
  // The same under its own name.
  void member(Into into, JsonNode node);
  // All that another event has.
  void add(const SpecEvent& other);
  // `key` has nothing that JSON escapes.
  bool has(Into into, std::string_view key) const;

  // What is in it now, to go on from there once more.
  struct Mark;
  Mark mark() const;
  void rewind(const Mark& to);

  // Appends the event as a JSON object.
  void write(TextBuffer& out) const;

 private:
  static constexpr std::size_t kPlaces = static_cast<std::size_t>(Into::kNowhere);
  struct Place {
    TextBuffer members;                 // as JSON, each with a comma behind it
    std::vector<std::uint32_t> begins;  // where each begins
  };

  // Room for a member of so many bytes; null: it is not kept.
  char* begin(Into into, std::size_t most);
  void end(Into into, char* end) { places_[static_cast<std::size_t>(into)].members.taken(end); }

  std::array<Place, kPlaces> places_;
};

struct SpecEvent::Mark {
  struct Size {
    std::size_t bytes = 0;
    std::size_t members = 0;
  };
  std::array<Size, kPlaces> places;
};

}  // namespace millrace::protocols
