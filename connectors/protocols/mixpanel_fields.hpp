// What Mixpanel's names become. Constants.
#pragma once

#include "connectors/protocols/campaign_fields.hpp"
#include "connectors/protocols/mapping.hpp"

namespace millrace::protocols {

inline constexpr EventMapping kMixpanelEvents[] = {
    {"$mp_web_page_view", "page"},
    {"mp_page_view", "page"},
    {"$identify", "identify"},
    {"$create_alias", "alias"},
    {"$merge", "alias"},
};

// Members of an event's `properties`. E-commerce has no names of its own here: people send the
// spec's.
inline constexpr FieldMapping kMixpanelOwn[] = {
    {"$insert_id", Into::kEvent, "messageId", As::kText},
    {"time", Into::kEvent, "timestamp"},
    {"$device_id", Into::kEvent, "anonymousId", As::kText},
    {"$current_url", Into::kPage, "url"},
    {"current_url", Into::kPage, "url"},
    {"current_page_title", Into::kPage, "title"},
    {"current_url_path", Into::kPage, "path"},
    {"current_url_search", Into::kPage, "search"},
    {"current_url_protocol", Into::kPage, "protocol"},
    {"current_domain", Into::kPage, "host"},
    {"$referrer", Into::kPage, "referrer"},
    {"$referring_domain", Into::kPage, "referring_domain"},
    {"$browser", Into::kBrowser, "name"},
    {"$browser_version", Into::kBrowser, "version", As::kText},
    {"$os", Into::kOs, "name"},
    {"$os_version", Into::kOs, "version", As::kText},
    {"$device", Into::kDevice, "name"},
    {"$model", Into::kDevice, "model"},
    {"$manufacturer", Into::kDevice, "manufacturer"},
    {"$brand", Into::kDevice, "brand"},
    {"$carrier", Into::kDevice, "carrier"},
    {"$screen_width", Into::kScreen, "width"},
    {"$screen_height", Into::kScreen, "height"},
    {"$app_version_string", Into::kApp, "version", As::kText},
    {"$app_version", Into::kApp, "version", As::kText},
    {"$app_build_number", Into::kApp, "build", As::kText},
    {"mp_country_code", Into::kLocation, "country"},
    {"$region", Into::kLocation, "region"},
    {"$city", Into::kLocation, "city"},
    {"mp_lib", Into::kLibrary, "name"},
    {"$lib_version", Into::kLibrary, "version", As::kText},
    // Who it is about: see the notes.
    {"distinct_id", Into::kNowhere},
    {"$user_id", Into::kNowhere},
    {"$identified_id", Into::kNowhere},
    {"$anon_distinct_id", Into::kNowhere},
    {"$distinct_ids", Into::kNowhere},
    {"ip", Into::kNowhere},
    {"$ip", Into::kNowhere},
    {"token", Into::kNowhere},
    {"mp_sent_by_lib_version", Into::kNowhere},
};
inline constexpr auto kMixpanelFields = joined(kMixpanelOwn, kCampaignFields);

// Members of what is said of a person or a group.
inline constexpr FieldMapping kMixpanelProfile[] = {
    {"$device_id", Into::kEvent, "anonymousId", As::kText},
    {"$time", Into::kEvent, "timestamp"},
    {"$distinct_id", Into::kNowhere},
    {"$user_id", Into::kNowhere},
    {"$group_id", Into::kNowhere},
    {"$token", Into::kNowhere},
    {"$ip", Into::kNowhere},
    {"$set", Into::kNowhere},
    {"$set_once", Into::kNowhere},
    {"$unset", Into::kNowhere},
    {"$ignore_time", Into::kNowhere},
    {"$ignore_alias", Into::kNowhere},
};
inline constexpr FieldMapping kMixpanelTraits[] = {
    {"$email", Into::kTraits, "email"},
    {"$name", Into::kTraits, "name"},
    {"$first_name", Into::kTraits, "firstName"},
    {"$last_name", Into::kTraits, "lastName"},
    {"$phone", Into::kTraits, "phone"},
    {"$avatar", Into::kTraits, "avatar"},
    {"$created", Into::kTraits, "createdAt"},
};
inline constexpr auto kMixpanelShown = joined(kMixpanelOwn, kMixpanelTraits);

}  // namespace millrace::protocols
