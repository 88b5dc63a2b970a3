#include "connectors/http/exchange.hpp"

#include "connectors/http/admission.hpp"
#include "connectors/http/url.hpp"
#include "engine/base/json_writer.hpp"

#include <algorithm>

namespace millrace::http {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const Header& header : headers)
    if (same_word(header.name, name)) return header.value;
  return {};
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  return query_parameter(query, name);
}

std::string_view Request::capture(std::string_view name) const {
  for (const auto& [key, value] : captures)
    if (key == name) return value;
  return {};
}

// RFC 6265 4.2: pairs separated by "; "; a client may send several Cookie headers.
std::string_view Request::cookie(std::string_view name) const {
  for (const Header& header : headers) {
    if (!same_word(header.name, "cookie")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name)
        return pair.substr(equals + 1);
    }
  }
  return {};
}

Response refusal(int status, std::string_view reason, std::string_view detail) {
  Response response{.status = status};
  JsonWriter json(response.body);
  json.object().key("error").value(reason).key("detail").value(detail);
  json.key("code").value(status).end();
  response.headers.emplace_back("X-Millrace-Reason", reason);
  return response;
}

}  // namespace millrace::http
