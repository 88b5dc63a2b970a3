#include "connectors/admission/address_mask.hpp"

#include <gtest/gtest.h>

namespace millrace::admission {
namespace {

TEST(AddressMask, KeepsTheNetworkAndNotTheHousehold) {
  EXPECT_EQ(mask_address("203.0.113.77", {}), "203.0.113.0");
  EXPECT_EQ(mask_address("2001:db8:1:2:3:4:5:6", {}), "2001:db8:1::");
}

TEST(AddressMask, TakesAnIpv4AddressWrittenAsIpv6ForWhatItIs) {
  EXPECT_EQ(mask_address("::ffff:203.0.113.77", {}), "203.0.113.0");
}

TEST(AddressMask, KeepsAsManyBitsAsItIsTold) {
  EXPECT_EQ(mask_address("203.0.113.77", {.ipv4_bits = 32}), "203.0.113.77");
  EXPECT_EQ(mask_address("203.0.255.77", {.ipv4_bits = 17}), "203.0.128.0");
  EXPECT_EQ(mask_address("203.0.113.77", {.ipv4_bits = 0}), "");
  EXPECT_EQ(mask_address("2001:db8::1", {.ipv6_bits = 128}), "2001:db8::1");
  EXPECT_EQ(mask_address("2001:db8::1", {.ipv6_bits = 0}), "");
}

TEST(AddressMask, GivesNothingForWhatIsNoAddress) {
  for (const auto text : {"", "shop.example", "1.2.3", "1.2.3.4.5", "fe80::1%eth0"})
    EXPECT_EQ(mask_address(text, {}), "") << text;
  EXPECT_EQ(mask_address(std::string(1'000, '1'), {}), "");
}

std::string masked(std::string_view json, const AddressMask& mask = {}) {
  std::string out = "before ";
  append_masked(json, mask, out);
  return out.substr(7);
}

TEST(AppendMasked, MasksAddressesAtTheirKeys) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"context":{"ip":"203.0.113.77"}})", R"({"context":{"ip":"203.0.113.0"}})"},
      {R"({"ip" : "203.0.113.77","$ip":"2001:db8:1:2::3"})",
       R"({"ip" : "203.0.113.0","$ip":"2001:db8:1::"})"},
      {R"([{"ip":"203.0.113.77"},{"ip":"198.51.100.9"}])",
       R"([{"ip":"203.0.113.0"},{"ip":"198.51.100.0"}])"},
  };
  for (const auto& [json, expected] : cases) EXPECT_EQ(masked(json), expected);
  EXPECT_EQ(masked("{\"ip\" :\n\t\"203.0.113.77\"}"), "{\"ip\" :\n\t\"203.0.113.0\"}");
  EXPECT_EQ(masked(R"({"ip":"203.0.113.77"})", {0, 0}), R"({"ip":""})");
}

TEST(AppendMasked, FindsKeysWhereverTheyAre) {
  for (std::size_t before = 0; before < 40; ++before)
    for (std::size_t after = 0; after < 40; ++after) {
      const std::string head = "{\"" + std::string(before, 'i') + "\":\"ipip\",";
      const std::string tail = ",\"" + std::string(after, 'p') + "\":0}";
      EXPECT_EQ(masked(head + R"("ip":"203.0.113.77")" + tail),
                head + R"("ip":"203.0.113.0")" + tail);
    }
}

TEST(AppendMasked, LeavesEverythingElse) {
  for (const char* json : {"",
                           R"({"ip":"office"})",
                           R"({"ip":7,"zip":"203.0.113.77"})",
                           R"({"ip":{"ip":null}})",
                           R"({"text":"\"ip\":\"203.0.113.77\""})",
                           R"("ip")",
                           R"({"ip":)",
                           R"({"ip":")"})
    EXPECT_EQ(masked(json), json);
}

}  // namespace
}  // namespace millrace::admission
