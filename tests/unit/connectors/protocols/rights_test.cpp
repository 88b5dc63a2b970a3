#include "connectors/serving/health.hpp"
#include "connectors/serving/live_feed.hpp"
#include "connectors/serving/openapi.hpp"
#include "connectors/serving/profiles.hpp"
#include "connectors/serving/segments.hpp"
#include "connectors/serving/sinks.hpp"
#include "tests/support/rights_matrix.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"
#include "tests/unit/connectors/serving/fakes.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using testing::HasSubstr;

// All routes that connectors bring, and one for administration, behind a server and its gate.
struct ServedWorld {
  ServedWorld() {
    serving::add_health_routes(world.routes, {});
    serving::add_metrics_route(world.routes, world.metrics);
    serving::add_profile_routes(world.routes, queries);
    serving::add_segment_routes(world.routes, queries);
    serving::add_sink_routes(world.routes, queries);
    live.add_routes(world.routes);
    world.routes.add({.method = http::Method::kPost,
                      .pattern = "/admin/reload",
                      .right = http::Right::kAdmin,
                      .summary = {},
                      .handler = [](const auto&, const auto& reply) { reply->send({}); }});
    serving::add_openapi_route(world.routes);
    // Last: a server counts by the routes that it was given.
    running.emplace(
        on_free_port(), world.routes, world.gate, http::ServerEnvironment{world.metrics, log});
    EXPECT_TRUE(running->start().ok());
  }
  ~ServedWorld() { running->stop(std::chrono::seconds(5)); }
  std::uint16_t port() const { return running->port(); }

  static http::ServerConfig on_free_port() {
    http::ServerConfig config;
    config.listen = {"127.0.0.1:0"};
    return config;
  }

  // With all that can be switched on.
  static admission::CollectConfig all_of_it() {
    admission::CollectConfig config;
    config.redirects = {"shop.example"};
    config.micro_events = 10;
    return config;
  }

  CollectingWorld world{all_of_it(), admission::Keys(MatrixKeys::config())};
  serving::FakeQueries queries;
  serving::LiveFeed live{queries};
  Log log{[](std::string_view) {}, [] { return kBeginning; }};
  std::optional<http::Server> running;
};

TEST(Rights, OfEveryRouteAreThoseThatItDeclares) {
  ServedWorld served;
  expect_rights(served.world.routes,
                served.port(),
                {"/v1/m",
                 "/v1/projects/{key}/settings",
                 "/sourceConfig",
                 "/sourceConfig/",
                 "/array/{token}/config",
                 "/array/{token}/config.js",
                 "/flags",
                 "/flags/",
                 "/decide",
                 "/decide/",
                 "/s",
                 "/s/"});
}

TEST(Rights, LeaveToEverybodyOnlyWhatIsListed) {
  ServedWorld served;
  std::set<std::string> open;
  for (const auto& route : served.world.routes.all())
    if (route.right == http::Right::kNone) open.insert(route.pattern);
  EXPECT_THAT(open, testing::ElementsAre("/healthz", "/livez", "/openapi.json", "/readyz"));
}

TEST(Segment, AnswersThroughASocketOnlyWhatTheJournalHas) {
  ServedWorld served;
  http::RawClient client(served.port());
  const std::string body = R"({"event":"E","userId":"u"})";
  const std::string request =
      "POST /v1/t HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\nAuthorization: Basic "
      "d2s6\r\n"
      "Content-Type: text/plain\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  const auto accepted = client.ask(request);
  EXPECT_EQ(accepted.status, 200);
  EXPECT_EQ(accepted.body, R"({"success": true})");
  EXPECT_EQ(accepted.header("X-Millrace-Position"), "0");
  EXPECT_EQ(accepted.header("Access-Control-Allow-Origin"), "https://shop.example");
  EXPECT_EQ(served.world.intake.size(), 1u);
  EXPECT_EQ(served.world.intake.last().address, "127.0.0.0");

  const auto preflight = client.ask(
      "OPTIONS /v1/t HTTP/1.1\r\nHost: a\r\nOrigin: https://shop.example\r\n"
      "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: "
      "authorization\r\n\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Headers"), "authorization");
}

// Its trackers repeat a 413 for ever.
TEST(Snowplow, IsTold400OfABodyThatIsTooLargeToRead) {
  ServedWorld served;
  const std::string head = "POST /com.snowplowanalytics.snowplow/tp2 HTTP/1.1\r\nHost: a\r\n";
  http::RawClient counted(served.port());
  const auto refused = counted.ask(head + "Content-Length: 600000\r\n\r\n");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.header("X-Millrace-Reason"), "body_too_large");
  http::RawClient chunked(served.port());
  EXPECT_EQ(chunked.ask(head + "Transfer-Encoding: chunked\r\n\r\n927C0\r\nx").status, 400);
}

TEST(Pixel, AnswersThroughASocket) {
  ServedWorld served;
  http::RawClient client(served.port());
  const auto answer = client.ask("GET /pixel.gif?writeKey=wk&event=E HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "image/gif");
  EXPECT_EQ(answer.body.size(), 43u);
  EXPECT_THAT(answer.header("Set-Cookie"), HasSubstr("mr_id="));
}

}  // namespace
}  // namespace millrace::protocols
