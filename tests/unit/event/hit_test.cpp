#include "engine/event/hit.hpp"

#include "engine/base/codec.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr Time kReceived = from_millis(1'000);

TEST(Hit, ComesBackAsItWasWritten) {
  const Hit hit{.kind = HitKind::kRefused,
                .received = kReceived,
                .protocol = "pixel",
                .source = "web",
                .address = "10.1.2.0",
                .location = {.country = "DE", .region = "BE", .city = "Berlin", .asn = "AS3320"},
                .user_agent = "curl/8",
                .cookie_id = "c1",
                .endpoint = "track",
                .reason = "why",
                .do_not_track = true,
                .privacy_control = false,
                .body = "{}"};
  std::string bytes;
  encode_hit(hit, bytes);
  Hit read;
  ASSERT_TRUE(decode_hit(bytes, kReceived, read));
  EXPECT_EQ(read.kind, hit.kind);
  EXPECT_EQ(read.protocol, "pixel");
  EXPECT_EQ(read.received, kReceived);
  EXPECT_EQ(read.source, "web");
  EXPECT_EQ(read.address, "10.1.2.0");
  EXPECT_EQ(read.user_agent, "curl/8");
  EXPECT_EQ(read.cookie_id, "c1");
  EXPECT_EQ(read.location.country, "DE");
  EXPECT_EQ(read.location.region, "BE");
  EXPECT_EQ(read.location.city, "Berlin");
  EXPECT_EQ(read.location.asn, "AS3320");
  EXPECT_EQ(read.endpoint, "track");
  EXPECT_EQ(read.reason, "why");
  EXPECT_TRUE(read.do_not_track);
  EXPECT_FALSE(read.privacy_control);
  EXPECT_EQ(read.body, "{}");
}

TEST(Hit, HoldsNothingOfTheOneBefore) {
  std::string bytes;
  encode_hit({.body = "{}"}, bytes);
  Hit read{.kind = HitKind::kRefused,
           .protocol = "pixel",
           .source = "web",
           .address = "10.1.2.0",
           .location = {"DE", "BE", "Berlin", "AS3320"},
           .user_agent = "curl/8",
           .cookie_id = "c1",
           .endpoint = "track",
           .reason = "why",
           .do_not_track = true,
           .privacy_control = true,
           .body = "before"};
  ASSERT_TRUE(decode_hit(bytes, kReceived, read));
  EXPECT_EQ(read.kind, HitKind::kEvents);
  for (const std::string_view text : {read.protocol,
                                      read.source,
                                      read.address,
                                      read.location.country,
                                      read.location.region,
                                      read.location.city,
                                      read.location.asn,
                                      read.user_agent,
                                      read.cookie_id,
                                      read.endpoint,
                                      read.reason})
    EXPECT_EQ(text, "");
  EXPECT_FALSE(read.do_not_track || read.privacy_control);
  EXPECT_EQ(read.body, "{}");
}

TEST(Hit, OfTheFirstVersionIsStillRead) {
  std::string bytes;
  ByteWriter to(bytes);
  to.byte(1);
  to.byte(1);
  for (const auto text : {"web", "10.1.2.0", "curl/8", "c1"}) to.text(text);
  bytes += R"({"type":"page"})";
  Hit read{.endpoint = "of the hit before"};
  ASSERT_TRUE(decode_hit(bytes, kReceived, read));
  EXPECT_EQ(read.cookie_id, "c1");
  EXPECT_EQ(read.endpoint, "");
  EXPECT_EQ(read.body, R"({"type":"page"})");
}

TEST(Hit, OfTheSecondVersionIsStillReadAndItsPixelsToo) {
  std::string bytes;
  ByteWriter to(bytes);
  to.byte(2);
  to.byte(3);
  for (const auto text : {"web", "10.1.2.0", "curl/8", "c1", "track", ""}) to.text(text);
  to.byte(1);
  bytes += "{}";
  Hit read;
  ASSERT_TRUE(decode_hit(bytes, kReceived, read));
  EXPECT_EQ(read.kind, HitKind::kEvents);
  EXPECT_EQ(read.protocol, "pixel");
  EXPECT_EQ(read.endpoint, "track");
  EXPECT_TRUE(read.do_not_track);
  EXPECT_EQ(read.body, "{}");
}

TEST(Hit, OfAnUnknownVersionOrKindIsNotRead) {
  std::string bytes;
  encode_hit({.body = "{}"}, bytes);
  Hit read;
  for (const auto& [at, value] : {std::pair{0, 0}, {0, 4}, {1, 0}, {1, 3}}) {
    std::string changed = bytes;
    changed[static_cast<std::size_t>(at)] = static_cast<char>(value);
    EXPECT_FALSE(decode_hit(changed, kReceived, read)) << at << " " << value;
  }
}

TEST(Hit, ThatIsCutShortIsNotRead) {
  std::string bytes;
  encode_hit({.source = "web", .endpoint = "track"}, bytes);
  Hit read;
  ASSERT_TRUE(decode_hit(bytes, kReceived, read));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_hit(bytes.substr(0, size), kReceived, read)) << size;
}

}  // namespace
}  // namespace millrace
