#include "connectors/admission/origin.hpp"

#include "engine/config/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::admission {

bool lists(const std::vector<std::string>& origins, std::string_view origin) {
  return std::find(origins.begin(), origins.end(), origin) != origins.end();
}

// A browser sends an origin in lower case, without path or default port.
void check_origins(const std::vector<std::string>& origins,
                   const std::string& field,
                   config::Checker& checker) {
  static constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  for (std::size_t i = 0; i < origins.size(); ++i) {
    std::string_view host = origins[i];
    const bool secure = host.starts_with("https://");
    const bool sound = secure || host.starts_with("http://");
    if (sound) host.remove_prefix(secure ? 8 : 7);
    if (sound && !host.empty() && host.find_first_not_of(kAllowed) == std::string_view::npos &&
        !host.ends_with(secure ? ":443" : ":80"))
      continue;
    checker.problem(fmt::format("{}[{}]", field, i),
                    fmt::format("'{}' is not an origin as browsers send it", origins[i]),
                    "such as https://shop.example or http://localhost:3000, in lower case, without "
                    "path and default port");
  }
}

}  // namespace millrace::admission
