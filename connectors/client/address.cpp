#include "connectors/client/address.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::client {
namespace {

bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string Address::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (secure ? "443" : "80") ? name : name + ":" + port;
}

std::string Address::url() const {
  return fmt::format("{}://{}{}", secure ? "https" : "http", authority(), base);
}

Result<Address> parse_address(std::string_view url) {
  const auto wrong = [url](std::string_view what) {
    return Error{
        fmt::format("'{}' is no server's address: {}; try http://127.0.0.1:8080", url, what)};
  };
  Address address;
  std::string_view rest = url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    const std::string_view name = rest.substr(0, scheme);
    if (name != "http" && name != "https") return wrong("it is neither http nor https");
    address.secure = name == "https";
    rest.remove_prefix(scheme + 3);
  }
  if (!plain(rest)) return wrong("it has characters that an address has not");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view base = rest.substr(slash);
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.find_first_of("?#") != std::string_view::npos) return wrong("it has a query");
  address.base = base;
  std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos)
    return wrong("who asks is not part of it; keys have their own option");
  std::size_t colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return wrong("a ']' is missing");
    address.host = authority.substr(1, end - 1);
    if (colon < end) colon = std::string_view::npos;
  } else {
    address.host = authority.substr(0, colon);
  }
  address.port = address.secure ? "443" : "80";
  if (colon != std::string_view::npos) address.port = authority.substr(colon + 1);
  if (address.host.empty()) return wrong("the host is missing");
  if (address.port.empty() || address.port.size() > 5 ||
      !std::all_of(
          address.port.begin(), address.port.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return wrong("the port is no number");
  return address;
}

}  // namespace millrace::client
