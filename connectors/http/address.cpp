#include "connectors/http/address.hpp"

#include "connectors/http/admission.hpp"

#include <algorithm>
#include <charconv>

namespace millrace::http {
namespace {

namespace ip = boost::asio::ip;

template <class Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xffU << (8 - bits % 8);
  return (a[whole] & mask) == (b[whole] & mask);
}

template <class Bytes>
bool zero_after(const Bytes& bytes, unsigned bits) {
  for (unsigned bit = bits; bit < bytes.size() * 8; ++bit)
    if (bytes[bit / 8] & (0x80U >> bit % 8)) return false;
  return true;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Some proxies add the port: 1.2.3.4:5678, [::1]:5678.
std::optional<IpAddress> forwarded_address(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return {};
    return parse_address(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return parse_address(text);
}

// Calls take(element) from the last to the first of all headers of that name, until it is false.
template <class Take>
void for_each_from_last(const std::vector<Header>& headers, std::string_view name, Take take) {
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!same_word(header->name, name)) continue;
    std::string_view rest = header->value;
    for (;;) {
      const std::size_t comma = rest.rfind(',');
      const bool first = comma == std::string_view::npos;
      if (!take(first ? rest : rest.substr(comma + 1))) return;
      if (first) break;
      rest = rest.substr(0, comma);
    }
  }
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.empty() || text.size() > 45 || text.find('%') != std::string_view::npos) return {};
  boost::system::error_code error;
  const IpAddress address = ip::make_address(std::string(text), error);
  if (error) return {};
  return plain_address(address);
}

IpAddress plain_address(const IpAddress& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

IpAddress client_network(const IpAddress& address) {
  if (address.is_v4()) return address;
  ip::address_v6::bytes_type bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return ip::address_v6(bytes);
}

bool Network::contains(const IpAddress& other) const {
  if (address.is_v4() != other.is_v4()) return false;
  return address.is_v4()
             ? same_prefix(address.to_v4().to_bytes(), other.to_v4().to_bytes(), prefix)
             : same_prefix(address.to_v6().to_bytes(), other.to_v6().to_bytes(), prefix);
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return {};
  const unsigned bits = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Network{*address, bits};
  unsigned prefix = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, prefix);
  if (error != std::errc() || stop != end || prefix > bits) return {};
  const bool clean = address->is_v4() ? zero_after(address->to_v4().to_bytes(), prefix)
                                      : zero_after(address->to_v6().to_bytes(), prefix);
  if (!clean) return {};
  return Network{*address, prefix};
}

bool Networks::contains(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    return network.contains(address);
  });
}

Client client_of(const IpAddress& peer,
                 const Networks& trusted,
                 const std::vector<Header>& headers) {
  Client client{.address = plain_address(peer)};
  if (trusted.empty() || !trusted.contains(client.address)) return client;
  for_each_from_last(headers, "x-forwarded-for", [&](std::string_view text) {
    const auto address = forwarded_address(text);
    if (!address) return false;
    client.address = *address;
    return trusted.contains(*address);
  });
  for_each_from_last(headers, "x-forwarded-proto", [&](std::string_view text) {
    client.secure = same_word(trimmed(text), "https");
    return false;
  });
  return client;
}

}  // namespace millrace::http
