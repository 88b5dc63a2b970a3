#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::MatchesRegex;

Asked get(std::string target) { return {.method = Method::kGet, .target = std::move(target)}; }

TEST(Pixel, IsAGifOf43BytesThatNobodyKeeps) {
  CollectingWorld world;
  const auto response = world.ask(get("/pixel.gif?writeKey=wk1"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/gif");
  EXPECT_EQ(response.body.size(), 43u);
  EXPECT_TRUE(response.body.starts_with("GIF89a"));
  EXPECT_TRUE(response.body.ends_with(";"));
  EXPECT_EQ(header_of(response, "Cache-Control"), "no-store");
  EXPECT_EQ(header_of(response, "X-Millrace-Position"), "0");
}

TEST(Pixel, MakesAnEventOfAQuery) {
  CollectingWorld world;
  auto asked =
      get("/pixel.gif?writeKey=wk1&event=Order+Completed&userId=u%201&properties.revenue=12.5"
          "&coupon=SPRING&context.page.title=Th%C3%A9&traits.vip=true");
  asked.headers = {{"referer", "https://shop.example/a?b=c"}, {"dnt", "1"}};
  EXPECT_EQ(world.ask(asked).status, 200);
  const Hit hit = world.intake.last();
  EXPECT_EQ(hit.protocol, "pixel");
  EXPECT_EQ(hit.endpoint, "track");
  EXPECT_TRUE(hit.do_not_track);
  EXPECT_EQ(hit.body,
            R"({"context":{"page":{"title":"Thé","url":"https://shop.example/a?b=c"}},)"
            R"("event":"Order Completed","properties":{"coupon":"SPRING","revenue":12.5},)"
            R"("traits":{"vip":true},"userId":"u 1"})");
}

TEST(Pixel, IsAPageWhereItNamesNoEventAndWhatItSaysWhereItSaysSo) {
  CollectingWorld world;
  world.ask(get("/pixel.gif?writeKey=wk1"));
  EXPECT_EQ(world.intake.last().endpoint, "page");
  EXPECT_EQ(world.intake.last().body, "{}");
  world.ask(get("/pixel.gif?writeKey=wk1&type=identify&userId=u"));
  EXPECT_EQ(world.intake.last().endpoint, "");
  EXPECT_EQ(world.intake.last().body, R"({"type":"identify","userId":"u"})");
  world.ask(get("/pixel/v1/page?writeKey=wk1"));
  EXPECT_EQ(world.intake.last().endpoint, "page");
}

TEST(Pixel, AnswersOnEveryPathThatPixelsHave) {
  CollectingWorld world;
  for (const auto path : {"/pixel.gif", "/i", "/pixel/v1/track", "/pixel/v1/page"})
    EXPECT_EQ(world.ask(get(std::string(path) + "?writeKey=wk1&event=E")).status, 200) << path;
  EXPECT_EQ(world.intake.size(), 4u);
}

TEST(Pixel, KnowsAVisitorAgainByACookie) {
  CollectingWorld world;
  const auto first = world.ask(get("/pixel.gif?writeKey=wk1"));
  const std::string cookie = header_of(first, "Set-Cookie");
  EXPECT_THAT(cookie,
              MatchesRegex("mr_id=[0-9a-f]{32}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"));
  const std::string id = cookie.substr(6, 32);
  EXPECT_EQ(world.intake.last().cookie_id, id);

  auto again = get("/pixel.gif?writeKey=wk1");
  again.headers = {{"cookie", "a=b; mr_id=" + id}};
  EXPECT_THAT(header_of(world.ask(again), "Set-Cookie"), HasSubstr(id));
  EXPECT_EQ(world.intake.last().cookie_id, id);

  auto forged = get("/pixel.gif?writeKey=wk1");
  forged.headers = {{"cookie", "mr_id=everybody"}};
  world.ask(forged);
  EXPECT_THAT(std::string(world.intake.last().cookie_id), MatchesRegex("[0-9a-f]{32}"));
}

TEST(Pixel, SetsItsCookieByTheRulesOfBrowsers) {
  auto over_tls = get("/pixel.gif?writeKey=wk1");
  over_tls.secure = true;
  CollectingWorld lax;
  EXPECT_THAT(header_of(lax.ask(over_tls), "Set-Cookie"), HasSubstr("; Secure; SameSite=Lax"));

  CollectingWorld none({.cookie = {.name = "id",
                                   .lifetime = std::chrono::hours(1),
                                   .same_site = admission::SameSite::kNone,
                                   .domain = "shop.example"}});
  EXPECT_THAT(header_of(none.ask(over_tls), "Set-Cookie"),
              MatchesRegex("id=[0-9a-f]{32}; Path=/; Max-Age=3600; HttpOnly; Domain=shop.example; "
                           "Secure; SameSite=None"));
  EXPECT_THAT(header_of(none.ask(get("/pixel.gif?writeKey=wk1")), "Set-Cookie"),
              HasSubstr("SameSite=Lax"))
      << "a browser refuses None without Secure";

  CollectingWorld without({.cookie = {.lifetime = Duration(0)}});
  EXPECT_EQ(header_of(without.ask(over_tls), "Set-Cookie"), "");
  EXPECT_EQ(without.intake.last().cookie_id, "");
}

TEST(Pixel, ShowsTheGifWhateverHappened) {
  CollectingWorld world;
  const auto unknown = world.ask(get("/pixel.gif?writeKey=none&event=E"));
  EXPECT_EQ(unknown.status, 200) << "nobody would see another, and it need not come again";
  EXPECT_EQ(unknown.body.size(), 43u);
  EXPECT_EQ(header_of(unknown, "X-Millrace-Reason"), "unknown_key");
  EXPECT_EQ(world.intake.last().kind, HitKind::kRefused);

  world.intake.room = false;
  const auto full = world.ask(get("/pixel.gif?writeKey=wk1"));
  EXPECT_EQ(full.status, 503) << "200 would say that it is kept";
  EXPECT_EQ(full.body.size(), 43u);
  EXPECT_EQ(header_of(full, "Retry-After"), "1");
}

TEST(Pixel, RecordsNothingForAHead) {
  CollectingWorld world;
  const auto response = world.ask({.method = Method::kHead, .target = "/pixel.gif?writeKey=wk1"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "image/gif");
  EXPECT_EQ(header_of(response, "Set-Cookie"), "");
  EXPECT_EQ(world.intake.size(), 0u);
}

}  // namespace
}  // namespace millrace::protocols
