#include "connectors/http/url.hpp"

namespace millrace::http {

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  for_each_parameter(query, [&](const std::string& key, std::string value) {
    if (!found && key == name) found = std::move(value);
  });
  return found;
}

}  // namespace millrace::http
