#include "connectors/protocols/campaign_fields.hpp"
#include "connectors/protocols/posthog_event.hpp"

namespace millrace::protocols {
namespace {

constexpr EventMapping kEvents[] = {
    {"$pageview", "page"},
    {"$screen", "screen"},
    {"$identify", "identify"},
    {"$set", "identify"},
    {"$create_alias", "alias"},
    {"$merge_dangerously", "alias"},
    {"$groupidentify", "group"},
};

// Members of `properties`. E-commerce has no names of its own here: people send the spec's.
constexpr FieldMapping kOwn[] = {
    {"$current_url", Into::kPage, "url"},
    {"$pathname", Into::kPage, "path"},
    {"$referrer", Into::kPage, "referrer"},
    {"$host", Into::kPage, "host"},
    {"$raw_user_agent", Into::kContext, "userAgent"},
    {"$user_agent", Into::kContext, "userAgent"},
    {"$browser_language", Into::kContext, "locale"},
    {"$locale", Into::kContext, "locale"},
    {"$timezone", Into::kContext, "timezone"},
    {"$groups", Into::kContext, "groups"},
    {"$browser", Into::kBrowser, "name"},
    {"$browser_version", Into::kBrowser, "version", As::kText},
    {"$os", Into::kOs, "name"},
    {"$os_name", Into::kOs, "name"},
    {"$os_version", Into::kOs, "version", As::kText},
    {"$device_id", Into::kDevice, "id", As::kText},
    {"$device_type", Into::kDevice, "type"},
    {"$device_manufacturer", Into::kDevice, "manufacturer"},
    {"$device_model", Into::kDevice, "model"},
    {"$device_name", Into::kDevice, "name"},
    {"$app_name", Into::kApp, "name"},
    {"$app_version", Into::kApp, "version", As::kText},
    {"$app_build", Into::kApp, "build", As::kText},
    {"$app_namespace", Into::kApp, "namespace"},
    {"$screen_width", Into::kScreen, "width"},
    {"$screen_height", Into::kScreen, "height"},
    {"$viewport_width", Into::kScreen, "innerWidth"},
    {"$viewport_height", Into::kScreen, "innerHeight"},
    {"$session_id", Into::kSession, "id", As::kText},
    {"$window_id", Into::kSession, "window_id", As::kText},
    {"$lib", Into::kLibrary, "name"},
    {"$lib_version", Into::kLibrary, "version", As::kText},
    {"$process_person_profile", Into::kPrivacy, "process_person_profile"},
    {"$geoip_disable", Into::kPrivacy, "geoip_disable"},
    {"$cookieless_mode", Into::kPrivacy, "cookieless_mode"},
    // Who it is about, and what is said of them: see the notes.
    {"distinct_id", Into::kNowhere},
    {"$user_id", Into::kNowhere},
    {"$is_identified", Into::kNowhere},
    {"$anon_distinct_id", Into::kNowhere},
    {"$set", Into::kNowhere},
    {"$set_once", Into::kNowhere},
    {"$unset", Into::kNowhere},
    {"$group_key", Into::kNowhere},
    {"$group_set", Into::kNowhere},
    {"$ip", Into::kNowhere},
    {"$insert_id", Into::kNowhere},
    // What the SDK says about itself.
    {"token", Into::kNowhere},
    {"$token", Into::kNowhere},
    {"$time", Into::kNowhere},
    {"$is_server", Into::kNowhere},
    {"$sdk_dist_channel", Into::kNowhere},
    {"$config_defaults", Into::kNowhere},
    {"$initialization_time", Into::kNowhere},
    {"$configured_session_timeout_ms", Into::kNowhere},
    {"$lib_custom_api_host", Into::kNowhere},
    {"$lib_rate_limit_remaining_tokens", Into::kNowhere},
    {"$recording_status", Into::kNowhere},
    {"$sdk_debug_extensions_init_method", Into::kNowhere},
    {"$sdk_debug_extensions_init_time_ms", Into::kNowhere},
    {"$sdk_debug_retry_queue_size", Into::kNowhere},
};

constexpr auto kFields = joined(kOwn, kCampaignFields);

}  // namespace

std::span<const EventMapping> posthog_events() { return kEvents; }
std::span<const FieldMapping> posthog_fields() { return kFields; }

}  // namespace millrace::protocols
