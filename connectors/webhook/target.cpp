#include "connectors/webhook/target.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace millrace::webhook {
namespace {

using boost::asio::ip::make_address_v4;
using boost::asio::ip::make_address_v6;
using Failure = boost::system::error_code;

constexpr std::size_t kUrlMax = 2048;
constexpr std::size_t kHostMax = 253;

// Of what no one on the internet can be (IANA's special-purpose address registries), or what leads
// to an IPv4 address that was not looked at.
struct Special {
  std::string_view network;
  std::string_view what;
};
constexpr Special kSpecial[] = {
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "a carrier's own"},
    {"127.0.0.0/8", "this machine"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "reserved"},
    {"192.0.2.0/24", "for documentation"},
    {"192.88.99.0/24", "a 6to4 relay"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "for benchmarks"},
    {"198.51.100.0/24", "for documentation"},
    {"203.0.113.0/24", "for documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"2001::/23", "reserved, Teredo among it"},
    {"2001:db8::/32", "for documentation"},
    {"2002::/16", "6to4, an IPv4 address inside"},
    {"3fff::/20", "for documentation"},
};
constexpr std::string_view kGlobal = "2000::/3";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
}

// What some resolvers read as an IPv4 address: the last label is a number (URL standard).
bool ends_in_a_number(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return !last.empty() && is_digit(last[0]) &&
         (last.starts_with("0x") || std::all_of(last.begin(), last.end(), is_digit));
}

std::array<unsigned char, 16> bytes_of(const IpAddress& address) {
  std::array<unsigned char, 16> bytes{};
  if (address.is_v4()) {
    const auto four = address.to_v4().to_bytes();
    std::copy(four.begin(), four.end(), bytes.begin());
  } else {
    const auto all = address.to_v6().to_bytes();
    std::copy(all.begin(), all.end(), bytes.begin());
  }
  return bytes;
}

Status read_host(std::string_view text, Target& target) {
  Failure failure;
  if (text.starts_with('[')) {
    if (!text.ends_with(']') || text.find('%') != std::string_view::npos)
      return Error{"the host is no address"};
    target.address = make_address_v6(std::string(text.substr(1, text.size() - 2)), failure);
    if (failure) return Error{"the host is no IPv6 address"};
    target.host = target.address->to_string();
    return {};
  }
  std::string host(text);
  for (char& c : host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (host.ends_with('.')) host.pop_back();
  const bool plain = std::all_of(host.begin(), host.end(), is_host_character);
  if (host.empty() || host.size() > kHostMax || !plain || host.starts_with('.') ||
      host.find("..") != std::string::npos)
    return Error{"the host is no name: letters, digits, dots and hyphens"};
  if (ends_in_a_number(host)) {
    const auto address = make_address_v4(host, failure);
    // The one form that everybody reads alike: four decimal numbers without leading zeros.
    if (failure || address.to_string() != host || host.size() != text.size())
      return Error{"the host looks like an address, and is not of the form 192.0.2.1"};
    target.address = address;
  }
  target.host = std::move(host);
  return {};
}

}  // namespace

std::string Target::authority() const {
  const std::string name = address && address->is_v6() ? "[" + host + "]" : host;
  return port == (secure ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

Result<Target> parse_target(std::string_view url) {
  Target target;
  if (url.size() > kUrlMax) return Error{"the URL is too long"};
  for (const char c : url)
    if (c <= ' ' || c >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>')
      return Error{"the URL has characters that must be encoded"};
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    target.secure = false;
    url.remove_prefix(7);
  } else {
    return Error{"the URL does not begin with https://"};
  }
  const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view authority = url.substr(0, end);
  target.path = url.substr(end);
  if (target.path.find('#') != std::string::npos) return Error{"the URL has a fragment"};
  if (!target.path.starts_with('/')) target.path.insert(0, "/");
  if (authority.find('@') != std::string_view::npos)
    return Error{"the URL has a user name or password"};
  target.port = target.secure ? 443 : 80;
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [last, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (error != std::errc() || last != port.data() + port.size() || target.port == 0)
      return Error{"the port is no number from 1 to 65535"};
    authority = authority.substr(0, colon);
  }
  if (Status read = read_host(authority, target); !read) return read.error();
  return target;
}

bool Network::contains(const IpAddress& other) const {
  if (address.is_v4() != other.is_v4()) return false;
  const auto ours = bytes_of(address);
  const auto theirs = bytes_of(other);
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((ours[bit / 8] ^ theirs[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Failure failure;
  Network network;
  network.address = boost::asio::ip::make_address(std::string(text.substr(0, slash)), failure);
  const std::string_view bits = text.substr(slash + 1);
  const auto [last, error] = std::from_chars(bits.data(), bits.data() + bits.size(), network.bits);
  const unsigned most = network.address.is_v4() ? 32 : 128;
  if (failure || error != std::errc() || last != bits.data() + bits.size() || network.bits > most)
    return std::nullopt;
  return network;
}

std::optional<std::string> forbidden(const IpAddress& address,
                                     const std::vector<Network>& allowed,
                                     const std::vector<IpAddress>& own) {
  const auto in = [&](const Network& network) { return network.contains(address); };
  if (std::any_of(allowed.begin(), allowed.end(), in)) return std::nullopt;
  for (const Special& special : kSpecial)
    if (in(*parse_network(special.network)))
      return fmt::format("{} is {}", address.to_string(), special.what);
  if (address.is_v6() && !in(*parse_network(kGlobal)))
    return fmt::format("{} is no address of the open internet", address.to_string());
  if (std::find(own.begin(), own.end(), address) != own.end())
    return fmt::format("{} is this machine", address.to_string());
  return std::nullopt;
}

std::vector<IpAddress> own_addresses() {
  std::vector<IpAddress> own;
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return own;
  for (const ifaddrs* at = interfaces; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr) continue;
    if (at->ifa_addr->sa_family == AF_INET) {
      sockaddr_in found{};
      std::memcpy(&found, at->ifa_addr, sizeof found);
      own.emplace_back(boost::asio::ip::address_v4(ntohl(found.sin_addr.s_addr)));
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 found{};
      std::memcpy(&found, at->ifa_addr, sizeof found);
      boost::asio::ip::address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &found.sin6_addr, bytes.size());
      own.emplace_back(boost::asio::ip::address_v6(bytes));
    }
  }
  ::freeifaddrs(interfaces);
  return own;
}

}  // namespace millrace::webhook
