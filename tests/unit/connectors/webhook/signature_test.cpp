#include "connectors/webhook/signature.hpp"

#include <gtest/gtest.h>

namespace millrace::webhook {
namespace {

constexpr std::string_view kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view kOther = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const Time kTime = from_millis(1'614'265'330'000);
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

TEST(WebhookSignature, IsThatOfTheSpecification) {
  EXPECT_EQ(sign({*decode_secret(kSecret)}, kId, kTime, kBody), kSignature);
  EXPECT_EQ(timestamp_text(kTime + Duration(999)), "1614265330");
}

TEST(WebhookSignature, HasOnePartForEachSecret) {
  const std::string both =
      sign({*decode_secret(kOther), *decode_secret(kSecret)}, kId, kTime, kBody);
  EXPECT_TRUE(both.ends_with(" " + std::string(kSignature))) << both;
  EXPECT_TRUE(both.starts_with("v1,")) << both;
}

TEST(WebhookSignature, DependsOnAllThatItCovers) {
  const std::vector<std::string> keys = {*decode_secret(kSecret)};
  EXPECT_NE(sign(keys, "other", kTime, kBody), kSignature);
  EXPECT_NE(sign(keys, kId, kTime + Duration(1000), kBody), kSignature);
  EXPECT_NE(sign(keys, kId, kTime, "{}"), kSignature);
}

TEST(WebhookSignature, TakesNoSecretsThatAreNone) {
  for (const std::string_view secret : {"",
                                        "whsec_",
                                        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                        "whsec_MfKQ9r8G",                          // short
                                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",   // cut off
                                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!",  // not base64
                                        "whsec_===================================="})
    EXPECT_FALSE(decode_secret(secret)) << secret;
  EXPECT_EQ(decode_secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")->size(), 25U);
}

}  // namespace
}  // namespace millrace::webhook
