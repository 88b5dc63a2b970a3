// Events of Matomo's tracking API, as their parameters say them. Made once; I/O threads call it,
// several at a time.
#pragma once

#include "connectors/protocols/dialect.hpp"
#include "connectors/protocols/known_names.hpp"
#include "connectors/protocols/mapping.hpp"
#include "connectors/protocols/translation.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::protocols {

// One request to Matomo, alone or of many.
struct MatomoRequest {
  std::span<const Parameter> said;      // the last of a name counts
  std::string_view source;              // as it was sent
  const http::Request* http = nullptr;  // that brought it
  bool trusted = false;  // its token_auth is known: it may say when and from where it comes
};

class MatomoEvents {
 public:
  MatomoEvents();

  // Puts the request's events, which are one or two, into `made`. Why it can never be accepted.
  std::optional<Refusal> read(const MatomoRequest& request,
                              Workbench& bench,
                              Translation& made) const;

 private:
  struct Apart;
  struct Said;
  using Names = KnownNames<Apart, std::string_view>;
  static constexpr auto kept();
  static bool is_of_product(std::string_view name);
  void put_all(std::span<const Parameter> all,
               const Reader& reader,
               SpecEvent& event,
               Apart& apart,
               Said& said) const;
  void put_variables(std::string_view json, Workbench& bench, SpecEvent& event, Said& said) const;
  static void put_visitor(const MatomoRequest& request,
                          const Apart& apart,
                          Time time,
                          Workbench& bench,
                          SpecEvent& event);
  static std::optional<Refusal> put_sender(const MatomoRequest& request,
                                           const Apart& apart,
                                           Workbench& bench,
                                           SpecEvent& event);
  static void put_products(std::string_view items, Workbench& bench, SpecEvent& event);

  const Names names_;
};

// For docs/protocols.md.
std::span<const EventMapping> matomo_events();
std::span<const FieldMapping> matomo_fields();
std::span<const FieldMapping> matomo_items();
std::span<const FieldMapping> matomo_product();

}  // namespace millrace::protocols
