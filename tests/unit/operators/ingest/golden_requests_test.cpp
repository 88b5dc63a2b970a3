// Requests recorded from unmodified SDKs become the events that were sent.
#include "engine/event/json_projector.hpp"
#include "tests/unit/operators/ingest/parser_under_test.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace millrace {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

struct Request {
  std::string url;
  std::string body;
};

// The POST requests with a plain body whose path satisfies `wanted`.
template <class Wanted>
std::vector<Request> requests(const fs::path& file, Wanted wanted) {
  JsonProjector projector(
      {{*parse_path("m")}, {*parse_path("url")}, {*parse_path("enc")}, {*parse_path("body")}}, "");
  std::vector<Request> found;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    Arena arena;
    if (!projector.read(line, arena)) continue;
    const auto values = projector.top().values;
    if (values[0] != Value::of(std::string_view("POST")) || !values[2].text().empty()) continue;
    if (wanted(values[1].text()))
      found.push_back({std::string(values[1].text()), std::string(values[3].text())});
  }
  return found;
}

// What became of the requests: "track:Ev" and the like, with how often, and the reasons of rejects.
struct Outcome {
  std::map<std::string, int> events;
  std::vector<std::string> rejects;
};

Outcome parse_all(const std::vector<Request>& requests) {
  constexpr std::array<std::string_view, 6> kKinds = {
      "track", "page", "screen", "identify", "group", "alias"};
  ParserUnderTest parser("{}", {"traits.email", "context.library.name"});
  const FieldId email = 0;
  const FieldId library = 1;
  Outcome outcome;
  for (const auto& request : requests) {
    Batch batch;
    parser->parse(
        {.received = *parse_time("2026-11-21T20:58:00Z"), .body = request.body}, 0, batch);
    for (const auto& event : batch.events) {
      ++outcome.events[std::string(kKinds[static_cast<std::size_t>(event.kind)]) + ":" +
                       std::string(event.name_text)];
      EXPECT_FALSE(event.user_id.empty() && event.anonymous_id.empty()) << request.body;
      EXPECT_FALSE(event.message_id.starts_with("auto-")) << request.body;
      EXPECT_GT(event.time, *parse_time("2026-11-21T20:50:00Z")) << request.body;
      EXPECT_NE(event.original, kBeginning) << request.body;
      EXPECT_NE(event.sent, kBeginning) << request.body;
      EXPECT_TRUE(event.value(library).is(ValueKind::kString)) << request.body;
      EXPECT_TRUE(!event.value(email).present() || event.kind == EventKind::kIdentify);
    }
    for (const auto& reject : batch.rejects)
      outcome.rejects.emplace_back(std::string(reject.reason) + " " + reject.detail);
  }
  return outcome;
}

using Counts = std::map<std::string, int>;

TEST(GoldenRequests, OfTheNodeSdksBecomeTheirEvents) {
  const fs::path file = fs::path(MILLRACE_GOLDEN) / "node-sdks.jsonl";
  if (!fs::exists(file)) GTEST_SKIP() << file << " is not there";
  const auto found = requests(
      file, [](std::string_view url) { return url == "/v1/batch" || url.starts_with("/api/s/"); });
  const auto outcome = parse_all(found);
  EXPECT_THAT(outcome.rejects, ElementsAre());
  EXPECT_EQ(outcome.events,
            (Counts{{"identify:", 3},
                    {"page:", 1},
                    {"page:Home", 1},
                    {"track:E", 1},
                    {"track:Order Completed", 1},
                    {"track:ev", 1}}));
}

TEST(GoldenRequests, OfTheBrowserSdksBecomeTheirEvents) {
  const fs::path file = fs::path(MILLRACE_GOLDEN) / "browser-sdks.jsonl";
  if (!fs::exists(file)) GTEST_SKIP() << file << " is not there";
  const auto found = requests(file, [](std::string_view url) {
    return url.starts_with("/v1/") || url.starts_with("/beacon/");
  });
  const auto outcome = parse_all(found);
  EXPECT_THAT(outcome.rejects, ElementsAre());
  EXPECT_EQ(
      outcome.events,
      (Counts{{"alias:", 5}, {"group:", 5}, {"identify:", 5}, {"page:Home", 5}, {"track:Ev", 5}}));
}

}  // namespace
}  // namespace millrace
