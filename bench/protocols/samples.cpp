#include "bench/protocols/samples.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

using http::Method;
using namespace std::string_view_literals;

constexpr std::size_t kBatch = 20;  // events: what SDKs for servers gather by default
constexpr std::string_view kAgent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0";

// `text`, of which each # is the number of the copy, over and over with commas between.
std::string copies(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) all += ',';
    for (const char c : text)
      if (c == '#')
        all += fmt::format("{:06}", i);
      else
        all += c;
  }
  return all;
}

std::string around(std::string_view before, std::string_view text, std::string_view behind) {
  return std::string(before) + copies(text, kBatch) + std::string(behind);
}

constexpr std::string_view kSpecEvent =
    R"({"type":"track","event":"Product Viewed","messageId":"ajs-next-1795294477695-727ee1d0-#",)"
    R"("anonymousId":"727ee1d0-6082-4c53-8961-#","timestamp":"2026-11-21T20:54:37.695Z",)"
    R"("properties":{"product_id":"sku-#","price":12.5,"currency":"EUR","category":"shoes"},)"
    R"("context":{"library":{"name":"analytics.js","version":"2.1.0"},"page":{)"
    R"("path":"/product/#","referrer":"https://www.example.com/","title":"Shop",)"
    R"("url":"https://shop.example/product/#"},"locale":"de-DE","userAgent":)"
    R"("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"}})";

constexpr std::string_view kSnowplowEvent =
    R"({"e":"ue","eid":"4527abda-0781-45cf-b5d1-df88e1#","tv":"js-4.10.1","tna":"sp1","aid":"wk_web",)"
    R"("p":"web","cookie":"1","cs":"UTF-8","lang":"en-US","res":"800x600","cd":"24","tz":"UTC",)"
    R"("dtm":"1795294680930","vp":"780x437","ds":"780x437","vid":"1",)"
    R"("sid":"f6bbdc85-225c-4dcf-aeaf-c2ca6a9d39ea","duid":"4f4c88f8-82cd-437e-a3d0-6e3ea7#",)"
    R"("url":"https://shop.example/product/#","refr":"https://www.example.com/","page":"Shop",)"
    R"("ue_pr":"{\"schema\":\"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0\",)"
    R"(\"data\":{\"schema\":\"iglu:com.snowplowanalytics.snowplow.ecommerce/)"
    R"(snowplow_ecommerce_action/jsonschema/1-0-2\",\"data\":{\"type\":\"product_view\"}}}",)"
    R"("co":"{\"schema\":\"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0\",)"
    R"(\"data\":[{\"schema\":\"iglu:com.snowplowanalytics.snowplow.ecommerce/product/)"
    R"(jsonschema/1-0-0\",\"data\":{\"id\":\"sku-#\",\"category\":\"shoes\",\"price\":12.5,)"
    R"(\"currency\":\"EUR\"}}]}","stm":"1795294680930"})";

constexpr std::string_view kPosthogProperties =
    R"("properties":{"$os":"Linux","$browser":"Chrome","$device_type":"Desktop",)"
    R"("$current_url":"https://shop.example/product/#","$host":"shop.example",)"
    R"("$pathname":"/product/#","$browser_version":120,"$screen_height":600,"$screen_width":800,)"
    R"("$lib":"web","$lib_version":"1.449.2","$referrer":"https://www.example.com/",)"
    R"("$device_id":"01a1ffe6-acfe-7b20-8d7b-999291#","product_id":"sku-#","price":12.5,)"
    R"("currency":"EUR","category":"shoes","title":"Shop"})";

std::string posthog_event(std::string_view id_key) {
  return fmt::format(R"({{"event":"Product Viewed","uuid":"01a1ffe6-ad43-7f6b-8741-082fc1#",)"
                     R"("{}":"01a1ffe6-acfe-7b20-8d7b-999291#",)"
                     R"("timestamp":"2026-11-21T20:57:50.147Z",{}}})",
                     id_key,
                     kPosthogProperties);
}

constexpr std::string_view kGa4Event =
    R"({"name":"view_item","params":{"currency":"EUR","value":12.5,"session_id":"1795294680",)"
    R"("engagement_time_msec":100,"page_location":"https://shop.example/product/#",)"
    R"("page_referrer":"https://www.example.com/","page_title":"Shop",)"
    R"("items":[{"item_id":"sku-#","item_name":"Red shoes","item_category":"shoes","price":12.5,)"
    R"("quantity":1}]}})";

constexpr std::string_view kAmplitudeEvent =
    R"({"device_id":"727ee1d0-6082-4c53-8961-#","session_id":1795294477695,"time":1795294477695,)"
    R"("platform":"Web","language":"en-US","ip":"$remote","insert_id":"727ee1d0-6082-4c53-#",)"
    R"("event_type":"Product Viewed","event_properties":{"product_id":"sku-#","price":12.5,)"
    R"("currency":"EUR","category":"shoes","[Amplitude] Page URL":"https://shop.example/product/#"},)"
    R"("event_id":1,"library":"amplitude-ts/2.48.1","user_agent":)"
    R"("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"})";

constexpr std::string_view kMixpanelEvent =
    R"({"event":"Product Viewed","properties":{"$os":"Linux","$browser":"Chrome",)"
    R"("$browser_version":120,"$screen_height":600,"$screen_width":800,"mp_lib":"web",)"
    R"("$lib_version":"2.83.0","$insert_id":"zjnsbmyqwp1q#","time":1795294670.148,)"
    R"("distinct_id":"$device:01a1ffe6-acfe-7b20-8d7b-999291#",)"
    R"("$device_id":"01a1ffe6-acfe-7b20-8d7b-999291#","$current_url":"https://shop.example/product/#",)"
    R"("$referrer":"https://www.example.com/","token":"wk_web","product_id":"sku-#","price":12.5,)"
    R"("currency":"EUR","category":"shoes"}})";

constexpr std::string_view kMatomoHit =
    R"("?idsite=wk_web&rec=1&url=https%3A%2F%2Fshop.example%2Fproduct%2F#&action_name=Shop)"
    R"(&urlref=https%3A%2F%2Fwww.example.com%2F&_id=1f84114195#&_pks=sku-#&_pkn=Red%20shoes)"
    R"(&_pkp=12.5&_pkc=shoes&h=20&m=58&s=33&res=800x600&pv_id=A4UKMr&lang=en&rand=#")";

constexpr std::string_view kUmamiEvent =
    R"({"type":"event","payload":{"website":"wk_web","screen":"800x600","language":"en-US",)"
    R"("title":"Shop","hostname":"shop.example","url":"https://shop.example/product/7",)"
    R"("referrer":"https://www.example.com/","name":"Product Viewed","data":{"product_id":"sku-7",)"
    R"("price":12.5,"currency":"EUR","category":"shoes"}}})";

constexpr std::string_view kPlausibleEvent =
    R"({"n":"Product Viewed","u":"https://shop.example/product/7","d":"wk_web",)"
    R"("r":"https://www.example.com/","w":780,"h":0,)"
    R"("p":"{\"product_id\":\"sku-7\",\"price\":12.5,\"currency\":\"EUR\",\"category\":\"shoes\"}"})";

constexpr std::string_view kSnowplowQuery =
    "e=pv&url=https%3A%2F%2Fshop.example%2Fproduct%2F7&page=Shop&eid=7d5c7d57-21c8-46d4-a34c-"
    "d59d91fc5e81"
    "&tv=js-4.10.1&tna=sp1&aid=wk_web&p=web&cookie=1&cs=UTF-8&lang=en-US&res=800x600&cd=24&tz=UTC"
    "&dtm=1795294692098&stm=1795294692104&vp=780x437&ds=780x437&vid=1"
    "&sid=edea4f20-9d2a-4b1f-9622-1b39b189e94a&duid=8532cd9b-e6e7-4054-ba1c-7d6840c33e42";

constexpr std::string_view kPixelQuery =
    "writeKey=wk_web&event=Product+Viewed&userId=u1&properties.price=12.5&properties.category=shoes"
    "&context.page.url=https%3A%2F%2Fshop.example%2Fproduct%2F7&context.page.title=Shop";

// Of trackers that shops have had for long.
std::vector<Sample> tracker_samples() {
  const std::pair<std::string, std::string> basic{"authorization", "Basic d2tfd2ViOg=="};
  return {
      {"rudderstack",
       {Method::kPost,
        "/v1/batch",
        around(R"({"batch":[)", kSpecEvent, R"(],"sentAt":"2026-11-21T20:54:37.697Z"})"),
        {basic, {"anonymousid", "YQ=="}}},
       kBatch},
      {"jitsu",
       {Method::kPost,
        "/api/s/s2s/batch",
        around(R"({"batch":[)", kSpecEvent, R"(],"sentAt":"2026-11-21T20:54:37.697Z"})"),
        {{"x-write-key", "wk_web"}}},
       kBatch},
      {"snowplow",
       {Method::kPost,
        "/com.snowplowanalytics.snowplow/tp2",
        around(
            R"({"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[)",
            kSnowplowEvent,
            "]}"),
        {{"content-type", "application/json; charset=UTF-8"}}},
       kBatch},
      {"snowplow_get", {Method::kGet, "/i?" + std::string(kSnowplowQuery)}},
      // Each is a page and a Product Viewed.
      {"matomo",
       {Method::kPost, "/matomo.php", around(R"({"requests":[)", kMatomoHit, "]}"), {}},
       2 * kBatch},
      {"ga4",
       {Method::kPost,
        "/mp/collect?measurement_id=G-1&api_secret=wk_web",
        around(R"({"client_id":"123.456","timestamp_micros":"1795294680000000","events":[)",
               kGa4Event,
               "]}"),
        {}},
       kBatch},
  };
}

// Of product analytics and of small sites.
std::vector<Sample> analytics_samples() {
  return {
      {"posthog",
       {Method::kPost,
        "/batch/",
        around(R"({"api_key":"wk_web","batch":[)",
               posthog_event("distinct_id"),
               R"(],"sent_at":"2026-11-21T20:57:50.148Z"})"),
        {}},
       kBatch},
      {"posthog_v1",
       {Method::kPost,
        "/i/v1/analytics/events",
        around(R"({"created_at":"2026-11-21T20:57:50.148Z","batch":[)",
               posthog_event("distinct_id"),
               "]}"),
        {{"authorization", "Bearer wk_web"},
         {"content-type", "application/json"},
         {"user-agent", "posthog-node/5.70.0"},
         {"posthog-sdk-info", "posthog-node/5.70.0"},
         {"posthog-attempt", "1"},
         {"posthog-request-id", "01a20269-9659-74c5-bcdb-84a82f8a7434"},
         {"posthog-request-timestamp", "2026-11-21T20:57:50.148Z"}}},
       kBatch},
      {"amplitude",
       {Method::kPost,
        "/2/httpapi",
        around(R"({"api_key":"wk_web","events":[)",
               kAmplitudeEvent,
               R"(],"options":{},"client_upload_time":"2026-11-21T20:54:37.697Z"})"),
        {}},
       kBatch},
      {"mixpanel",
       {Method::kPost, "/track/?verbose=1", around("[", kMixpanelEvent, "]"), {}},
       kBatch},
      {"umami",
       {Method::kPost,
        "/api/send",
        std::string(kUmamiEvent),
        {{"user-agent", std::string(kAgent)}}}},
      {"plausible",
       {Method::kPost,
        "/api/event",
        std::string(kPlausibleEvent),
        {{"user-agent", std::string(kAgent)}}}},
      {"pixel", {Method::kGet, "/pixel.gif?" + std::string(kPixelQuery)}},
  };
}

// An event of Segment's of a size, with what its SDKs say of one first, and behind that more of the
// same kind.
class SizedEvent {
 public:
  explicit SizedEvent(std::size_t size) : size_(size) {
    add(top_, R"("anonymousId":"727ee1d0-6082-4c53-8961-#")");
    add(top_, R"("messageId":"ajs-next-1795294477695-727ee1d0-#")");
    add(top_, R"("timestamp":"2026-11-21T20:54:37.695Z")");
    add(properties_, R"("product_id":"sku-#")");
    add(properties_, R"("category":"shoes","currency":"EUR")");
    add(page_, R"("url":"https://shop.example/product/#")");
    add(page_, R"("referrer":"https://www.example.com/","title":"Shop")");
    add(page_, R"("path":"/product/#")");
    add(context_, R"("library":{"name":"analytics.js","version":"2.1.0"},"locale":"de-DE")");
    add(context_, fmt::format(R"("userAgent":"{}")", kAgent));
    for (int i = 0; i < 100; ++i)
      add(properties_, fmt::format(R"("attribute_{}":"value {} of it")", i, i));
    if (const std::size_t left = size - std::min(size, text().size()); left > R"("k":"",)"sv.size())
      properties_ += fmt::format(R"("k":"{}",)", std::string(left - R"("k":"",)"sv.size(), 'x'));
  }

  std::string text() const {
    const std::string context =
        context_ + (page_.empty() ? "" : fmt::format(R"("page":{{{}}},)", without_comma(page_)));
    return fmt::format(
        R"({{"type":"track","event":"Product Viewed","userId":"u1",{}"properties":{{{}"price":12.5}}{}}})",
        top_,
        properties_,
        context.empty() ? "" : fmt::format(R"(,"context":{{{}}})", without_comma(context)));
  }

 private:
  static std::string_view without_comma(std::string_view text) {
    return text.substr(0, text.size() - 1);
  }
  void add(std::string& place, std::string_view member) {
    const std::size_t before = place.size();
    place.append(member) += ',';
    if (copies(text(), 1).size() > size_) place.resize(before);
  }

  const std::size_t size_;
  std::string top_, properties_, page_, context_;  // members, each with a comma behind it
};

}  // namespace

std::vector<Sample> protocol_samples() {
  std::vector<Sample> all = tracker_samples();
  for (Sample& sample : analytics_samples()) all.push_back(std::move(sample));
  return all;
}

Sample segment_sample(const Sample& other) {
  const bool one = other.events == 1;
  Sample sample{"segment", {Method::kPost, one ? "/v1/t" : "/v1/batch"}, other.events};
  const std::string_view key = R"({"writeKey":"wk_web",)";
  const std::string_view before = one ? ""sv : R"("batch":[)";
  const std::string_view behind = one ? ""sv : R"(],"sentAt":"2026-11-21T20:54:37.697Z"})";
  const std::size_t frame = sample.asked.target.size() + key.size() + before.size() + behind.size();
  const std::string event = SizedEvent((other.bytes() - frame) / other.events - 1).text();
  sample.asked.body = key;
  sample.asked.body += before;
  sample.asked.body += one ? event.substr(1) : copies(event, other.events);
  sample.asked.body += behind;
  return sample;
}

}  // namespace millrace
