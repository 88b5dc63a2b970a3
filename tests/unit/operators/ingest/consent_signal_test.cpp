#include "operators/ingest/consent_signal.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Consent read(std::string_view signal, const Value& value) {
  return ConsentSignal::parse(signal)->read(value);
}

TEST(ConsentSignal, SaysWhereItStands) {
  EXPECT_EQ(ConsentSignal::parse("gpc")->path(), "context.privacy.gpc");
  EXPECT_EQ(ConsentSignal::parse("category:Ads & More")->path(),
            "context.consent.categoryPreferences.\"Ads & More\"");
  EXPECT_EQ(ConsentSignal::parse("ad_user_data")->path(), "context.consent.ad_user_data");
  EXPECT_EQ(ConsentSignal::parse("tcf:7")->path(), "context.consent.gdpr_consent");
  for (const char* text :
       {"", "GPC", "category:", "category:a\"b", "tcf:", "tcf:0", "tcf:25", "tcf:1x"})
    EXPECT_FALSE(ConsentSignal::parse(text)) << text;
}

TEST(ConsentSignal, ARequestDeniesByBeingThere) {
  EXPECT_EQ(read("dnt", Value::of(true)), Consent::kDenied);
  EXPECT_EQ(read("dnt", Value::of(std::string_view("1"))), Consent::kDenied);
  EXPECT_EQ(read("dnt", Value::of(false)), Consent::kGranted);
  EXPECT_EQ(read("dnt", Value()), Consent::kNothing);
  EXPECT_EQ(read("dnt", Value::null()), Consent::kNothing);
}

TEST(ConsentSignal, AGrantIsSaidEitherWay) {
  EXPECT_EQ(read("category:Ads", Value::of(true)), Consent::kGranted);
  EXPECT_EQ(read("category:Ads", Value::of(false)), Consent::kDenied);
  EXPECT_EQ(read("ad_user_data", Value::of(std::string_view("GRANTED"))), Consent::kGranted);
  EXPECT_EQ(read("ad_user_data", Value::of(std::string_view("denied"))), Consent::kDenied);
  EXPECT_EQ(read("ad_user_data", Value::of(std::string_view("deniedx"))), Consent::kNothing);
  EXPECT_EQ(read("ad_user_data", Value::of(1.0)), Consent::kNothing);
}

// What a page says that has consent for the first three purposes: after 152 bits 1110000...
TEST(ConsentSignal, ReadsThePurposesOfAConsentString) {
  const std::string text =
      "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA.IFoEUQQgAIQwgIwQABAEAAAAOIAACAIAAAAQ";
  const Value said = Value::of(std::string_view(text));
  for (int purpose = 1; purpose <= 24; ++purpose)
    EXPECT_EQ(read("tcf:" + std::to_string(purpose), said),
              purpose <= 3 ? Consent::kGranted : Consent::kDenied)
        << purpose;
  for (const std::string& other : {std::string(),
                                   std::string("C"),
                                   "B" + text.substr(1),
                                   text.substr(0, 29),
                                   "C" + std::string(40, '!')})
    EXPECT_EQ(read("tcf:1", Value::of(std::string_view(other))), Consent::kNothing) << other;
}

}  // namespace
}  // namespace millrace
