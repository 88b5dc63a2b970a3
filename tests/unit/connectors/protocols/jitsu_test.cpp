#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::HasSubstr;

TEST(Jitsu, TakesEventsByItsOwnHeader) {
  CollectingWorld world;
  const auto response =
      world.ask({.target = "/api/s/track",
                 .body = R"({"type":"track","event":"E","userId":"u","writeKey":"w:***"})",
                 .headers = {{"x-write-key", "wk1"}}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"ok":true})");
  EXPECT_EQ(world.intake.last().protocol, "jitsu");
  EXPECT_THAT(std::string(world.intake.last().body), HasSubstr(R"("writeKey":"*****")"));
}

TEST(Jitsu, TakesAKeyFromWhereverItsSdksPutIt) {
  CollectingWorld world;
  const std::string body = R"({"event":"E","userId":"u"})";
  EXPECT_EQ(world.ask({.target = "/api/s/s2s/track", .body = body}).status, 401);
  EXPECT_EQ(world
                .ask({.target = "/api/s/s2s/track",
                      .body = body,
                      .headers = {{"authorization", "Basic " + base64("wk1:")}}})
                .status,
            200);
  EXPECT_EQ(world.ask({.target = "/api/s/track?writekey=wk1", .body = body}).status, 200);
}

TEST(Jitsu, ReadsAPixelsEventAndKnowsItsVisitor) {
  CollectingWorld world;
  Asked asked{.method = Method::kGet,
              .target = "/api/px/track?writekey=wk1&data=" + base64(R"({"event":"E"})"),
              .headers = {{"cookie", "__eventn_id=v1"}}};
  const auto response = world.ask(asked);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/gif");
  EXPECT_EQ(world.intake.last().endpoint, "track");
  EXPECT_EQ(world.intake.last().cookie_id, "v1");
  EXPECT_EQ(world.intake.last().body, R"({"event":"E"})");
}

}  // namespace
}  // namespace millrace::protocols
