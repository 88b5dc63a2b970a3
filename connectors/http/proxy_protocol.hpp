// The PROXY protocol, version 2 (haproxy.org/download/2.8/doc/proxy-protocol.txt): how a proxy that
// only passes bytes on says whose they are. Pure functions; any thread.
#pragma once

#include "connectors/http/address.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace millrace::http {

inline constexpr std::size_t kProxyStart = 16;  // bytes that every header has
inline constexpr std::size_t kProxyRestMax = 512;

// How many bytes follow the first 16; nothing if they are not such a header, or too many follow.
std::optional<std::size_t> proxy_rest(std::string_view start);

struct Proxied {
  bool valid = false;
  std::optional<IpAddress> client{};  // nothing: the proxy speaks for itself, or of no IP address
};
// Precondition: proxy_rest(start) is the size of `rest`.
Proxied read_proxy_header(std::string_view start, std::string_view rest);

}  // namespace millrace::http
