// Every right x every kind of key, and what CORS says to whom.
#include "connectors/admission/gate.hpp"

#include "tests/support/collecting.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace millrace::admission {
namespace {

using http::Method;
using http::Right;
using testing::HasSubstr;

constexpr auto kShop = "https://shop.example";
constexpr auto kDash = "https://dash.example";

Keys some_keys() {
  KeysConfig config;
  config.write = {{.key = "wk", .source = "web", .origins = {kShop}, .rate = {}}};
  config.read = {{.name = "dash", .sha256 = hash_text(hash_secret("reading")), .origins = {kDash}},
                 {.name = "other", .sha256 = hash_text(hash_secret("reading too")), .origins = {}}};
  config.admin = {{.name = "ops", .sha256 = hash_text(hash_secret("ruling"))}};
  return Keys(config);
}

// One route a right.
http::Routes some_routes() {
  http::Routes routes;
  const auto answer = [](const http::Request&, const http::ReplyRef& reply) { reply->send({}); };
  routes.add({.pattern = "/none", .right = Right::kNone, .summary = {}, .handler = answer});
  routes.add({.method = Method::kPost,
              .pattern = "/write",
              .right = Right::kWrite,
              .summary = {},
              .handler = answer});
  routes.add({.pattern = "/read", .right = Right::kRead, .summary = {}, .handler = answer});
  routes.add({.pattern = "/admin", .right = Right::kAdmin, .summary = {}, .handler = answer});
  return routes;
}

struct World {
  explicit World(Keys keys = some_keys(), CorsConfig cors = {})
      : ring(std::move(keys)), gate(make_gate(ring, std::move(cors))) {}

  http::Response ask(Method method,
                     std::string path,
                     std::vector<std::pair<std::string, std::string>> headers) {
    headers.emplace_back("host", "127.0.0.1:8080");
    return millrace::ask(
        routes, gate, {.method = method, .target = std::move(path), .headers = std::move(headers)});
  }
  int status(const std::string& path, const std::string& key, const std::string& origin = {}) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!key.empty()) headers.emplace_back("authorization", "Bearer " + key);
    if (!origin.empty()) headers.emplace_back("origin", origin);
    return ask(path == "/write" ? Method::kPost : Method::kGet, path, headers).status;
  }

  http::Routes routes = some_routes();
  KeyRing ring;
  http::Gate gate;
};

TEST(Gate, LetsEveryKindOfKeyDoWhatItIsForAndNothingElse) {
  World world;
  struct Row {
    std::string key;
    int read, admin;
  };
  const Row rows[] = {{"", 401, 401},
                      {"wk", 403, 403},
                      {"reading", 200, 403},
                      {"ruling", 200, 200},
                      {"guessed", 401, 401}};
  for (const auto& [key, read, admin] : rows) {
    EXPECT_EQ(world.status("/none", key), 200) << key;
    EXPECT_EQ(world.status("/write", key), 200) << key << ": its handler asks";
    EXPECT_EQ(world.status("/read", key), read) << key;
    EXPECT_EQ(world.status("/admin", key), admin) << key;
  }
}

TEST(Gate, LetsAPageReadOnlyByAKeyThatListsIt) {
  World world;
  EXPECT_EQ(world.status("/read", "reading", kDash), 200);
  EXPECT_EQ(world.status("/read", "reading", kShop), 403);
  EXPECT_EQ(world.status("/read", "reading too", kDash), 403) << "the other key lists it";
  EXPECT_EQ(world.status("/read", "ruling", kDash), 403);
  EXPECT_EQ(world.status("/admin", "ruling", "http://127.0.0.1:8080"), 200) << "the console's own";
  EXPECT_EQ(world.status("/admin", "ruling", "https://127.0.0.1:8080"), 403);
}

TEST(Gate, TakesABearerTokenOnly) {
  World world;
  for (const auto value : {"reading", "Basic reading", "Bearer", "Bearerreading", ""})
    EXPECT_EQ(world.ask(Method::kGet, "/read", {{"authorization", value}}).status, 401) << value;
  EXPECT_EQ(world.ask(Method::kGet, "/read", {{"authorization", "bEARER  reading"}}).status, 200);
  EXPECT_EQ(world.ask(Method::kGet, "/read?key=reading&access_token=reading", {}).status, 401);
}

TEST(Gate, SaysWhyAndHow) {
  World world;
  const auto missing = world.ask(Method::kGet, "/read", {});
  EXPECT_EQ(header_of(missing, "X-Millrace-Reason"), "missing_key");
  EXPECT_EQ(header_of(missing, "WWW-Authenticate"), "Bearer");
  const auto wrong = world.ask(Method::kGet, "/read", {{"authorization", "Bearer wk"}});
  EXPECT_EQ(header_of(wrong, "X-Millrace-Reason"), "wrong_key");
}

TEST(Gate, InDevelopmentIsOpenToThisMachineAndToNoOtherPage) {
  World world(Keys::development());
  EXPECT_EQ(world.status("/read", ""), 200);
  EXPECT_EQ(world.status("/admin", ""), 200);
  EXPECT_EQ(world.status("/admin", "", "http://127.0.0.1:8080"), 200);
  EXPECT_EQ(world.status("/read", "", "https://evil.example"), 403);
  // A name that somebody else made resolve to this machine.
  for (const auto host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""}) {
    const Asked asked{.method = Method::kGet, .target = "/read", .headers = {{"host", host}}};
    EXPECT_EQ(ask(world.routes, world.gate, asked).status, 403) << host;
  }
  for (const auto host : {"localhost", "localhost:8080", "127.0.0.1", "[::1]:8080", "[::1]"}) {
    const Asked asked{.method = Method::kGet, .target = "/read", .headers = {{"host", host}}};
    EXPECT_EQ(ask(world.routes, world.gate, asked).status, 200) << host;
  }
}

TEST(Cors, LetsAnyPageSendWithCookies) {
  World world;
  const auto response = world.ask(Method::kPost, "/write", {{"origin", kShop}});
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), kShop);
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(header_of(response, "Timing-Allow-Origin"), kShop);
  EXPECT_EQ(header_of(response, "Vary"), "Origin");
  EXPECT_THAT(header_of(response, "Access-Control-Expose-Headers"),
              HasSubstr("X-Millrace-Position"));
}

TEST(Cors, AnswersAPreflightWithWhatItAskedFor) {
  World world;
  const auto response =
      world.ask(Method::kOptions,
                "/write",
                {{"origin", kShop},
                 {"access-control-request-method", "POST"},
                 {"access-control-request-headers", "authorization,content-type,sp-anonymous"}});
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), kShop);
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Headers"),
            "authorization,content-type,sp-anonymous");
  EXPECT_THAT(header_of(response, "Access-Control-Allow-Methods"), HasSubstr("POST"));
  EXPECT_EQ(header_of(response, "Access-Control-Max-Age"), "7200");
  EXPECT_EQ(header_of(response, "Vary"), "Origin, Access-Control-Request-Headers");
}

TEST(Cors, AllowsNoHeaderNamesThatAreNone) {
  World world;
  const auto response =
      world.ask(Method::kOptions,
                "/write",
                {{"origin", kShop}, {"access-control-request-headers", "a\r\nSet-Cookie: b=c"}});
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Headers"), "");
}

TEST(Cors, KeepsToTheOriginsThatMaySend) {
  World world(some_keys(), {.origins = {kShop}});
  const auto refused = world.ask(Method::kOptions, "/write", {{"origin", "https://evil.example"}});
  EXPECT_EQ(header_of(refused, "Access-Control-Allow-Origin"), "");
  const auto allowed = world.ask(Method::kOptions, "/write", {{"origin", kShop}});
  EXPECT_EQ(header_of(allowed, "Access-Control-Allow-Origin"), kShop);
}

TEST(Cors, IsToldOriginsAsBrowsersSendThem) {
  config::Problems problems;
  const auto document =
      config::Document::load("origins: [https://shop.example/]\n", "test.yaml", problems);
  config::parse<CorsConfig>(document.root(), problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].column, 11);
  EXPECT_THAT(problems[0].what, HasSubstr("'https://shop.example/' is not an origin"));
}

TEST(Cors, ShowsNothingThatIsReadToPagesThatNoKeyLists) {
  World world;
  for (const auto path : {"/none", "/read", "/admin"})
    for (const auto method : {Method::kGet, Method::kOptions}) {
      const auto response =
          world.ask(method, path, {{"origin", kShop}, {"authorization", "Bearer ruling"}});
      EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "") << path;
    }
  const auto listed =
      world.ask(Method::kGet, "/read", {{"origin", kDash}, {"authorization", "Bearer reading"}});
  EXPECT_EQ(header_of(listed, "Access-Control-Allow-Origin"), kDash);
  EXPECT_EQ(header_of(listed, "Access-Control-Allow-Credentials"), "") << "keys come by header";
}

TEST(Cors, SaysNothingToWhoIsNoPage) {
  World world;
  EXPECT_TRUE(world.ask(Method::kPost, "/write", {}).headers.empty());
}

}  // namespace
}  // namespace millrace::admission
