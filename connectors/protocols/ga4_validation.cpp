#include "connectors/protocols/ga4_validation.hpp"

#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace millrace::protocols {
namespace {

constexpr std::size_t kMessagesMax = 100;
constexpr std::size_t kEventsMax = 25;
constexpr std::size_t kParamsMax = 25;
constexpr std::size_t kItemsMax = 200;
constexpr std::size_t kPropertiesMax = 25;
constexpr std::size_t kNameMax = 40;
constexpr std::size_t kPropertyNameMax = 24;
constexpr std::size_t kPropertyValueMax = 36;
constexpr std::size_t kUserIdMax = 256;
constexpr auto kAgeMax = std::chrono::hours(72);

constexpr std::array<std::string_view, 27> kReservedEvents = {"ad_activeview",
                                                              "ad_click",
                                                              "ad_exposure",
                                                              "ad_query",
                                                              "ad_reward",
                                                              "adunit_exposure",
                                                              "app_clear_data",
                                                              "app_exception",
                                                              "app_install",
                                                              "app_remove",
                                                              "app_store_refund",
                                                              "app_update",
                                                              "app_upgrade",
                                                              "dynamic_link_app_open",
                                                              "dynamic_link_app_update",
                                                              "dynamic_link_first_open",
                                                              "error",
                                                              "first_open",
                                                              "first_visit",
                                                              "in_app_purchase",
                                                              "notification_dismiss",
                                                              "notification_foreground",
                                                              "notification_open",
                                                              "notification_receive",
                                                              "notification_send",
                                                              "session_start",
                                                              "user_engagement"};
constexpr std::array<std::string_view, 5> kReservedProperties = {"first_open_after_install",
                                                                 "first_open_time",
                                                                 "first_visit_time",
                                                                 "last_deep_link_referrer",
                                                                 "user_id"};
constexpr std::array<std::string_view, 4> kReservedPrefixes = {
    "firebase_", "ga_", "google_", "gtag."};

constexpr std::size_t value_max(std::string_view param) {
  if (param == "page_location") return 1000;
  if (param == "page_referrer") return 420;
  if (param == "page_title") return 300;
  return 100;
}

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name(std::string_view name, std::size_t longest) {
  return !name.empty() && name.size() <= longest && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_letter(c) || c == '_' || (c >= '0' && c <= '9');
         });
}

bool has_reserved_prefix(std::string_view name) {
  return std::any_of(kReservedPrefixes.begin(), kReservedPrefixes.end(), [&](const auto prefix) {
    return name.starts_with(prefix);
  });
}

class Messages {
 public:
  Messages() : json_(text_) { json_.object().key("validationMessages").array(); }

  void add(std::string_view path, std::string_view code, std::string_view description) {
    if (count_++ >= kMessagesMax) return;
    json_.object().key("fieldPath").value(path).key("description").value(description);
    json_.key("validationCode").value(code).end();
  }
  void require(bool present, std::string_view path, std::string_view description) {
    if (!present) add(path, "VALUE_REQUIRED", description);
  }
  std::string finish() {
    json_.end().end();
    return std::move(text_);
  }

 private:
  std::string text_;
  JsonWriter json_;
  std::size_t count_ = 0;
};

void check_name(std::string_view name,
                std::size_t longest,
                std::string_view path,
                const std::string& whose,
                Messages& messages) {
  if (has_reserved_prefix(name))
    messages.add(path, "NAME_RESERVED", whose + " has a reserved prefix.");
  else if (!is_name(name, longest))
    messages.add(path,
                 "NAME_INVALID",
                 fmt::format("{} must start with a letter and have letters, digits and underscores "
                             "only, {} at most.",
                             whose,
                             longest));
}

void check_time(JsonNode time, Time received, Messages& messages) {
  if (!time.present()) return;
  const std::string_view text = time.text();
  std::int64_t micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (error != std::errc() || end != text.data() + text.size())
    return messages.add("timestamp_micros", "VALUE_INVALID", "No whole number of microseconds.");
  constexpr std::int64_t kMost = std::int64_t{1} << 60;  // so that no difference overflows
  const auto age = received.time_since_epoch() -
                   std::chrono::microseconds(std::clamp(micros, std::int64_t{0}, kMost));
  if (age > kAgeMax || age < -kAgeMax)
    messages.add("timestamp_micros", "VALUE_OUT_OF_BOUNDS", "More than 72 hours from now.");
}

void check_ids(JsonNode root, Messages& messages) {
  const JsonNode app = root["app_instance_id"];
  const JsonNode id = app.present() ? app : root["client_id"];
  messages.require(id.present(), "client_id", "client_id or app_instance_id is required.");
  if (id.present() && (!id.is(JsonKind::kString) || id.text().empty()))
    messages.add(id.key(), "VALUE_INVALID", "Not a text.");
  if (app.is(JsonKind::kString) && app.text().size() != 32)
    messages.add("app_instance_id", "VALUE_INVALID", "Not 32 hexadecimal digits.");
  const JsonNode user = root["user_id"];
  if (user.present() && !user.is(JsonKind::kString))
    messages.add("user_id", "VALUE_INVALID", "Not a text.");
  if (user.text().size() > kUserIdMax)
    messages.add("user_id", "VALUE_OUT_OF_BOUNDS", "Longer than 256 characters.");
}

void check_properties(JsonNode properties, Messages& messages) {
  if (properties.size() > kPropertiesMax)
    messages.add("user_properties", "EXCEEDED_MAX_ENTITIES", "More than 25 user properties.");
  for (const JsonNode property : properties) {
    const auto path = fmt::format("user_properties.{}", property.key());
    const auto whose = fmt::format("User property [{}]", property.key());
    if (is_one_of(kReservedProperties, property.key()))
      messages.add(path, "NAME_RESERVED", whose + " is reserved.");
    else
      check_name(property.key(), kPropertyNameMax, path, whose, messages);
    const JsonNode value = property["value"];
    messages.require(value.present(), path + ".value", whose + " has no value.");
    if (value.text().size() > kPropertyValueMax)
      messages.add(path + ".value", "VALUE_OUT_OF_BOUNDS", whose + " is longer than 36.");
  }
}

void check_consent(JsonNode consent, Messages& messages) {
  for (const JsonNode choice : consent)
    if (choice.text() != "GRANTED" && choice.text() != "DENIED")
      messages.add(
          fmt::format("consent.{}", choice.key()), "VALUE_INVALID", "Neither GRANTED nor DENIED.");
}

void check_items(JsonNode items, const std::string& whose, Messages& messages) {
  constexpr std::string_view kPath = "events.params.items";
  if (!items.present()) return;
  if (!items.is(JsonKind::kList))
    return messages.add(kPath, "VALUE_INVALID", whose + " has items that are no list.");
  if (items.size() > kItemsMax)
    messages.add(kPath, "EXCEEDED_MAX_ENTITIES", whose + " has more than 200 items.");
  for (const JsonNode item : items)
    messages.require(item["item_id"].present() || item["item_name"].present(),
                     kPath,
                     whose + " has an item without item_id and item_name.");
}

void check_trade(std::string_view name,
                 JsonNode params,
                 const std::string& whose,
                 Messages& messages) {
  const JsonNode value = params["value"];
  const JsonNode currency = params["currency"];
  if (value.present() && !value.is(JsonKind::kNumber))
    messages.add("events.params.value", "VALUE_INVALID", whose + " has a value that is no number.");
  messages.require(!value.present() || currency.present(),
                   "events.params.currency",
                   whose + " has a value without a currency.");
  if (currency.present() && currency.text().size() != 3)
    messages.add(
        "events.params.currency", "VALUE_INVALID", whose + " has no currency of three letters.");
  messages.require((name != "purchase" && name != "refund") || params["transaction_id"].present(),
                   "events.params.transaction_id",
                   whose + " needs a transaction_id.");
  check_items(params["items"], whose, messages);
}

void check_params(JsonNode params, const std::string& whose, Messages& messages) {
  if (params.size() > kParamsMax)
    messages.add("events.params", "EXCEEDED_MAX_ENTITIES", whose + " has more than 25 parameters.");
  std::set<std::string_view> seen;
  for (const JsonNode param : params) {
    const auto path = fmt::format("events.params.{}", param.key());
    const auto of_it = fmt::format("{} has parameter [{}], which", whose, param.key());
    check_name(param.key(), kNameMax, path, of_it, messages);
    if (!seen.insert(param.key()).second)
      messages.add(path, "NAME_DUPLICATED", of_it + " is there twice.");
    if (const std::size_t most = value_max(param.key()); param.text().size() > most)
      messages.add(path,
                   "VALUE_OUT_OF_BOUNDS",
                   fmt::format("{} is longer than {} characters.", of_it, most));
  }
}

void check_event(JsonNode event, std::size_t index, Messages& messages) {
  const JsonNode name = event["name"];
  const JsonNode params = event["params"];
  const auto whose = fmt::format("Event at index: [{}]", index);
  if (!name.present()) return messages.add("events", "VALUE_REQUIRED", whose + " has no name.");
  const auto named = fmt::format("{} has name [{}], which", whose, name.text());
  if (is_one_of(kReservedEvents, name.text()))
    messages.add("events", "NAME_RESERVED", named + " is reserved.");
  else
    check_name(name.text(), kNameMax, "events", named, messages);
  if (params.present() && !params.is(JsonKind::kObject))
    return messages.add("events.params", "VALUE_INVALID", whose + " has params that are none.");
  check_params(params, whose, messages);
  check_trade(name.text(), params, whose, messages);
}

}  // namespace

std::string validate_ga4(JsonNode root, Time received) {
  if (!root.is(JsonKind::kObject)) return unreadable_ga4("it is no object");
  Messages messages;
  check_ids(root, messages);
  check_time(root["timestamp_micros"], received, messages);
  check_properties(root["user_properties"], messages);
  check_consent(root["consent"], messages);
  const JsonNode events = root["events"];
  messages.require(events.is(JsonKind::kList) && events.size() > 0, "events", "No events.");
  if (events.is(JsonKind::kList) && events.size() > kEventsMax)
    messages.add("events", "EXCEEDED_MAX_ENTITIES", "More than 25 events.");
  std::size_t index = 0;
  if (events.is(JsonKind::kList))
    for (const JsonNode event : events) check_event(event, index++, messages);
  return messages.finish();
}

std::string unreadable_ga4(std::string_view why) {
  Messages messages;
  messages.add("", "VALUE_INVALID", fmt::format("The body cannot be read: {}.", why));
  return messages.finish();
}

}  // namespace millrace::protocols
