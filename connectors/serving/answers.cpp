#include "connectors/serving/answers.hpp"

#include <fmt/format.h>

#include <charconv>

namespace millrace::serving {

http::Response answer(const std::function<void(JsonWriter&)>& write) {
  http::Response response;
  JsonWriter json(response.body);
  write(json);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

http::Response failure(const Error& error) {
  if (error.fault == Fault::kMissing) return http::refusal(404, "not_found", error.what);
  if (error.fault != Fault::kBusy) return http::refusal(500, "failed", error.what);
  http::Response response = http::refusal(503, "not_yet", error.what);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> number(const http::Request& request,
                                    std::string_view name,
                                    std::uint64_t otherwise,
                                    Range range,
                                    http::Response& bad) {
  const auto text = request.parameter(name);
  if (!text) return otherwise;
  const auto found = whole_number(*text);
  if (found && *found >= range.least && *found <= range.most) return found;
  bad = http::refusal(
      400,
      "bad_parameter",
      fmt::format("{} must be a whole number from {} to {}", name, range.least, range.most));
  return std::nullopt;
}

}  // namespace millrace::serving
