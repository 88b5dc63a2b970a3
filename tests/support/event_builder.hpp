// Events for tests, written as a reader of the test thinks of them:
//   track("Order Completed").user("42").with("properties.total", 12.5).at(kStart + 5min)
#pragma once

#include "engine/event/arena.hpp"
#include "engine/operator/catalog.hpp"

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace millrace {

// Where clocks of tests begin: 2026-01-01T00:00:00Z.
inline constexpr Time kStart = from_millis(1'767'225'600'000);

// Owns its strings. What is not said has a sound default: profile 1, source "site", a message id of
// its own, no identifiers, and the clock's time.
class EventBuilder {
 public:
  EventBuilder(EventKind kind, std::string name) : kind_(kind), name_(std::move(name)) {}

  EventBuilder& profile(ProfileId profile) { return set(profile_, profile); }
  EventBuilder& user(std::string id) { return set(user_id_, std::move(id)); }
  EventBuilder& anonymous(std::string id) { return set(anonymous_id_, std::move(id)); }
  EventBuilder& previous(std::string id) { return set(previous_id_, std::move(id)); }
  EventBuilder& group_id(std::string id) { return set(group_id_, std::move(id)); }
  EventBuilder& source(std::string name) { return set(source_, std::move(name)); }
  EventBuilder& message(std::string id) { return set(message_id_, std::move(id)); }
  // When it happened. Left out, or later than its receipt: at its receipt.
  EventBuilder& at(Time time) { return set(time_, time); }
  // When the collector accepted it. Left out: now. Later than now: the clock goes there first.
  EventBuilder& received(Time time) { return set(received_, time); }
  // The property at a path such as `properties.total`: text, number, bool, nullptr or Time. Paths
  // that nobody asked for are left out, as by a parser.
  template <class T>
  EventBuilder& with(const std::string& path, const T& value) {
    if constexpr (std::same_as<T, bool> || std::same_as<T, Time> ||
                  std::same_as<T, std::nullptr_t>) {
      values_[path] = value;
    } else if constexpr (std::is_arithmetic_v<T>) {
      values_[path] = static_cast<double>(value);
    } else {
      values_[path] = std::string(value);
    }
    return *this;
  }

  ProfileId profile() const { return profile_; }
  const std::optional<Time>& received() const { return received_; }

  // The event as a parser makes it when the clock says `now`: its strings and values are in
  // `arena`. `number` makes its message id. It has no slot yet.
  Event make(const Catalog& catalog, Arena& arena, Time now, std::uint64_t number) const;

 private:
  using Held = std::variant<std::nullptr_t, bool, double, std::string, Time>;

  template <class T>
  EventBuilder& set(T& member, std::type_identity_t<T> value) {
    member = std::move(value);
    return *this;
  }
  template <class T>
  EventBuilder& set(std::optional<T>& member, std::type_identity_t<T> value) {
    member = std::move(value);
    return *this;
  }
  NameId name_id(const Catalog& catalog) const;
  static Value value(const Held& held, bool as_time, Arena& arena);

  EventKind kind_;
  std::string name_;
  ProfileId profile_ = 1;
  std::string user_id_;
  std::string anonymous_id_;
  std::string previous_id_;
  std::string group_id_;
  std::string source_ = "site";
  std::optional<std::string> message_id_;
  std::optional<Time> time_;
  std::optional<Time> received_;
  std::map<std::string, Held, std::less<>> values_;
};

inline EventBuilder track(std::string name) { return {EventKind::kTrack, std::move(name)}; }
inline EventBuilder page(std::string name = {}) { return {EventKind::kPage, std::move(name)}; }
inline EventBuilder screen(std::string name = {}) { return {EventKind::kScreen, std::move(name)}; }
inline EventBuilder identify(std::string user) {
  return EventBuilder(EventKind::kIdentify, {}).user(std::move(user));
}
inline EventBuilder group(std::string id) {
  return EventBuilder(EventKind::kGroup, {}).group_id(std::move(id));
}
inline EventBuilder alias(std::string previous, std::string user) {
  return EventBuilder(EventKind::kAlias, {}).previous(std::move(previous)).user(std::move(user));
}
// What an operator before made, such as session_start.
inline EventBuilder derived(std::string name) { return {EventKind::kDerived, std::move(name)}; }
inline EventBuilder entered(const std::string& segment) {
  return {EventKind::kEnter, "enter(" + segment + ")"};
}
inline EventBuilder left(const std::string& segment) {
  return {EventKind::kExit, "exit(" + segment + ")"};
}

// What an event says, by path, as text; "" where it says nothing. Its identifiers are "user_id",
// "anonymous_id", "previous_id" and "group_id".
std::map<std::string, std::string> texts_of(const Event& event, const Projection& projection);

}  // namespace millrace
