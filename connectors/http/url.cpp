#include "connectors/http/url.hpp"

namespace millrace::http {

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const UrlPair pair = take_pair(query);
    if (pair.whole.empty()) continue;
    const bool encoded = is_percent_encoded(pair.name, Plus::kSpace);
    if (encoded ? percent_decoded(pair.name, Plus::kSpace) == name : pair.name == name)
      return percent_decoded(pair.value, Plus::kSpace);
  }
  return std::nullopt;
}

}  // namespace millrace::http
