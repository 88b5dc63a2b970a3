// Where a webhook may go. A URL comes from whoever may write a topology, names from DNS: neither
// may make the server talk to what only it can reach (server-side request forgery). So a URL has
// one plain form, and every address that its name has must be one of the open internet, unless the
// configuration lists it.
//
// Pure functions of their arguments, but own_addresses(); any thread.
#pragma once

#include "engine/base/result.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::webhook {

using IpAddress = boost::asio::ip::address;

struct Target {
  bool secure = true;  // TLS
  std::string host;    // a name in lower case without a dot at the end, or an address
  std::uint16_t port = 0;
  std::string path;                  // with the query; at least "/"
  std::optional<IpAddress> address;  // if the host is one

  // As the Host header has it.
  std::string authority() const;
};

// Refuses user information, fragments, other schemes, numbers in other forms than 192.0.2.1, and
// characters that one parser may read otherwise than another.
Result<Target> parse_target(std::string_view url);

// A network such as 10.0.0.0/8 or fd00::/8.
struct Network {
  IpAddress address;
  unsigned bits = 0;

  bool contains(const IpAddress& other) const;
};
std::optional<Network> parse_network(std::string_view text);

// Why a webhook must not go to this address; nothing if it may. `own` are this machine's.
std::optional<std::string> forbidden(const IpAddress& address,
                                     const std::vector<Network>& allowed,
                                     const std::vector<IpAddress>& own);

// Of this machine's interfaces, as of now.
std::vector<IpAddress> own_addresses();

}  // namespace millrace::webhook
