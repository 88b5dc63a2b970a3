// Where a webhook may not go, whatever its URL or its name's addresses say.
#include "connectors/webhook/target.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace millrace::webhook {
namespace {

IpAddress ip(const std::string& text) { return boost::asio::ip::make_address(text); }

TEST(WebhookTarget, ReadsAUrl) {
  const auto target = parse_target("https://Hooks.Example.com.:8443/a/b?c=d");
  ASSERT_TRUE(target.ok());
  EXPECT_TRUE(target->secure);
  EXPECT_EQ(target->host, "hooks.example.com");
  EXPECT_EQ(target->port, 8443);
  EXPECT_EQ(target->path, "/a/b?c=d");
  EXPECT_EQ(target->authority(), "hooks.example.com:8443");
  EXPECT_EQ(parse_target("https://a.example")->path, "/");
  EXPECT_EQ(parse_target("https://a.example?x")->path, "/?x");
  EXPECT_EQ(parse_target("https://a.example/")->authority(), "a.example");
  EXPECT_EQ(parse_target("http://[2001:DB8::1]:80/")->authority(), "[2001:db8::1]");
  EXPECT_EQ(*parse_target("https://93.184.216.34/")->address, ip("93.184.216.34"));
}

TEST(WebhookTarget, RefusesWhatParsersMayReadDifferently) {
  for (const char* url : {"",
                          "a.example",
                          "//a.example/",
                          "ftp://a.example/",
                          "https:///x",
                          "https://",
                          "https:a.example",
                          "https://user@a.example/",
                          "https://user:pass@a.example/",
                          "https://a.example@127.0.0.1/",
                          "https://a.example\\@b.example/",
                          "https://a.example/#x",
                          "https://a.example#@b.example/",
                          "https://a exam.ple/",
                          "https://a.example/\r\nX: y",
                          "https://a%2eexample/",
                          "https://\xc3\xa4.example/",
                          "https://a..example/",
                          "https://.example/",
                          "https://a.example:/",
                          "https://a.example:0/",
                          "https://a.example:65536/",
                          "https://a.example:+443/",
                          "https://a.example:443x/",
                          "https://127.1/",
                          "https://0x7f000001/",
                          "https://0x7f.0.0.1/",
                          "https://2130706433/",
                          "https://0/",
                          "https://017700000001/",
                          "https://0177.0.0.1/",
                          "https://127.0.0.01/",
                          "https://127.0.0.1./",
                          "https://1.2.3.4.5/",
                          "https://256.0.0.1/",
                          "https://[::1/",
                          "https://[127.0.0.1]/",
                          "https://[fe80::1%25eth0]/",
                          "https://[::1]x/"})
    EXPECT_FALSE(parse_target(url).ok()) << url;
}

// clang-format off
TEST(WebhookTarget, MayNotBeWhatIsNotOfTheOpenInternet) {
  for (const char* address :
       {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
        "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:10::1", "2001:db8::1",
        "2002:7f00:1::1", "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
        "4000::1"})
    EXPECT_TRUE(forbidden(ip(address), {}, {})) << address;
}

TEST(WebhookTarget, MayBeOfTheOpenInternet) {
  for (const char* address :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "172.15.255.255", "172.32.0.0", "192.167.255.255", "223.255.255.255",
        "2606:4700:4700::1111", "2a00:1450::1"})
    EXPECT_FALSE(forbidden(ip(address), {}, {})) << address;
}
// clang-format on

TEST(WebhookTarget, MayBeInANetworkThatIsListed) {
  const std::vector<Network> allowed = {*parse_network("10.1.0.0/16"), *parse_network("fd00::/8")};
  EXPECT_FALSE(forbidden(ip("10.1.2.3"), allowed, {}));
  EXPECT_TRUE(forbidden(ip("10.2.2.3"), allowed, {}));
  EXPECT_FALSE(forbidden(ip("fd01::1"), allowed, {}));
  EXPECT_TRUE(forbidden(ip("::ffff:10.1.2.3"), allowed, {}))
      << "an IPv6 address that holds an allowed IPv4 one is another address";
}

TEST(WebhookTarget, MayNotBeThisMachineByItsOwnAddress) {
  EXPECT_TRUE(forbidden(ip("8.8.4.4"), {}, {ip("8.8.4.4")}));
  EXPECT_FALSE(forbidden(ip("8.8.8.8"), {}, {ip("8.8.4.4")}));
  const auto own = own_addresses();
  EXPECT_NE(std::find(own.begin(), own.end(), ip("127.0.0.1")), own.end());
}

TEST(WebhookTarget, ReadsNetworks) {
  EXPECT_TRUE(parse_network("0.0.0.0/0"));
  EXPECT_TRUE(parse_network("::/128"));
  for (const char* text : {"",
                           "10.0.0.0",
                           "10.0.0.0/",
                           "10.0.0.0/33",
                           "10.0.0/8",
                           "::/129",
                           "x/8",
                           "10.0.0.0/-1",
                           "10.0.0.0/8 "})
    EXPECT_FALSE(parse_network(text)) << text;
}

}  // namespace
}  // namespace millrace::webhook
