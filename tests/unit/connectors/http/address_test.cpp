#include "connectors/http/address.hpp"

#include "connectors/http/proxy_protocol.hpp"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

IpAddress ip(std::string_view text) { return parse_address(text).value(); }

Networks networks(const std::vector<std::string_view>& all) {
  Networks networks;
  for (const std::string_view text : all) networks.add(parse_network(text).value());
  return networks;
}

TEST(Network, IsReadStrictly) {
  const auto in = [](std::string_view network, std::string_view address) {
    return parse_network(network).value().contains(ip(address));
  };
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(in("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(in("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(in("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(in("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(in("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
  EXPECT_TRUE(in("fd00::/8", "fdff::1"));
  EXPECT_TRUE(in("10.0.0.0/8", "::ffff:10.0.0.1"));
  for (const std::string_view wrong : {"",
                                       "10.0.0.0/",
                                       "10.0.0.0/33",
                                       "10.0.0.0/-1",
                                       "10.0.0.0/8x",
                                       "10.0.0.1/8",
                                       "fd01::/8",
                                       "10.0.0",
                                       "010.0.0.1",
                                       "fe80::1%eth0",
                                       "shop"})
    EXPECT_FALSE(parse_network(wrong)) << wrong;
}

TEST(ClientNetwork, IsASlash64InIpv6) {
  EXPECT_EQ(client_network(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
  EXPECT_EQ(client_network(ip("192.0.2.1")), ip("192.0.2.1"));
}

struct ForwardedCase {
  std::string_view peer;
  std::vector<std::string_view> headers;
  std::string_view client;
};

TEST(ClientOf, IsTheRightmostThatIsNotTrusted) {
  const Networks trusted = networks({"10.0.0.0/8", "fd00::/8", "127.0.0.1"});
  const std::vector<ForwardedCase> cases = {
      {"198.51.100.1", {"203.0.113.9"}, "198.51.100.1"},  // not ours: not believed
      {"10.0.0.1", {}, "10.0.0.1"},
      {"10.0.0.1", {"203.0.113.9"}, "203.0.113.9"},
      {"10.0.0.1", {"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},  // the first is the client's invention
      {"10.0.0.1", {"1.1.1.1, 203.0.113.9, 10.2.3.4"}, "203.0.113.9"},
      {"10.0.0.1", {"1.1.1.1", "203.0.113.9,10.2.3.4"}, "203.0.113.9"},  // two headers are one list
      {"10.0.0.1", {"10.9.9.9, 10.2.3.4"}, "10.9.9.9"},                  // nobody but proxies
      {"10.0.0.1", {"203.0.113.9, nonsense, 10.2.3.4"}, "10.2.3.4"},  // stops at what is no address
      {"10.0.0.1", {"nonsense"}, "10.0.0.1"},
      {"10.0.0.1", {""}, "10.0.0.1"},
      {"10.0.0.1", {",203.0.113.9"}, "203.0.113.9"},
      {"10.0.0.1", {"203.0.113.9:4711"}, "203.0.113.9"},
      {"10.0.0.1", {"[2001:db8::1]:4711"}, "2001:db8::1"},
      {"10.0.0.1", {"2001:db8::1"}, "2001:db8::1"},
      {"10.0.0.1", {"::ffff:203.0.113.9"}, "203.0.113.9"},
      {"::ffff:10.0.0.1", {"203.0.113.9"}, "203.0.113.9"},
      {"fd00::1", {"203.0.113.9 , 127.0.0.1\t"}, "203.0.113.9"},
      {"10.0.0.1", {"0x7f.1"}, "10.0.0.1"},
      {"10.0.0.1", {"[2001:db8::1"}, "10.0.0.1"},
  };
  for (const ForwardedCase& each : cases) {
    std::vector<Header> headers = {{"Host", "shop"}};
    for (const std::string_view value : each.headers) headers.push_back({"X-Forwarded-For", value});
    const IpAddress peer = boost::asio::ip::make_address(std::string(each.peer));
    EXPECT_EQ(client_of(peer, trusted, headers).address.to_string(), each.client)
        << each.peer << " " << (each.headers.empty() ? "" : each.headers[0]);
  }
}

TEST(ClientOf, IsSecureAsATrustedProxySays) {
  const Networks trusted = networks({"10.0.0.0/8"});
  const auto secure = [&](std::string_view peer, std::string_view value) {
    return client_of(ip(peer), trusted, {{"X-Forwarded-Proto", value}}).secure;
  };
  EXPECT_TRUE(secure("10.0.0.1", "https"));
  EXPECT_FALSE(secure("10.0.0.1", "http"));
  EXPECT_FALSE(secure("10.0.0.1", "https, http"));  // the last proxy was reached without
  EXPECT_FALSE(secure("192.0.2.1", "https"));
}

std::string proxy_start(unsigned char command, unsigned char family, std::size_t size) {
  std::string start("\r\n\r\n\0\r\nQUIT\n", 12);
  start += static_cast<char>(command);
  start += static_cast<char>(family);
  start += static_cast<char>(size >> 8);
  start += static_cast<char>(size & 0xff);
  return start;
}

TEST(ProxyHeader, SaysWhoseConnectionItIs) {
  const std::string four("\xcb\x00\x71\x09\x0a\x00\x00\x01\x12\x67\x01\xbb", 12);
  std::string start = proxy_start(0x21, 0x11, 12);
  EXPECT_EQ(proxy_rest(start), 12U);
  EXPECT_EQ(read_proxy_header(start, four).client, ip("203.0.113.9"));
  // What follows the addresses is of no interest.
  EXPECT_EQ(read_proxy_header(start, four + "\x03\x00\x04text").client, ip("203.0.113.9"));

  std::string six(36, '\0');
  six[0] = 0x20;
  six[1] = 0x01;
  six[15] = 0x01;
  EXPECT_EQ(read_proxy_header(proxy_start(0x21, 0x21, 36), six).client, ip("2001::1"));
}

TEST(ProxyHeader, MaySpeakForTheProxyItself) {
  const Proxied local = read_proxy_header(proxy_start(0x20, 0x00, 0), "");
  EXPECT_TRUE(local.valid);
  EXPECT_FALSE(local.client);
  EXPECT_TRUE(read_proxy_header(proxy_start(0x21, 0x31, 216), std::string(216, 'x')).valid);
}

TEST(ProxyHeader, IsReadStrictly) {
  EXPECT_FALSE(proxy_rest("PROXY TCP4 1.2.3"));
  EXPECT_FALSE(proxy_rest(proxy_start(0x11, 0x11, 12)));   // version 1
  EXPECT_FALSE(proxy_rest(proxy_start(0x21, 0x11, 513)));  // more than anybody needs
  EXPECT_FALSE(proxy_rest(proxy_start(0x21, 0x11, 12).substr(0, 15)));
  EXPECT_FALSE(read_proxy_header(proxy_start(0x22, 0x11, 12), std::string(12, 'x')).valid);
  EXPECT_FALSE(read_proxy_header(proxy_start(0x21, 0x11, 11), std::string(11, 'x')).valid);
  EXPECT_FALSE(read_proxy_header(proxy_start(0x21, 0x21, 35), std::string(35, 'x')).valid);
}

}  // namespace
}  // namespace millrace::http
