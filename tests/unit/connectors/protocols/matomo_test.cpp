#include "tests/unit/connectors/protocols/collecting_world.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto kToken = "ruling";

struct MatomoWorld : CollectingWorld {
  MatomoWorld() : CollectingWorld({}, keys()) {}

  static admission::Keys keys() {
    using admission::hash_secret;
    using admission::hash_text;
    admission::KeysConfig config;
    config.write = {{.key = "1", .source = "web", .origins = {}, .rate = {}}};
    config.read = {{.name = "r", .sha256 = hash_text(hash_secret("reading")), .origins = {}}};
    config.admin = {{.name = "a", .sha256 = hash_text(hash_secret(kToken))}};
    return admission::Keys(config);
  }

  http::Response get(const std::string& query) {
    return ask({.method = Method::kGet, .target = "/matomo.php?idsite=1&rec=1&uid=u&" + query});
  }
  http::Response post(std::string body, const std::string& query = {}) {
    return ask({.target = "/matomo.php" + query, .body = std::move(body)});
  }
  std::string kept() const { return std::string(intake.last().body); }
};

std::string kept_of(const std::string& query) {
  MatomoWorld world;
  EXPECT_EQ(world.get(query).status, 200) << query;
  EXPECT_EQ(world.intake.last().kind, HitKind::kEvents) << world.kept();
  return world.kept();
}

TEST(Matomo, MakesAPageOfAPageView) {
  EXPECT_EQ(
      kept_of(
          "_id=0123456789abcdef&url=https%3A%2F%2Fs.example%2Fp&action_name=Red%20Shoes"
          "&urlref=https%3A%2F%2Fr.example%2F&res=1280x720&lang=en&rand=7&h=20&m=58&s=33&pv_id=A4"
          "&uadata=%7B%22mobile%22%3Afalse%7D&dimension3=gold&consent=1"),
      R"({"batch":[{"userId":"u","anonymousId":"0123456789abcdef","type":"page",)"
      R"("properties":{"dimension3":"gold"},"context":{"locale":"en",)"
      R"("userAgentData":{"mobile":false},"consent":{"given":1},"library":{"name":"matomo"},)"
      R"("page":{"url":"https://s.example/p","title":"Red Shoes",)"
      R"("referrer":"https://r.example/","viewId":"A4"},"screen":{"width":1280,"height":720}}}]})");
}

TEST(Matomo, NamesWhatARequestIs) {
  const std::pair<std::string, std::string> cases[] = {
      {"e_c=shop&e_a=add&e_n=sku&e_v=2.5",
       R"("type":"track","event":"add","properties":{"category":"shop","action":"add","label":"sku","value":2.5})"},
      {"search=shoes&search_cat=c&search_count=3",
       R"("type":"track","event":"Products Searched","properties":{"query":"shoes","category":"c","results":3})"},
      {"link=https%3A%2F%2Fa.example%2F",
       R"("type":"track","event":"Link Clicked","properties":{"url":"https://a.example/"})"},
      {"download=https%3A%2F%2Fa.example%2Fx.pdf", R"("event":"File Downloaded")"},
      {"c_n=banner&c_p=x.png",
       R"("type":"track","event":"Content Viewed","properties":{"content_name":"banner")"},
      {"c_n=banner&c_i=click", R"("event":"Content Clicked")"},
      {"idgoal=3&revenue=9.5",
       R"("type":"track","event":"Goal Converted","properties":{"revenue":9.5,"goal_id":"3"})"},
      {"ping=1&e_a=x", R"("event":"Heartbeat")"},
      {"ca=1&url=a", R"("event":"Custom Action")"}};
  for (const auto& [query, expected] : cases) EXPECT_THAT(kept_of(query), HasSubstr(expected));
}

constexpr auto kItems =
    "&ec_items=%5B%5B%22sku-1%22%2C%22Red%20Shoes%22%2C%22Shoes%22%2C39.95%2C1%5D%2C%5B%22sku-2%22%"
    "2C"
    "%22Blue%20Hat%22%2C%5B%22Hats%22%2C%22Blue%22%5D%2C%2219.95%22%2C2%5D%5D";

TEST(Matomo, MakesAnOrderCompletedOfAnOrder) {
  EXPECT_THAT(
      kept_of("idgoal=0&ec_id=order-1&revenue=59.9&ec_st=50&ec_tx=9.9&ec_sh=0&ec_dt=1" +
              std::string(kItems)),
      HasSubstr(
          R"("type":"track","event":"Order Completed","properties":{"order_id":"order-1",)"
          R"("subtotal":50,"tax":9.9,"shipping":0,"discount":1,"revenue":59.9,"products":[)"
          R"({"product_id":"sku-1","name":"Red Shoes","category":"Shoes","price":39.95,)"
          R"("quantity":1},{"product_id":"sku-2","name":"Blue Hat","category":["Hats","Blue"],)"
          R"("price":19.95,"quantity":2}]})"));
}

TEST(Matomo, CountsAnUpdateOfTheCartAsAnAddition) {
  EXPECT_THAT(kept_of("idgoal=0&revenue=79.85" + std::string(kItems)),
              AllOf(HasSubstr(R"("type":"track","event":"Product Added","properties":{)"
                              R"("cart_value":79.85,"products":[{)"),
                    Not(HasSubstr("revenue"))));
  EXPECT_THAT(
      kept_of("idgoal=0&revenue=3&ec_items=%5B%5B7%2C%22N%22%5D%5D"),
      HasSubstr(R"("product_id":"7","name":"N","products":[{"product_id":"7","name":"N"}])"));
  EXPECT_THAT(kept_of("idgoal=0&revenue=0&ec_items=%5B%5D"),
              HasSubstr(R"("event":"Product Removed")"));
  EXPECT_THAT(kept_of("idgoal=0&ec_items=%5B%5B"), HasSubstr(R"("ec_items":"[[")"));
}

TEST(Matomo, SeesAProductViewedOnAPage) {
  const std::string product =
      R"({"userId":"u","type":"track","event":"Product Viewed","properties":{"product_id":"sku-1",)"
      R"("name":"N","category":["a","b"],"price":29.95},)";
  EXPECT_THAT(
      kept_of("action_name=N&_pks=sku-1&_pkn=N&_pkc=%5B%22a%22%2C%22b%22%5D&_pkp=29.95"),
      AllOf(HasSubstr(R"({"batch":[{"userId":"u","type":"page","context")"), HasSubstr(product)));
  EXPECT_THAT(
      kept_of(
          "cvar=%7B%222%22%3A%5B%22_pkp%22%2C29.95%5D%2C%223%22%3A%5B%22_pks%22%2C%22sku-1%22%5D%2C"
          "%224%22%3A%5B%22_pkn%22%2C%22N%22%5D%2C%225%22%3A%5B%22_pkc%22%2C%22%5B%5C%22a%5C%22%2C"
          "%5C%22b%5C%22%5D%22%5D%7D"),
      AllOf(HasSubstr(R"("event":"Product Viewed")"),
            HasSubstr(R"("price":29.95,"product_id":"sku-1","name":"N","category":["a","b"])")));
}

TEST(Matomo, KeepsCustomVariablesAsProperties) {
  EXPECT_THAT(
      kept_of(
          "url=a&_cvar=%7B%221%22%3A%5B%22plan%22%2C%22free%22%5D%7D"
          "&cvar=%7B%221%22%3A%5B%22url%22%2C%22mine%22%5D%2C%222%22%3A7%2C%223%22%3A%5B%5D%7D"),
      AllOf(HasSubstr(R"("properties":{"plan":"free","url":"mine"})"),
            HasSubstr(R"("page":{"url":"a"})")));
  EXPECT_THAT(kept_of("url=a&cvar=%7B"), HasSubstr(R"("type":"page")"));
}

TEST(Matomo, FindsItsParametersWhereverTheyAre) {
  MatomoWorld world;
  EXPECT_EQ(world.post("", "?idsite=1&rec=1&uid=q&url=a").status, 200);
  EXPECT_THAT(world.kept(), HasSubstr(R"("userId":"q")"));
  EXPECT_EQ(world.post("idsite=1&rec=1&uid=f&url=a").status, 200);
  EXPECT_THAT(world.kept(), HasSubstr(R"("userId":"f")"));
  EXPECT_EQ(world.post("idsite=1&uid=f", "?rec=1&url=a").status, 200);
  EXPECT_EQ(world.ask({.method = Method::kGet, .target = "/piwik.php?idsite=1&rec=1&uid=p"}).status,
            200);
}

TEST(Matomo, IsAnsweredAsItsTrackersExpect) {
  MatomoWorld world;
  const auto pixel = world.get("url=a");
  EXPECT_EQ(pixel.content_type, "image/gif");
  EXPECT_EQ(header_of(pixel, "Cache-Control"), "no-store");
  const auto silent = world.get("url=a&send_image=0");
  EXPECT_EQ(silent.status, 204);
  EXPECT_EQ(silent.body, "");
  world.intake.room = false;
  EXPECT_EQ(world.get("url=a").status, 503);
  EXPECT_EQ(world.get("url=a&send_image=0").status, 503);
}

TEST(Matomo, TakesManyAtOnce) {
  MatomoWorld world;
  const auto response = world.post(
      R"({"requests":["?idsite=1&rec=1&uid=a&url=x",{"idsite":1,"rec":1,"uid":7,"url":"y"},)"
      R"("?idsite=2&rec=1&uid=c","?idsite=1&uid=d"]})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"status":"success","tracked":2,"invalid":2,"invalid_indices":[2,3]})");
  EXPECT_THAT(world.kept(), AllOf(HasSubstr(R"("userId":"a")"), HasSubstr(R"("userId":"7")")));
  EXPECT_EQ(world.intake.size(), 3u);
  EXPECT_EQ(world.intake.hit(0).reason, "another_site");
  EXPECT_EQ(world.intake.hit(1).reason, "not_to_be_recorded");
  EXPECT_EQ(world.post(R"({"requests":["?idsite=1&rec=1&uid=a"],"send_image":0})").status, 204);
}

TEST(Matomo, SaysWhyManyAreRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"requests":[]})", "no_requests"},
      {R"({"requests":7})", "no_requests"},
      {R"({"requests":["?idsite=1"]})", "not_to_be_recorded"},
      {R"({"requests":[7,null,[]]})", "missing_key"},
      {R"({"requests":["?idsite=no&rec=1&uid=u"]})", "unknown_key"},
      {R"({"requests":[)", "malformed_json"}};
  for (const auto& [body, reason] : cases) {
    MatomoWorld world;
    const auto response = world.post(body);
    EXPECT_GE(response.status, 400) << body;
    EXPECT_EQ(header_of(response, "X-Millrace-Reason"), reason) << body;
    EXPECT_EQ(world.intake.last().kind, HitKind::kRefused) << body;
  }
  MatomoWorld world;
  world.intake.room = false;
  const auto later = world.post(R"({"requests":["?idsite=1&rec=1&uid=a"]})");
  EXPECT_EQ(later.status, 503);
  EXPECT_NE(header_of(later, "Retry-After"), "");
  EXPECT_THAT(later.body, HasSubstr(R"("status":"error","tracked":0)"));
}

TEST(Matomo, RefusesWhatNobodyWantsRecorded) {
  MatomoWorld world;
  const auto none = world.ask({.method = Method::kGet, .target = "/matomo.php"});
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(world.ask({.method = Method::kGet, .target = "/matomo.php?idsite=1"}).status, 400);
  EXPECT_EQ(world.intake.last().reason, "not_to_be_recorded");
}

TEST(Matomo, BelievesATimeOfTheLastDay) {
  // Received at 2026-11-21T21:00Z.
  EXPECT_THAT(kept_of("cdt=1795291200"), HasSubstr(R"("timestamp":"2026-11-21T20:00:00.000Z")"));
  EXPECT_THAT(kept_of("cdt=2026-11-21%2020%3A00%3A00"),
              HasSubstr(R"("timestamp":"2026-11-21T20:00:00.000Z")"));
  MatomoWorld world;
  for (const auto& [cdt, reason] : {std::pair("1795000000", "cdt_needs_token"),
                                    std::pair("2026-11-01", "cdt_needs_token"),
                                    std::pair("-1", "bad_cdt"),
                                    std::pair("99999999999999", "bad_cdt"),
                                    std::pair("yesterday", "bad_cdt")}) {
    EXPECT_EQ(world.get("cdt=" + std::string(cdt)).status, 400) << cdt;
    EXPECT_EQ(world.intake.last().reason, reason) << cdt;
  }
}

TEST(Matomo, BelievesAnAdminTokenAlone) {
  const std::string claims = "cdt=1795000000&cip=198.51.100.7&country=de&token_auth=";
  MatomoWorld world;
  EXPECT_EQ(world.get(claims + kToken).status, 200);
  EXPECT_THAT(world.kept(),
              AllOf(HasSubstr(R"("timestamp":"2026-11-18T)"),
                    HasSubstr(R"("ip":"198.51.100.0")"),
                    HasSubstr(R"("location":{"country":"de"})"),
                    Not(HasSubstr(kToken))));
  for (const std::string token : {"", "reading", "guessed"})
    EXPECT_EQ(world.get(claims + token).status, 400) << token;
  EXPECT_EQ(world.get("cip=198.51.100.7&country=de&city=b").status, 200);
  EXPECT_THAT(world.kept(), AllOf(Not(HasSubstr("198.51")), Not(HasSubstr("location"))));
  EXPECT_EQ(world
                .post(R"({"requests":["?idsite=1&rec=1&uid=a&cdt=1795000000"],"token_auth":")" +
                      std::string(kToken) + "\"}")
                .status,
            200);
}

TEST(Matomo, LetsAForcedVisitorIdCount) {
  EXPECT_THAT(kept_of("_id=aaaaaaaaaaaaaaaa&cid=bbbbbbbbbbbbbbbb"),
              AllOf(HasSubstr(R"("anonymousId":"bbbbbbbbbbbbbbbb")"), Not(HasSubstr("aaaa"))));
}

TEST(Matomo, KnowsWhoSaysNoIdForADay) {
  MatomoWorld world;
  const auto visitor_of = [&](const std::string& agent, Duration later) {
    Asked asked{.method = Method::kGet,
                .target = "/matomo.php?idsite=1&rec=1&url=a",
                .headers = {{"user-agent", agent}}};
    asked.received += later;
    EXPECT_EQ(world.ask(asked).status, 200);
    const std::string kept = world.kept();
    return kept.substr(kept.find("anonymousId"), 50);
  };
  using namespace std::chrono_literals;
  const std::string first = visitor_of("Firefox", 0h);
  EXPECT_EQ(visitor_of("Firefox", 1h), first);
  EXPECT_NE(visitor_of("Chrome", 0h), first);
  EXPECT_NE(visitor_of("Firefox", 24h), first);
}

}  // namespace
}  // namespace millrace::protocols
