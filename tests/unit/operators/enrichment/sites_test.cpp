#include "operators/enrichment/sites.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

std::string name_of(std::string_view host) {
  const Site* site = find_site(host);
  return site == nullptr ? "" : std::string(site->type) + " " + std::string(site->name);
}

TEST(FindSite, FindsTheMostSpecificEntry) {
  EXPECT_EQ(name_of("google.com"), "search Google");
  EXPECT_EQ(name_of("google.co.uk"), "search Google");
  EXPECT_EQ(name_of("images.google.de"), "search Google");
  EXPECT_EQ(name_of("mail.google.com"), "email Gmail");
  EXPECT_EQ(name_of("gemini.google.com"), "assistant Gemini");
  EXPECT_EQ(name_of("de.search.yahoo.com"), "search Yahoo");
  EXPECT_EQ(name_of("mail.yahoo.co.jp"), "email Yahoo Mail");
  EXPECT_EQ(name_of("l.facebook.com"), "social Facebook");
  EXPECT_EQ(name_of("com.google.android.gm"), "email Gmail");
}

TEST(FindSite, IsNotTakenInByNamesThatOnlyLookAlike) {
  EXPECT_EQ(name_of("notgoogle.com"), "");
  EXPECT_EQ(name_of("google.com.evil.example"), "");
  EXPECT_EQ(name_of("google"), "");
  EXPECT_EQ(name_of("com"), "");
  EXPECT_EQ(name_of(""), "");
  EXPECT_EQ(name_of("..."), "");
}

}  // namespace
}  // namespace millrace
