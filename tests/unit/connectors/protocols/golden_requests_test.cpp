// Requests that Segment's and RudderStack's unmodified SDKs sent: recordings.hpp.
#include "tests/unit/connectors/protocols/recordings.hpp"

#include <gmock/gmock.h>

namespace millrace::protocols {
namespace {

using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;

void replay(const std::string& name, CollectingWorld& world) {
  const auto ours = [](const Asked& asked) { return asked.target.starts_with("/v1/"); };
  for (const Asked& asked : recorded(fs::path(MILLRACE_GOLDEN) / name, ours)) {
    const auto response = world.ask(asked);
    if (asked.method == Method::kOptions) {
      EXPECT_EQ(response.status, 204) << asked.target;
      EXPECT_EQ(header_of(response, "Access-Control-Allow-Headers"),
                request_of(asked).header("access-control-request-headers"));
      continue;
    }
    EXPECT_EQ(response.status, 200) << asked.target << " " << asked.body;
    const bool rudder = !request_of(asked).header("anonymousid").empty();
    EXPECT_THAT(response.body,
                HasSubstr(asked.method == Method::kGet ? R"("apiKey":"wk1")"
                          : rudder                     ? "ok"
                                                       : R"("success": true)"));
    if (const auto origin = request_of(asked).header("origin"); !origin.empty()) {
      EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), origin);
    }
  }
}

TEST(GoldenSegmentRequests, OfTheNodeSdksAreAcceptedAndBecomeTheirEvents) {
  if (!fs::exists(MILLRACE_GOLDEN)) GTEST_SKIP() << MILLRACE_GOLDEN << " is not there";
  CollectingWorld world;
  replay("node-sdks.jsonl", world);
  EXPECT_EQ(world.intake.size(), 5u);
  EXPECT_EQ(events_in(world.intake),
            (Counts{{"alias::u3", 1},
                    {"identify::u1", 1},
                    {"identify::u2", 1},
                    {"page:Home:", 1},
                    {"track:E3:u3", 1},
                    {"track:E:u2", 1},
                    {"track:Order Completed:u1", 1}}));
  EXPECT_EQ(processed(world.intake).account.kept, 7u);
}

TEST(GoldenSegmentRequests, OfTheBrowserSdksAreAcceptedAndBecomeTheirEvents) {
  if (!fs::exists(MILLRACE_GOLDEN)) GTEST_SKIP() << MILLRACE_GOLDEN << " is not there";
  CollectingWorld world;
  replay("browser-sdks.jsonl", world);
  EXPECT_EQ(world.intake.size(), 12u);
  EXPECT_EQ(events_in(world.intake),
            (Counts{{"alias::u1", 4},
                    {"group::u1", 4},
                    {"identify::u1", 4},
                    {"page:Home:", 2},
                    {"page:Home:u1", 2},
                    {"track:Ev:u1", 4}}));
  const Totals totals = processed(world.intake);
  EXPECT_EQ(totals.account.kept, 20u);
  EXPECT_THAT(totals.account.rejected.all(), ElementsAre());
  EXPECT_THAT(totals.account.dropped.all(), ElementsAre());
}

// The key that the recordings have.
admission::Keys posthog_keys() {
  admission::KeysConfig config;
  config.write = {{.key = "phc_test", .source = "web", .origins = {}, .rate = {}}};
  return admission::Keys(config);
}

Counts posthog_events_of(const std::string& name) {
  CollectingWorld world({}, posthog_keys());
  const auto ours = [](const Asked& asked) {
    const auto begins = [&](std::string_view path) { return asked.target.starts_with(path); };
    return begins("/e/") || begins("/batch/") || begins("/flags/") || begins("/array/");
  };
  for (const Asked& asked : recorded(fs::path(MILLRACE_GOLDEN) / name, ours))
    EXPECT_EQ(world.ask(asked).status, asked.method == Method::kOptions ? 204 : 200)
        << asked.target;
  const Totals totals = processed(world.intake);
  EXPECT_THAT(totals.account.rejected.all(), ElementsAre());
  EXPECT_THAT(totals.account.dropped.all(), ElementsAre());
  return events_in(world.intake);
}

TEST(GoldenPosthogRequests, BecomeTheirEvents) {
  if (!fs::exists(MILLRACE_GOLDEN)) GTEST_SKIP() << MILLRACE_GOLDEN << " is not there";
  EXPECT_EQ(posthog_events_of("node-sdks.jsonl"),
            (Counts{{"alias::d1", 1}, {"identify::d1", 1}, {"track:ev1:d1", 1}}));
  EXPECT_EQ(posthog_events_of("browser-sdks.jsonl"),
            (Counts{{"identify::u1", 1},
                    {"page::u1", 1},
                    {"track:$pageleave:u1", 1},
                    {"track:before_leave:u1", 1},
                    {"track:ev:", 1}}));
}

TEST(GoldenSnowplowRequests, AreAcceptedAndBecomeTheirEvents) {
  if (!fs::exists(MILLRACE_GOLDEN)) GTEST_SKIP() << MILLRACE_GOLDEN << " is not there";
  admission::KeysConfig keys;
  keys.write = {{.key = "app", .source = "web", .origins = {}, .rate = {}}};
  CollectingWorld world({}, admission::Keys(keys));
  const auto ours = [](const Asked& asked) {
    return asked.target.starts_with("/com.snowplowanalytics.snowplow/") ||
           asked.target.starts_with("/i?stm=");
  };
  for (const std::string name : {"node-sdks.jsonl", "browser-sdks.jsonl"})
    for (const Asked& asked : recorded(fs::path(MILLRACE_GOLDEN) / name, ours)) {
      const auto response = world.ask(asked);
      EXPECT_EQ(response.status, asked.method == Method::kOptions ? 204 : 200);
      EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "");
      if (asked.method == Method::kPost) {
        EXPECT_EQ(response.body, "ok");
      }
    }
  EXPECT_EQ(events_in(world.intake),
            (Counts{{"page::", 2},
                    {"page::u1", 2},
                    {"page::u4", 1},
                    {"track:a:", 1},
                    {"track:a:u1", 2},
                    {"track:a:u4", 1},
                    {"track:e:", 1},
                    {"track:e:u1", 2},
                    {"track:link_click:u4", 1}}));
  const Totals totals = processed(world.intake);
  EXPECT_EQ(totals.account.kept, 13u);
  EXPECT_THAT(totals.account.rejected.all(), ElementsAre());
}

TEST(GoldenMatomoRequests, AreAcceptedAndBecomeTheirEvents) {
  if (!fs::exists(MILLRACE_GOLDEN)) GTEST_SKIP() << MILLRACE_GOLDEN << " is not there";
  admission::KeysConfig keys;
  keys.write = {{.key = "1", .source = "web", .origins = {}, .rate = {}}};
  CollectingWorld world({}, admission::Keys(keys));
  const auto ours = [](const Asked& asked) { return asked.target.starts_with("/matomo.php"); };
  Counts answers;
  for (const std::string name : {"node-sdks.jsonl", "browser-sdks.jsonl"})
    for (const Asked& asked : recorded(fs::path(MILLRACE_GOLDEN) / name, ours)) {
      const auto response = world.ask(asked);
      ++answers[std::to_string(response.status) + " " + std::string(response.content_type)];
    }
  EXPECT_EQ(answers, (Counts{{"200 application/json", 1}, {"200 image/gif", 1}, {"204 ", 2}}));
  const Totals totals = processed(world.intake);
  EXPECT_EQ(totals.account.kept, 5u);
  EXPECT_THAT(totals.account.rejected.all(), ElementsAre());
}

// All that was recorded, whatever SDK it is of, so that none is left out.
TEST(GoldenRequests, AreAllAcceptedAndBecomeEvents) {
  if (!fs::exists(MILLRACE_GOLDEN)) GTEST_SKIP() << MILLRACE_GOLDEN << " is not there";
  admission::KeysConfig keys;
  for (const std::string_view key :
       {"wk1", "phc_test", "app", "1", "11111111-1111-4111-8111-111111111111", "ex.com", "k:s"})
    keys.write.push_back(
        {.key = std::string(key), .source = "web", .origins = {}, .rate = config::Rate{1e6}});
  CollectingWorld world({}, admission::Keys(keys));
  for (const std::string name : {"node-sdks.jsonl", "browser-sdks.jsonl"})
    for (const Asked& asked :
         recorded(fs::path(MILLRACE_GOLDEN) / name, [](const Asked&) { return true; })) {
      if (asked.target.empty()) continue;  // a mark between two SDKs
      const auto response = world.ask(asked);
      EXPECT_THAT(response.status, testing::AnyOf(200, 202, 204)) << asked.target << asked.body;
      EXPECT_EQ(header_of(response, "X-Millrace-Reason"), "") << asked.target << asked.body;
    }
  Counts hits;
  for (std::size_t i = 0; i < world.intake.size(); ++i)
    ++hits[std::string(world.intake.hit(i).protocol)];
  EXPECT_EQ(hits,
            (Counts{{"jitsu", 3},
                    {"matomo", 4},
                    {"plausible", 2},
                    {"posthog", 5},
                    {"rudderstack", 9},
                    {"segment", 11},
                    {"snowplow", 7},
                    {"umami", 6}}));
  ParserUnderTest parser("{}");
  Counts events;
  for (std::size_t i = 0; i < world.intake.size(); ++i) {
    Batch batch;
    parser->parse(world.intake.hit(i), i, batch);
    EXPECT_TRUE(batch.rejects.empty());
    for (const auto& event : batch.events)
      if (const std::string_view of = world.intake.hit(i).protocol;
          of == "umami" || of == "plausible" || of == "jitsu")
        ++events[std::string(of) + ":" + word_of(event.kind) + ":" + std::string(event.name_text) +
                 ":" + std::string(event.user_id)];
  }
  EXPECT_EQ(events,
            (Counts{{"jitsu:identify::u7", 1},
                    {"jitsu:page::u7", 1},
                    {"jitsu:track:ev:u7", 1},
                    {"plausible:page::", 1},
                    {"plausible:track:Sig:", 1},
                    {"umami:identify::u1", 1},
                    {"umami:identify::u6", 1},
                    {"umami:page::", 2},
                    {"umami:track:ev:", 2}}));
}

}  // namespace
}  // namespace millrace::protocols
