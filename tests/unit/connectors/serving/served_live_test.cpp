// From a client's event to what another client reads of it: collector, journal, engine, serving,
// through sockets.
#include "connectors/admission/gate.hpp"
#include "connectors/http/server.hpp"
#include "connectors/serving/live_feed.hpp"
#include "connectors/serving/profiles.hpp"
#include "connectors/serving/segments.hpp"
#include "connectors/websocket/collector.hpp"
#include "engine/live.hpp"
#include "engine/state/memory_store.hpp"
#include "operators/builtin.hpp"
#include "tests/support/faulty_files.hpp"
#include "tests/unit/connectors/http/raw_client.hpp"
#include "tests/unit/connectors/websocket/loopback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTopology = R"(
version: 1
events: {purchase: Order Completed}
nodes:
  parse: {}
  identify: {}
  dedupe: {}
  features: {purchase: purchase, value: revenue}
  rules:
    segments:
      buyer: {when: "count(purchase, 1h) >= 1"}
)";

class ServedLiveTest : public ::testing::Test {
 protected:
  ServedLiveTest() {
    add_builtin_operators(registry_);
    LiveOptions options;
    options.engine.executor = ExecutorKind::kThreads;
    options.data = "data";
    options.files = &files_;
    options.store = &store_;
    config::Problems problems;
    auto live = LiveEngine::open(kTopology, "t.yaml", registry_, std::move(options), problems);
    EXPECT_TRUE(live.ok());
    live_ = *std::move(live);
    live_->start();
    admission_.emplace(admission::CollectConfig{}, live_->intake(), ring_, metrics_);
    collector_.emplace(websocket::CollectorConfig{}, *admission_, [] {
      return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    });
    feed_.emplace(live_->queries());
    collector_->add_routes(routes_);
    feed_->add_routes(routes_);
    add_profile_routes(routes_, live_->queries());
    add_segment_routes(routes_, live_->queries());
    http::ServerConfig config;
    config.listen = {"127.0.0.1:0"};
    server_.emplace(config, routes_, gate_, http::ServerEnvironment{metrics_, log_});
    EXPECT_TRUE(server_->start().ok());
  }
  ~ServedLiveTest() override {
    server_->stop(std::chrono::seconds(5));
    EXPECT_TRUE(live_->stop(std::chrono::seconds(5)).ok());
  }

  http::Answer get(const std::string& target) const {
    return http::RawClient(server_->port())
        .ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  // Sends a purchase; the position that it is acknowledged with.
  static std::string buy(websocket::RawClient& client, const std::string& user) {
    client.say(R"({"type":"track","event":"Order Completed","messageId":"m-)" + user +
               R"(","userId":")" + user + R"(","properties":{"revenue":10}})");
    const auto ack = client.hear();
    EXPECT_THAT(ack, HasSubstr(R"("status":"ok")"));
    const auto at = ack.find(R"("position":)") + 11;
    return ack.substr(at, ack.find('}', at) - at);
  }

  Registry registry_;
  testing::FaultyFiles files_;
  MemoryStore store_;
  std::unique_ptr<LiveEngine> live_;
  Metrics metrics_;
  Log log_{[](std::string_view) {}, [] { return kBeginning; }};
  admission::KeyRing ring_{admission::Keys::development()};
  std::optional<admission::Collector> admission_;
  std::optional<websocket::Collector> collector_;
  std::optional<LiveFeed> feed_;
  http::Routes routes_;
  http::Gate gate_ = admission::make_gate(ring_, {});
  std::optional<http::Server> server_;
};

TEST_F(ServedLiveTest, WhatIsAcknowledgedIsReadAMomentLater) {
  websocket::RawClient client(server_->port());
  ASSERT_THAT(client.head, HasSubstr("101"));
  client.say(R"({"type":"hello","key":"any"})");
  EXPECT_THAT(client.hear(), HasSubstr("welcome"));
  const auto position = buy(client, "42");
  const auto answer = get("/v1/profiles/42?after=" + position);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("ids":["user_id:42"])"));
  const auto profile = answer.body.substr(0, answer.body.find(','));
  EXPECT_THAT(get("/v1/segments/buyer/members").body, HasSubstr(profile));
  EXPECT_THAT(get("/v1/segments").body, HasSubstr(R"({"name":"buyer","members":1})"));
  EXPECT_EQ(get("/v1/profiles/43").status, 404);
}

TEST_F(ServedLiveTest, TheLiveStreamTellsByEventsAndByWebSocket) {
  http::RawClient events(server_->port());
  events.send("GET /v1/live?kind=enter&from=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  websocket::RawClient messages(server_->port(), "", "/v1/live?kind=enter&from=0");
  ASSERT_THAT(messages.head, HasSubstr("101"));
  websocket::RawClient client(server_->port());
  client.say(R"({"type":"hello","key":"any"})");
  client.hear();
  const auto position = buy(client, "42");
  EXPECT_THAT(messages.hear(), HasSubstr(R"({"type":"enter","id":")" + position + ".1\""));
  std::string got;
  while (got.find("event: enter\n") == std::string::npos) {
    const auto more = events.read_bytes(1);
    ASSERT_FALSE(more.empty()) << got;
    got += more;
  }
  EXPECT_THAT(got, HasSubstr("id: " + position + ".1\n"));
  // Whoever goes on from there hears of the next one first.
  websocket::RawClient later(server_->port(), "", "/v1/live?kind=enter&from=" + position + ".1");
  const auto next = buy(client, "43");
  EXPECT_THAT(later.hear(), HasSubstr(R"({"type":"enter","id":")" + next + ".1\""));
}

TEST_F(ServedLiveTest, ALiveStreamThatIsRefusedSaysWhy) {
  websocket::RawClient messages(server_->port(), "", "/v1/live?segment=none");
  EXPECT_THAT(messages.hear(), HasSubstr(R"("error":"bad_parameter")"));
  EXPECT_EQ(messages.closing().code(), 1008u);
}

}  // namespace
}  // namespace millrace::serving
