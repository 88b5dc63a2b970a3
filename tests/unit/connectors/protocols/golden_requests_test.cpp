// Requests recorded from unmodified SDKs go through the collector, the journal's form and the whole
// engine, and become the events that were sent.
#include "engine/engine.hpp"
#include "engine/event/json_projector.hpp"
#include "engine/journal/record.hpp"
#include "engine/runtime/feeds.hpp"
#include "engine/runtime/pipeline.hpp"
#include "operators/builtin.hpp"
#include "tests/support/encodings.hpp"
#include "tests/unit/connectors/protocols/collecting_world.hpp"
#include "tests/unit/operators/ingest/parser_under_test.hpp"

#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>

namespace millrace::protocols {
namespace {

namespace fs = std::filesystem;
using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<std::string_view, 9> kHeaders = {"authorization",
                                                      "content-encoding",
                                                      "content-type",
                                                      "origin",
                                                      "user-agent",
                                                      "host",
                                                      "access-control-request-headers",
                                                      "access-control-request-method",
                                                      "x-retry-count"};

std::vector<JsonField> recorded_fields() {
  std::vector<JsonField> fields;
  for (const auto path : {"m", "url", "enc", "body"}) fields.push_back({*parse_path(path)});
  for (const auto name : kHeaders) fields.push_back({{{"h"}, {std::string(name)}}});
  return fields;
}

std::string text_of(const Value& value) {
  return value.is(ValueKind::kString) ? std::string(value.text()) : std::string();
}

// The requests of a recording that go to Segment's paths. RudderStack's SDKs send to the same.
std::vector<Asked> recorded(const fs::path& file) {
  JsonProjector projector(recorded_fields(), "");
  std::vector<Asked> found;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    Arena arena;
    if (!projector.read(line, arena)) continue;
    const auto values = projector.top().values;
    const std::string method = text_of(values[0]);
    Asked asked{.method = method == "POST"      ? Method::kPost
                          : method == "OPTIONS" ? Method::kOptions
                                                : Method::kGet,
                .target = text_of(values[1]),
                .body = text_of(values[3]),
                .received = *parse_time("2026-11-21T20:58:00Z")};
    if (!asked.target.starts_with("/v1/")) continue;
    // The recorder unpacked bodies: pack them again as they came.
    if (text_of(values[2]) == "gzip") asked.body = gzipped(asked.body);
    for (std::size_t i = 0; i < kHeaders.size(); ++i)
      if (const std::string value = text_of(values[4 + i]); !value.empty())
        asked.headers.emplace_back(kHeaders[i], value);
    found.push_back(std::move(asked));
  }
  return found;
}

// "track:Ev:u1" and the like, with how often; every message id is there once.
std::map<std::string, int> events_in(const FakeIntake& intake) {
  constexpr std::array<std::string_view, 6> kKinds = {
      "track", "page", "screen", "identify", "group", "alias"};
  ParserUnderTest parser("{}");
  std::map<std::string, int> events;
  std::map<std::string, int> ids;
  for (std::size_t i = 0; i < intake.size(); ++i) {
    Batch batch;
    parser->parse(intake.hit(i), i, batch);
    for (const auto& reject : batch.rejects) ADD_FAILURE() << reject.reason << " " << reject.detail;
    for (const auto& event : batch.events) {
      ++events[std::string(kKinds[static_cast<std::size_t>(event.kind)]) + ":" +
               std::string(event.name_text) + ":" + std::string(event.user_id)];
      EXPECT_FALSE(event.message_id.starts_with("auto-"));
      EXPECT_EQ(++ids[std::string(event.message_id)], 1) << event.message_id;
      EXPECT_EQ(event.source, "web");
    }
  }
  return events;
}

// Runs the journal's records through an engine.
Totals processed(const FakeIntake& intake) {
  Registry registry;
  add_builtin_operators(registry);
  config::Problems problems;
  EngineOptions options;
  options.executor = ExecutorKind::kThreads;
  auto engine = Engine::load("version: 1\nnodes:\n  parse: {}\n  identify: {}\n  dedupe: {}\n",
                             "golden.yaml",
                             registry,
                             std::move(options),
                             problems);
  CHECK(engine.ok());
  std::vector<std::string> padded;
  std::vector<Record> records;
  padded.reserve(intake.size());
  for (const auto& [time, payload] : intake.payloads()) {
    padded.push_back(payload + std::string(kPayloadPadding, '\0'));
    records.push_back({records.size(),
                       time,
                       std::string_view(padded.back()).substr(0, payload.size()),
                       RecordKind::kHit});
  }
  MemoryFeed feed(records);
  EXPECT_TRUE((*engine)->run(feed).ok());
  return (*engine)->totals();
}

void replay(const std::string& name, CollectingWorld& world) {
  for (const Asked& asked : recorded(fs::path(MILLRACE_GOLDEN) / name)) {
    const auto response = world.ask(asked);
    if (asked.method == Method::kOptions) {
      EXPECT_EQ(response.status, 204) << asked.target;
      EXPECT_EQ(header_of(response, "Access-Control-Allow-Headers"),
                request_of(asked).header("access-control-request-headers"));
      continue;
    }
    EXPECT_EQ(response.status, 200) << asked.target << " " << asked.body;
    EXPECT_THAT(
        response.body,
        HasSubstr(asked.method == Method::kGet ? R"("apiKey":"wk1")" : R"("success": true)"));
    if (const auto origin = request_of(asked).header("origin"); !origin.empty()) {
      EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), origin);
    }
  }
}

using Counts = std::map<std::string, int>;

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

}  // namespace
}  // namespace millrace::protocols
