#include "connectors/http/server_config.hpp"

#include "connectors/http/address.hpp"
#include "engine/config/checker.hpp"

#include <charconv>

namespace millrace::http {

std::optional<ListenAddress> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host == "localhost" ? "127.0.0.1" : host);
  if (!address || address->is_v6() != bracketed) return {};
  ListenAddress listen{.address = address->to_string(), .loopback = address->is_loopback()};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, listen.port);
  if (error != std::errc() || stop != end) return {};
  return listen;
}

void ServerConfig::check(config::Checker& checker) const {
  for (std::size_t i = 0; i < listen.size(); ++i) {
    const std::string field = "listen[" + std::to_string(i) + "]";
    const auto address = parse_listen(listen[i]);
    if (!address)
      checker.problem(field,
                      config::quote(listen[i]) + " is not an address with a port",
                      "127.0.0.1:8080, [::1]:8080");
    else if (!address->loopback && !expose)
      checker.problem(field,
                      "other machines can reach " + config::quote(listen[i]),
                      "say 'expose: true' if that is meant, and set up TLS and keys");
  }
  for (std::size_t i = 0; i < trusted_proxies.size(); ++i)
    if (!parse_network(trusted_proxies[i]))
      checker.problem("trusted_proxies[" + std::to_string(i) + "]",
                      config::quote(trusted_proxies[i]) + " is not a network",
                      "10.0.0.0/8, 192.0.2.7, fd00::/8");
  if (proxy_protocol && trusted_proxies.empty())
    checker.problem("proxy_protocol", "no proxy is trusted", "name them in trusted_proxies");
}

}  // namespace millrace::http
