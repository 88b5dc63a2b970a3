#include "operators/ingest/anonymiser.hpp"

#include "tests/support/event_builder.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::chrono_literals;

class AnonymiserTest : public testing::Test {
 protected:
  AnonymiserTest() {
    for (const char* path : {"traits.email",
                             "context.userAgent",
                             "context.device.id",
                             "context.device.type",
                             "context.page.url",
                             "properties.total",
                             "properties.contact.phone"})
      catalog_.projection.add(path);
    lane_.set_arena(arena_);
  }

  std::map<std::string, std::string> anonymised(const EventBuilder& builder,
                                                const std::string& key = "0123456789abcdef") {
    Anonymiser anonymiser(key, {"properties.contact"}, lane_);
    Event event = builder.make(catalog_, arena_, kStart, 1);
    anonymiser.anonymise(event);
    return texts_of(event, catalog_.projection);
  }
  std::string pseudonym(const EventBuilder& builder, const std::string& key = "0123456789abcdef") {
    return anonymised(builder, key).at("anonymous_id");
  }

  Catalog catalog_;
  ColumnNumbers numbers_;
  Lane lane_{catalog_, numbers_};
  Arena arena_;
};

TEST_F(AnonymiserTest, TakesOutWhatSaysWhoItIs) {
  const auto left = anonymised(track("Order Completed")
                                   .user("42")
                                   .anonymous("a")
                                   .group_id("g")
                                   .with("traits.email", "a@example.com")
                                   .with("context.userAgent", "Mozilla/5.0")
                                   .with("context.device.id", "d-1")
                                   .with("context.device.type", "mobile")
                                   .with("context.page.url", "https://shop.example/a?email=a#b")
                                   .with("properties.total", "12")
                                   .with("properties.contact.phone", "+49"));
  EXPECT_EQ(left.at("user_id"), "");
  EXPECT_EQ(left.at("group_id"), "");
  EXPECT_EQ(left.at("traits.email"), "");
  EXPECT_EQ(left.at("context.userAgent"), "");
  EXPECT_EQ(left.at("context.device.id"), "");
  EXPECT_EQ(left.at("context.device.type"), "mobile");
  EXPECT_EQ(left.at("context.page.url"), "https://shop.example/a");
  EXPECT_EQ(left.at("properties.total"), "12");
  EXPECT_EQ(left.at("properties.contact.phone"), "");
  EXPECT_EQ(left.at("anonymous_id").find("anonymous-"), 0u);
  EXPECT_EQ(left.at("anonymous_id").size(), 42u);
}

TEST_F(AnonymiserTest, MakesOneVisitorOfADay) {
  const auto visit = page().anonymous("a");
  const std::string first = pseudonym(visit);
  EXPECT_EQ(pseudonym(track("x").anonymous("a").user("42").received(kStart + 24h - 1ms)), first);
  EXPECT_NE(pseudonym(page().anonymous("a").received(kStart + 24h)), first);
  EXPECT_NE(pseudonym(page().anonymous("a").source("app")), first);
  EXPECT_NE(pseudonym(page().anonymous("b")), first);
  EXPECT_NE(pseudonym(page().user("a")), first) << "a user and a visitor of the same id are two";
  EXPECT_NE(pseudonym(visit, "another key of some length"), first);
}

}  // namespace
}  // namespace millrace
