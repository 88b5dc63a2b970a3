#include "tests/support/operator_under_test.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

const std::vector<std::string> kPaths = {
    "context.referrer.type", "context.referrer.name", "context.referrer.term"};

std::string spoken(const Outcome& outcome) {
  std::string out;
  for (const std::string& path : kPaths)
    if (const auto at = outcome.wrote.find(path); at != outcome.wrote.end())
      out += (out.empty() ? "" : ", ") + at->second;
  return out;
}

EventBuilder visit(const std::string& referrer, const std::string& url = "https://shop.example/") {
  return page().with("context.page.url", url).with("context.page.referrer", referrer);
}

std::string sender(const EventBuilder& event, const std::string& yaml = {}) {
  return spoken(OperatorUnderTest("referrer", yaml, {.reads = kPaths}).push(event));
}

TEST(Referrer, SaysWhoSentTheVisitor) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "direct"},
      {"https://www.google.co.uk/", "search, Google"},
      {"https://duckduckgo.com/?q=red+shoes", "search, DuckDuckGo, red shoes"},
      {"https://www.baidu.com/s?ie=utf-8&wd=%E9%9E%8B", "search, Baidu, 鞋"},
      {"https://www.bing.com/search?q=%ff", "search, Bing"},
      {"https://l.facebook.com/l.php?u=x", "social, Facebook"},
      {"https://mail.google.com/mail/u/0/", "email, Gmail"},
      {"android-app://com.google.android.gm/", "email, Gmail"},
      {"https://chatgpt.com/c/1", "assistant, ChatGPT"},
      {"https://www.Blog.Example.net/post", "referral, blog.example.net"},
      {"https://pay.shop.example/done", "internal, pay.shop.example"},
      {"not an address", "direct"},
  };
  for (const auto& [referrer, expected] : cases)
    EXPECT_EQ(sender(visit(referrer)), expected) << referrer;
}

TEST(Referrer, KnowsTheSitesOwnDomains) {
  const std::string yaml = "internal: [pay.example]";
  EXPECT_EQ(sender(visit("https://eu.pay.example/"), yaml), "internal, eu.pay.example");
  EXPECT_EQ(sender(visit("https://repay.example/"), yaml), "referral, repay.example");
}

TEST(Referrer, TellsPaidVisitsAndMailsByTheCampaign) {
  const Surroundings after = {.before = {{"campaign", ""}}, .reads = kPaths};
  const auto told = [&](const std::string& referrer, const std::string& query) {
    OperatorUnderTest referrers("referrer", "", after);
    return spoken(referrers.push(visit(referrer, "https://shop.example/?" + query)));
  };
  EXPECT_EQ(told("https://www.google.com/", "gclid=1"), "paid, Google");
  EXPECT_EQ(told("", "utm_medium=cpc"), "paid");
  EXPECT_EQ(told("", "utm_medium=paid_social"), "paid");
  EXPECT_EQ(told("https://l.facebook.com/", "fbclid=1"), "social, Facebook");
  EXPECT_EQ(told("", "utm_medium=email"), "email");
  EXPECT_EQ(told("https://shop.example/cart", "gclid=1"), "internal, shop.example");
}

TEST(Referrer, SaysNothingOfEventsWithoutAPage) {
  EXPECT_EQ(sender(track("Order Completed")), "");
  EXPECT_EQ(sender(visit("https://a.example/").with("context.referrer.type", "dataxu")),
            "a.example");
}

}  // namespace
}  // namespace millrace
