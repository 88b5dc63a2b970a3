// Percent-encoding, and the name=value pairs of queries and forms (URL standard,
// application/x-www-form-urlencoded). Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

// %XX decoded; what is not two hex digits stays as it is. In queries and forms '+' is a space.
enum class Plus : bool { kKept, kSpace };
std::string percent_decoded(std::string_view text, Plus plus);

// The first value of that name, decoded; nothing if there is none.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

// Calls take(name, value), both decoded, for each pair.
template <class Take>
void for_each_parameter(std::string_view query, Take take) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    take(percent_decoded(pair.substr(0, equals), Plus::kSpace),
         equals == std::string_view::npos ? std::string()
                                          : percent_decoded(pair.substr(equals + 1), Plus::kSpace));
  }
}

}  // namespace millrace::http
