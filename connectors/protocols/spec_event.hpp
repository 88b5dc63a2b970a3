// An event in the Segment spec (segment.com/docs/connections/spec), being put together by a decoder
// out of what its protocol says: a place and a value at a time, in any order. One thread at a time;
// values are views that last until it is written.
#pragma once

#include "engine/event/json_tree.hpp"

#include <array>
#include <cstdint>
#include <string>
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
  void json(Into into, std::string_view key, std::string_view json) { add(into, key, json, false); }
  void text(Into into, std::string_view key, std::string_view text) { add(into, key, text, true); }
  // A value of the sender's as it is; nothing where it is absent.
  void value(Into into, std::string_view key, JsonNode node) {
    if (!node.is(JsonKind::kAbsent)) json(into, key, node.source());
  }
  bool has(Into into, std::string_view key) const;

  // Appends the event as a JSON object.
  void write(std::string& out) const;

 private:
  static constexpr std::size_t kPlaces = static_cast<std::size_t>(Into::kNowhere);
  struct Entry {
    std::string_view key;
    std::string_view value;
    std::uint32_t next;  // of the same place; kEnd: the last
    bool quoted;
  };
  static constexpr std::uint32_t kEnd = ~std::uint32_t{0};

  void add(Into into, std::string_view key, std::string_view value, bool quoted);
  bool empty(std::size_t place) const { return first_[place] == kEnd; }
  // The members of a place, each with a comma behind it.
  void write_members(std::size_t place, std::string& out) const;

  std::vector<Entry> entries_;
  std::array<std::uint32_t, kPlaces> first_{};
  std::array<std::uint32_t, kPlaces> last_{};
};

}  // namespace millrace::protocols
