// Whose request this is: networks in CIDR form, and the client's address behind proxies that are
// trusted to tell it. Pure functions; any thread.
#pragma once

#include "connectors/http/exchange.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

using IpAddress = boost::asio::ip::address;

// An IPv4 address written as IPv6 (::ffff:1.2.3.4) is taken as IPv4. A scope (%eth0) is refused.
std::optional<IpAddress> parse_address(std::string_view text);
IpAddress plain_address(const IpAddress& address);

// What one client has for itself: an IPv4 address, or the /64 of an IPv6 address.
IpAddress client_network(const IpAddress& address);

struct Network {
  IpAddress address;
  unsigned prefix = 0;  // bits

  bool contains(const IpAddress& other) const;
};

// "10.0.0.0/8", "::1/128", or one address. Bits past the prefix must be 0.
std::optional<Network> parse_network(std::string_view text);

class Networks {
 public:
  void add(const Network& network) { networks_.push_back(network); }
  bool contains(const IpAddress& address) const;
  bool empty() const { return networks_.empty(); }

 private:
  std::vector<Network> networks_;
};

struct Client {
  IpAddress address;
  bool secure = false;  // a trusted proxy says that it was reached by TLS
};

// From X-Forwarded-For, if `peer` is trusted: the rightmost address that is not. What is left of
// text that is no address was written by strangers and counts for nothing. X-Forwarded-Proto is
// believed on the same terms.
Client client_of(const IpAddress& peer,
                 const Networks& trusted,
                 const std::vector<Header>& headers);

}  // namespace millrace::http
