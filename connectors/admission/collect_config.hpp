// What a topology file says about collecting events: the section `collect`.
#pragma once

#include "connectors/admission/gate.hpp"
#include "engine/config/fields.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace millrace::admission {

enum class SameSite : std::uint8_t { kLax, kStrict, kNone };

constexpr auto enum_names(SameSite) {
  using config::EnumName;
  return std::array{EnumName{"lax", SameSite::kLax},
                    EnumName{"strict", SameSite::kStrict},
                    EnumName{"none", SameSite::kNone}};
}

// The first-party cookie by which a pixel knows a visitor again.
struct CookieConfig {
  std::string name = "mr_id";
  Duration lifetime = std::chrono::hours(24 * 365);
  SameSite same_site = SameSite::kLax;
  std::string domain;

  static constexpr auto fields() {
    using config::field;
    using C = CookieConfig;
    return std::tuple{
        field("name",
              &C::name,
              "Name of the cookie.",
              {.min_length = 1, .max_length = 64, .pattern = "[A-Za-z0-9_-]+"}),
        field("lifetime",
              &C::lifetime,
              "How long it is kept after a visitor was last seen; 0 means that none is set.",
              {.min = Duration(0), .max = std::chrono::hours(24 * 400)}),
        field("same_site",
              &C::same_site,
              "Whether requests from pages of other sites bring it; none takes effect over TLS "
              "only, as browsers demand."),
        field("domain",
              &C::domain,
              "Domain that it is for, with all below it; left out: this host alone.",
              {.pattern = "[A-Za-z0-9.-]*"}),
    };
  }
};

// Databases that say where an address is.
struct GeoConfig {
  std::string database;
  std::string asn;

  static constexpr auto fields() {
    using config::field;
    return std::tuple{
        field("database",
              &GeoConfig::database,
              "A file in MaxMind's format that has countries, and perhaps regions and cities, such "
              "as GeoLite2-City.mmdb; left out: events get no place."),
        field("asn",
              &GeoConfig::asn,
              "One that has networks, such as GeoLite2-ASN.mmdb; left out: events get no network."),
    };
  }
};

struct CollectConfig {
  config::Size event_max = config::kibibytes(32);
  config::Size batch_max = config::kibibytes(512);
  std::uint32_t batch_events_max = 2'500;
  std::uint32_t ipv4_bits = 24;
  std::uint32_t ipv6_bits = 48;
  Duration retry_after = std::chrono::seconds(1);
  config::Rate refusals_recorded{100};
  GeoConfig geo{};
  CookieConfig cookie{};
  CorsConfig cors{};
  std::vector<std::string> redirects;
  std::uint32_t micro_events = 0;

  static constexpr auto fields();
};

constexpr auto CollectConfig::fields() {
  using config::field;
  using C = CollectConfig;
  return std::tuple{
      field("event_max",
            &C::event_max,
            "Largest request that holds one event, unpacked.",
            {.min = config::kibibytes(1), .max = config::mebibytes(8)}),
      field("batch_max",
            &C::batch_max,
            "Largest request of any kind, unpacked.",
            {.min = config::kibibytes(1), .max = config::mebibytes(8)}),
      field("batch_events_max",
            &C::batch_events_max,
            "Most events of one request.",
            {.min = 1, .max = 100'000}),
      field("ipv4_bits",
            &C::ipv4_bits,
            "How many bits of an IPv4 address are kept; 0 keeps none of it.",
            {.min = 0, .max = 32}),
      field("ipv6_bits",
            &C::ipv6_bits,
            "How many bits of an IPv6 address are kept; 0 keeps none of it.",
            {.min = 0, .max = 128}),
      field("retry_after",
            &C::retry_after,
            "When senders are told to try again where there is no room.",
            {.min = std::chrono::seconds(1), .max = std::chrono::hours(1)}),
      field("refusals_recorded",
            &C::refusals_recorded,
            "How many refusals a time become records that can be read; more are only counted.",
            {.min = config::Rate{0.001}}),
      field("geo",
            &C::geo,
            "What says where an address is: it is looked up before it is masked, and read again "
            "when the server reloads."),
      field("cookie", &C::cookie, "The first-party cookie of the pixel."),
      field("cors", &C::cors, "Which pages of other origins may send."),
      field(
          "redirects",
          &C::redirects,
          "Hosts that Snowplow's /r/tp2 may send people to, such as shop.example; none means that "
          "there are no redirects."),
      field("micro_events",
            &C::micro_events,
            "How many of the last good and of the last bad events of Snowplow's trackers /micro "
            "tells, to test tracking; they are held in memory. 0 means that there is no /micro.",
            {.max = 10'000}),
  };
}

}  // namespace millrace::admission
