// Where simulated shoppers live, what they hold in their hands and how they find the shop: fixed
// tables, with the JSON that SDKs make of them. Any thread may read them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace millrace::simulate {

enum class DeviceKind : std::uint8_t { kBrowser, kApp, kBot };

struct DeviceModel {
  DeviceKind kind;
  bool mobile;
  std::string_view user_agent;
  std::string_view context;  // the members of an event's context that depend on the device only
};

std::span<const DeviceModel> device_models();

struct Place {
  std::string_view locale;
  std::string_view timezone;
  std::int8_t hours_east;  // standard time; the simulation knows no summer time
  std::string_view currency;
  std::string_view country;
  std::string_view city;
};

std::span<const Place> places();

// How a visit begins.
struct Arrival {
  std::string_view referrer;
  std::string_view search;    // of the landing page's address
  std::string_view campaign;  // `"campaign":{...},` or nothing
  double share;
};

std::span<const Arrival> arrivals();

std::span<const std::string_view> first_names();
std::span<const std::string_view> last_names();

}  // namespace millrace::simulate
