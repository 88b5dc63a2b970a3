#include "operators/enrichment/device_type.hpp"

#include <algorithm>
#include <span>

namespace millrace {
namespace {

constexpr std::string_view kTvs[] = {"SmartTV",  "SMART-TV", "Smart-TV", "Smart TV",  "AppleTV",
                                     "Apple TV", "HbbTV",    "GoogleTV", "Google TV", "Android TV",
                                     "BRAVIA",   "; AFT",    "Roku",     "CrKey",     "Web0S",
                                     "webOS.TV", "NetCast",  "VIDAA",    "DTV",       "tvOS"};
constexpr std::string_view kConsoles[] = {"PlayStation", "PLAYSTATION", "Xbox", "XBOX", "Nintendo"};
constexpr std::string_view kWearables[] = {"watchOS", "Watch OS", "Apple Watch", "Wear OS"};
constexpr std::string_view kTablets[] = {"iPad", "Tablet", "Kindle", "PlayBook", "Silk/"};
constexpr std::string_view kPhones[] = {"iPhone",
                                        "iPod",
                                        "Windows Phone",
                                        "Mobile Safari",
                                        "Opera Mini",
                                        "KAIOS",
                                        "KaiOS",
                                        "BlackBerry",
                                        "IEMobile",
                                        "BB10",
                                        "Symbian",
                                        "MIDP"};
constexpr std::string_view kDesktops[] = {"Windows",
                                          "Mac OS X",
                                          "Linux",
                                          "Ubuntu",
                                          "Fedora",
                                          "Debian",
                                          "Chrome OS",
                                          "FreeBSD",
                                          "OpenBSD",
                                          "Red Hat"};

bool has_any(std::string_view agent, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return agent.find(word) != std::string_view::npos;
  });
}

bool has(std::string_view agent, std::string_view word) { return has_any(agent, {&word, 1}); }

// A browser on a phone says Mobile, and one on a tablet does not; an app says neither.
std::string_view android_type(std::string_view agent) {
  return has(agent, "Mobile") || !agent.starts_with("Mozilla/") ? "mobile" : "tablet";
}

}  // namespace

std::string_view device_type(std::string_view agent, const UserAgent& found) {
  if (found.is_spider()) return "bot";
  if (has_any(agent, kTvs)) return "tv";
  if (has_any(agent, kConsoles)) return "console";
  if (has_any(agent, kWearables)) return "wearable";
  if (has_any(agent, kTablets)) return "tablet";
  if (found.os == "Android") return android_type(agent);
  if (found.os == "iOS" || has_any(agent, kPhones)) return "mobile";
  return has_any(found.os, kDesktops) ? "desktop" : "";
}

}  // namespace millrace
