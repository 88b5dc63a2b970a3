#include "connectors/protocols/multipart.hpp"

#include <string>

namespace millrace::protocols {
namespace {

constexpr std::string_view kBreak = "\r\n";

// What a part's header lines call it; empty: they do not.
std::string_view name_of(std::string_view head) {
  constexpr std::string_view kBefore = "; name=\"";
  const std::size_t at = head.find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::string_view behind = head.substr(at + kBefore.size());
  const std::size_t end = behind.find('"');
  return end == std::string_view::npos ? std::string_view() : behind.substr(0, end);
}

}  // namespace

std::optional<std::vector<UrlParameter>> multipart_parts(std::string_view body) {
  constexpr std::string_view kDashes = "--";
  constexpr std::size_t kLineMax = 72;  // RFC 2046 5.1.1: 70 characters and the dashes
  const std::size_t line = body.find(kBreak);
  if (!body.starts_with(kDashes) || line <= kDashes.size() || line > kLineMax) return std::nullopt;
  const std::string delimiter = std::string(kBreak).append(body.substr(0, line));
  std::vector<UrlParameter> parts;
  body.remove_prefix(line);
  while (!body.starts_with(kDashes)) {
    const std::size_t end = body.find(delimiter);
    const std::string_view part = body.substr(0, end);
    const std::size_t head = part.find("\r\n\r\n");
    if (!body.starts_with(kBreak) || end == std::string_view::npos || head == part.npos)
      return std::nullopt;
    parts.emplace_back(name_of(part.substr(0, head)), part.substr(head + 4));
    body.remove_prefix(end + delimiter.size());
  }
  return parts;
}

}  // namespace millrace::protocols
