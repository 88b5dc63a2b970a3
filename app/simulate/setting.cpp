#include "app/simulate/setting.hpp"

namespace millrace::simulate {
namespace {

#define BROWSER R"("library":{"name":"analytics.js","version":"npm:next-1.84.3"})"
#define CHROME(mobile, platform)                                                         \
  R"("userAgentData":{"brands":[{"brand":"Chromium","version":"142"}],"mobile":)" mobile \
  R"(,"platform":")" platform R"("},)" BROWSER

constexpr DeviceModel kModels[] = {
    {DeviceKind::kBrowser,
     false,
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/142.0.0.0 Safari/537.36",
     CHROME("false", "Windows")},
    {DeviceKind::kBrowser,
     true,
     "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
     "Mobile Safari/537.36",
     CHROME("true", "Android")},
    {DeviceKind::kBrowser,
     true,
     "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/26.0 "
     "Mobile/15E148 Safari/604.1",
     BROWSER},
    {DeviceKind::kBrowser,
     false,
     "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/26.0 Safari/605.1.15",
     BROWSER},
    {DeviceKind::kBrowser,
     false,
     "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
     BROWSER},
    {DeviceKind::kApp,
     true,
     "Shop/4.2.1 (iPhone; iOS 18.7; Scale/3.0)",
     R"("app":{"name":"Shop","version":"4.2.1","build":"1042","namespace":"example.shop"},)"
     R"("device":{"manufacturer":"Apple","model":"iPhone17,1","type":"ios"},"os":{"name":"iOS","version":"18.7"},)"
     R"("screen":{"width":402,"height":874},"network":{"cellular":true,"wifi":false},)"
     R"("library":{"name":"analytics-swift","version":"1.9.1"})"},
    {DeviceKind::kApp,
     true,
     "Dalvik/2.1.0 (Linux; U; Android 15; Pixel 9 Build/BP1A.250505.005)",
     R"("app":{"name":"Shop","version":"4.2.0","build":"2310","namespace":"example.shop"},)"
     R"("device":{"manufacturer":"Google","model":"Pixel 9","type":"android"},"os":{"name":"Android","version":"15"},)"
     R"("screen":{"width":1080,"height":2424,"density":2.625},"network":{"cellular":false,"wifi":true},)"
     R"("library":{"name":"analytics-kotlin","version":"1.19.2"})"},
    {DeviceKind::kBot,
     false,
     "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/about)",
     BROWSER},
    {DeviceKind::kBot,
     false,
     "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "HeadlessChrome/142.0.0.0 Safari/537.36",
     CHROME("false", "Linux")},
};

#undef CHROME
#undef BROWSER

constexpr Place kPlaces[] = {
    {"en-GB", "Europe/London", 0, "GBP", "GB", "Leeds"},
    {"de-DE", "Europe/Berlin", 1, "EUR", "DE", "Köln"},
    {"fr-FR", "Europe/Paris", 1, "EUR", "FR", "Nîmes"},
    {"en-US", "America/New_York", -5, "USD", "US", "Albany"},
    {"en-US", "America/Los_Angeles", -8, "USD", "US", "Fresno"},
    {"nl-NL", "Europe/Amsterdam", 1, "EUR", "NL", "Utrecht"},
    {"pl-PL", "Europe/Warsaw", 1, "PLN", "PL", "Łódź"},
    {"ja-JP", "Asia/Tokyo", 9, "USD", "JP", "京都"},
};

#define CAMPAIGN(source, medium, name)                               \
  "?utm_source=" source "&utm_medium=" medium "&utm_campaign=" name, \
      R"("campaign":{"source":")" source R"(","medium":")" medium R"(","name":")" name R"("},)"

constexpr Arrival kArrivals[] = {
    {"", "", "", 0.34},
    {"https://www.google.com/", "", "", 0.26},
    {"https://www.google.com/", CAMPAIGN("google", "cpc", "brand-2026"), 0.12},
    {"", CAMPAIGN("newsletter", "email", "weekly-picks"), 0.10},
    {"https://l.instagram.com/", CAMPAIGN("instagram", "paid_social", "lookbook"), 0.09},
    {"https://duckduckgo.com/", "", "", 0.04},
    {"https://deals.example/", CAMPAIGN("deals", "affiliate", "autumn-sale"), 0.05},
};

#undef CAMPAIGN

constexpr std::string_view kFirstNames[] = {"Ada",   "Björn", "Chloé", "Dilan", "Emma", "Finn",
                                            "Grace", "Hana",  "Ivo",   "Jana",  "Kofi", "Lena",
                                            "Mateo", "Nora",  "Oskar", "Priya", "Quin", "Rosa",
                                            "Sven",  "Tomás", "Uma",   "Vera",  "Wim",  "Zoë"};
constexpr std::string_view kLastNames[] = {
    "Abbott", "Bauer",  "Costa",  "Dubois", "Eriksen", "Fischer", "García",  "Hughes",
    "Ito",    "Jansen", "Kaya",   "Lopez",  "Müller",  "Novak",   "O'Brien", "Patel",
    "Rossi",  "Sato",   "Thomas", "Ueda",   "Vogel",   "Wood",    "Yilmaz",  "Żak"};

}  // namespace

std::span<const DeviceModel> device_models() { return kModels; }
std::span<const Place> places() { return kPlaces; }
std::span<const Arrival> arrivals() { return kArrivals; }
std::span<const std::string_view> first_names() { return kFirstNames; }
std::span<const std::string_view> last_names() { return kLastNames; }

}  // namespace millrace::simulate
