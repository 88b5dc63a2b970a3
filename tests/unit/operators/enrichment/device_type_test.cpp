#include "operators/enrichment/device_type.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(DeviceType, TellsKindsApart) {
  const std::pair<const char*, const char*> cases[] = {
      {"desktop",
       "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/124.0.0.0 Safari/537.36"},
      {"desktop",
       "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/17.4 Safari/605.1.15"},
      {"desktop", "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"},
      {"mobile",
       "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1"},
      {"mobile",
       "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/124.0.0.0 Mobile Safari/537.36"},
      {"mobile", "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A.231105.004)"},
      {"mobile", "Shop/4.2 CFNetwork/1494.0.7 Darwin/23.4.0"},
      {"tablet",
       "Mozilla/5.0 (Linux; Android 13; SM-X906B) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/124.0.0.0 Safari/537.36"},
      {"tablet",
       "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/16.6 Mobile/15E148 Safari/604.1"},
      {"tv",
       "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) AppleWebKit/537.36 (KHTML, like Gecko) "
       "85.0.4183.93/6.5 TV Safari/537.36"},
      {"tv",
       "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/94.0.4606.128 Safari/537.36 WebAppManager"},
      {"console",
       "Mozilla/5.0 (PlayStation; PlayStation 5/8.20) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/15.4 Safari/605.1.15"},
      {"wearable", "atc/1.0 watchOS/10.4 model/Watch6,1 hwp/t8301 build/21T216 (6; dt:254)"},
      {"bot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
      {"", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"},
      {"", "axios/1.6.8"},
  };
  UserAgentParser parser(64);
  for (const auto& [type, agent] : cases)
    EXPECT_EQ(device_type(agent, parser.parse(agent)), type) << agent;
}

}  // namespace
}  // namespace millrace
