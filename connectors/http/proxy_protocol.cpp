#include "connectors/http/proxy_protocol.hpp"

#include <algorithm>

namespace millrace::http {
namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

template <class Address>
Proxied client_in(std::string_view rest) {
  typename Address::bytes_type bytes;
  // Source and destination address, then their ports.
  if (rest.size() < 2 * bytes.size() + 4) return {};
  std::copy_n(rest.begin(), bytes.size(), bytes.begin());
  return {.valid = true, .client = plain_address(Address(bytes))};
}

}  // namespace

std::optional<std::size_t> proxy_rest(std::string_view start) {
  if (start.size() != kProxyStart || !start.starts_with(kSignature)) return {};
  if (byte_at(start, 12) >> 4 != 2) return {};
  const std::size_t size = byte_at(start, 14) * 256 + byte_at(start, 15);
  if (size > kProxyRestMax) return {};
  return size;
}

Proxied read_proxy_header(std::string_view start, std::string_view rest) {
  constexpr unsigned kLocal = 0;
  constexpr unsigned kProxy = 1;
  constexpr unsigned kTcp4 = 0x11;
  constexpr unsigned kTcp6 = 0x21;
  const unsigned command = byte_at(start, 12) & 15;
  if (command == kLocal) return {.valid = true};
  if (command != kProxy) return {};
  switch (byte_at(start, 13)) {
    case kTcp4:
      return client_in<boost::asio::ip::address_v4>(rest);
    case kTcp6:
      return client_in<boost::asio::ip::address_v6>(rest);
    default:
      return {.valid = true};
  }
}

}  // namespace millrace::http
