#include "operators/enrichment/bot_agents.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(BotAgents, KnowsWhoSaysSo) {
  BotAgents agents({}, 16);
  for (const char* agent :
       {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; "
        "+https://openai.com/gptbot)",
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/124.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; "
        "+http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Scrapy/2.11.1 (+https://scrapy.org)"})
    EXPECT_EQ(agents.kind(agent), BotKind::kDeclared) << agent;
  for (const char* agent :
       {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "HeadlessChrome/124.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 "
        "Safari/538.1"})
    EXPECT_EQ(agents.kind(agent), BotKind::kHeadless) << agent;
}

// What servers send events with, and people's phones whose makers chose an unlucky name.
TEST(BotAgents, TakesNobodyElseForABot) {
  BotAgents agents({}, 16);
  for (const char* agent :
       {"",
        "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
        "axios/1.6.8",
        "python-requests/2.31.0",
        "Python-urllib/3.11",
        "Java/17.0.2",
        "Go-http-client/2.0",
        "curl/8.5.0",
        "analytics-node/2.1.0",
        "Mozilla/5.0 Umami/v20.11.1",
        "undici",
        ("Mozilla/5.0 (Linux; Android 12; CUBOT P60) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/124.0.0.0 Mobile Safari/537.36"),
        ("Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Silk/121.4.1 like Chrome/121.0.6167.180 Safari/537.36")})
    EXPECT_EQ(agents.kind(agent), BotKind::kNone) << agent;
}

TEST(BotAgents, AllowsThoseThatItIsTold) {
  const std::string agent = "OurMonitor-bot/1.0";
  EXPECT_EQ(BotAgents({}, 16).kind(agent), BotKind::kDeclared);
  EXPECT_EQ(BotAgents({"^OurMonitor-"}, 16).kind(agent), BotKind::kNone);
}

}  // namespace
}  // namespace millrace
