#include "tests/support/operator_under_test.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using testing::IsEmpty;
using Wrote = std::map<std::string, std::string>;

const Surroundings kAll = {.reads = {"context.campaign.source",
                                     "context.campaign.medium",
                                     "context.campaign.name",
                                     "context.campaign.term",
                                     "context.campaign.content",
                                     "context.campaign.id",
                                     "context.campaign.click_id",
                                     "context.campaign.click_network"}};

EventBuilder page_at(const std::string& url) { return page().with("context.page.url", url); }

Wrote wrote(const EventBuilder& event, const std::string& yaml = {}) {
  return OperatorUnderTest("campaign", yaml, kAll).push(event).wrote;
}

TEST(Campaign, ReadsTheParametersOfUrchin) {
  const Wrote expected = {{"context.campaign.source", "news letter"},
                          {"context.campaign.medium", "email"},
                          {"context.campaign.name", "spring/sale"},
                          {"context.campaign.term", "shoes"},
                          {"context.campaign.content", "top"},
                          {"context.campaign.id", "42"}};
  EXPECT_EQ(wrote(page_at("https://shop.example/?utm_source=news+letter&utm_medium=email&"
                          "utm_campaign=spring%2Fsale&utm_term=shoes&utm_content=top&utm_id=42")),
            expected);
}

TEST(Campaign, ReadsThoseOfMatomo) {
  const Wrote expected = {{"context.campaign.name", "spring"}, {"context.campaign.term", "shoes"}};
  for (const char* query : {"mtm_campaign=spring&mtm_keyword=shoes",
                            "pk_campaign=spring&pk_kwd=shoes",
                            "matomo_campaign=spring&matomo_kwd=shoes"})
    EXPECT_EQ(wrote(page_at("https://shop.example/?" + std::string(query))), expected) << query;
}

TEST(Campaign, KnowsWhoseClickIdItIs) {
  const Wrote google = {{"context.campaign.click_id", "Cj0"},
                        {"context.campaign.click_network", "google"}};
  EXPECT_EQ(wrote(page_at("https://shop.example/?gclid=Cj0&fbclid=later")), google);
  const Wrote own = {{"context.campaign.click_id", "7"}, {"context.campaign.click_network", "cj"}};
  EXPECT_EQ(wrote(page_at("/?cjevent=7"), "{click_ids: {cjevent: cj}}"), own);
  EXPECT_THAT(wrote(page_at("/?gclid=&cjevent=7")), IsEmpty());
}

TEST(Campaign, TakesTheQueryWhereTheAddressHasNone) {
  const Wrote expected = {{"context.campaign.source", "x"}};
  EXPECT_EQ(wrote(page().with("context.page.search", "?utm_source=x")), expected);
}

TEST(Campaign, LeavesWhatTheEventSays) {
  const Wrote expected = {{"context.campaign.medium", "cpc"}};
  EXPECT_EQ(wrote(page_at("/?utm_source=b&utm_medium=cpc&utm_medium=later")
                      .with("context.campaign.source", "a")),
            expected);
}

TEST(Campaign, FillsInNoTextThatIsNotUtf8) {
  EXPECT_THAT(wrote(page_at("/?utm_source=%ff&utm_medium&utm_=x&utm_what=y")), IsEmpty());
  EXPECT_THAT(wrote(page()), IsEmpty());
}

TEST(Campaign, ReadsNothingForNobody) {
  OperatorUnderTest unread("campaign");
  EXPECT_EQ(unread.catalog().projection.size(), 0u);
  OperatorUnderTest read("campaign", "", {.reads = {"context.campaign.term"}});
  EXPECT_EQ(read.catalog().projection.size(), 3u);
}

}  // namespace
}  // namespace millrace
