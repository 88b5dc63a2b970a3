// The load that the player makes, against servers that answer in one way or another.
#include "app/play/player.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <set>

namespace millrace::play {
namespace {

using ::testing::HasSubstr;

// A server that answers each parcel after a while.
struct FakeServer {
  Duration after{0};
  std::function<Outcome(const Parcel&)> answer = [](const Parcel&) {
    return Outcome{.status = 200};
  };
  std::vector<std::string> bodies{};
};

class FakeChannel final : public Channel {
 public:
  FakeChannel(client::Loop& loop, FakeServer& server) : loop_(loop), server_(server) {}
  void send(const Parcel& parcel, std::function<void(Outcome)> done) override {
    server_.bodies.push_back(parcel.body);
    loop_.at(Clock::now() + server_.after,
             [done = std::move(done), outcome = server_.answer(parcel)] { done(outcome); });
  }

 private:
  client::Loop& loop_;
  FakeServer& server_;
};

PlayOptions options_of(std::uint64_t events, double rate) {
  return {.shop = {.shoppers = 20, .seed = 7},
          .rate = rate,
          .batch = 10,
          .connections = 2,
          .events = events,
          .linger = Duration(5)};
}

std::unique_ptr<Player> played(const PlayOptions& options, FakeServer& server) {
  auto player = std::make_unique<Player>(
      options, [&](client::Loop& loop) { return std::make_unique<FakeChannel>(loop, server); });
  player->run([] { return false; }, [] {});
  return player;
}

std::vector<std::string> ids_of(const FakeServer& server) {
  std::vector<std::string> ids;
  simdjson::dom::parser parser;
  for (const std::string& body : server.bodies) {
    simdjson::dom::array batch;
    EXPECT_EQ(parser.parse(body)["batch"].get(batch), simdjson::SUCCESS) << body;
    for (const auto event : batch) ids.emplace_back(event["messageId"].get_string().value());
  }
  return ids;
}

TEST(Player, SendsEveryEventOnceInBatchesOfJson) {
  FakeServer server;
  const auto player = played(options_of(95, 50'000), server);
  const auto ids = ids_of(server);
  EXPECT_EQ(ids.size(), 95U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 95U);
  EXPECT_EQ(player->totals().events, 95U);
  EXPECT_EQ(player->totals().acknowledged, 95U);
  EXPECT_EQ(player->totals().lost, 0U);
  EXPECT_EQ(player->totals().statuses.at(200), player->totals().requests);
}

TEST(Player, EventsSayThatTheyHappenNow) {
  FakeServer server;
  const auto before = std::chrono::system_clock::now();
  played(options_of(200, 50'000), server);
  const auto after = std::chrono::system_clock::now();
  simdjson::dom::parser parser;
  for (const std::string& body : server.bodies)
    for (const auto event : parser.parse(body)["batch"].get_array()) {
      const Time sent = *parse_time(event["sentAt"].get_string().value());
      EXPECT_GE(sent, before - std::chrono::seconds(1));
      EXPECT_LE(sent, after + std::chrono::seconds(1));
    }
}

TEST(Player, AnEventsLatencyCountsFromWhenItWasDue) {
  // Two connections, 20 ms an answer: a hundred batches take a second, though each answer takes 20
  // ms.
  FakeServer server{.after = Duration(20)};
  PlayOptions options = options_of(100, 10'000);
  options.batch = 1;
  const auto player = played(options, server);
  EXPECT_GT(player->totals().latency.quantile(1.0), 900e6);
  EXPECT_GT(player->totals().waited.quantile(1.0), 800e6);
}

TEST(Player, SendsAgainWhatIsRefusedForNow) {
  FakeServer server;
  server.answer = [tries = 0](const Parcel&) mutable -> Outcome {
    ++tries;
    if (tries == 1) return {.status = 503, .retry_after = Duration(30), .trouble = "busy"};
    if (tries == 2) return {.trouble = "no answer"};
    return {.status = 200};
  };
  const auto player = played(options_of(40, 50'000), server);
  EXPECT_EQ(player->totals().acknowledged, 40U);
  EXPECT_EQ(player->totals().retries, 2U);
  EXPECT_EQ(player->totals().statuses.at(503), 1U);
  EXPECT_EQ(player->totals().statuses.at(0), 1U);
  EXPECT_GT(player->totals().latency.quantile(1.0), 30e6);
}

TEST(Player, DoesNotSendAgainWhatIsWrong) {
  FakeServer server;
  server.answer = [](const Parcel&) { return Outcome{.status = 401, .trouble = "unknown_key"}; };
  const auto player = played(options_of(40, 50'000), server);
  EXPECT_EQ(player->totals().refused, 40U);
  EXPECT_EQ(player->totals().retries, 0U);
  EXPECT_EQ(player->totals().trouble, "401 unknown_key");
}

TEST(Player, WhatBreaksABatchTravelsAlone) {
  FakeServer server;
  PlayOptions options = options_of(300, 100'000);
  options.shop.dirt.malformed = 0.1;
  std::size_t damaged = 0;
  server.answer = [&](const Parcel& parcel) {
    damaged += parcel.damaged ? 1 : 0;
    EXPECT_EQ(parcel.events == 1 || !parcel.damaged, true);
    return Outcome{.status = parcel.damaged ? 400 : 200};
  };
  const auto player = played(options, server);
  EXPECT_GT(damaged, 10U);
  EXPECT_EQ(player->totals().refused, damaged);
  EXPECT_EQ(player->totals().acknowledged, 300 - damaged);
  EXPECT_EQ(player->totals().trouble, "");
}

TEST(Player, CountsWhatIsNotAnsweredInTheEnd) {
  FakeServer server{.after = std::chrono::hours(1)};
  PlayOptions options = options_of(40, 50'000);
  options.patience = Duration(100);
  const auto player = played(options, server);
  EXPECT_EQ(player->totals().lost, 40U);
  EXPECT_THAT(totals_json(player->totals(), "http://x"), HasSubstr("\"lost\":40"));
}

TEST(Player, KeepsTheRate) {
  FakeServer server;
  PlayOptions options = options_of(100'000, 2'000);
  options.duration = Duration(200);
  const auto player = played(options, server);
  EXPECT_EQ(player->totals().events, 400U);
}

}  // namespace
}  // namespace millrace::play
