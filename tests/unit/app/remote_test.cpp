// What the subcommands that talk to a server make of its answers.
#include "app/remote/event_lines.hpp"
#include "app/remote/json_fields.hpp"
#include "app/remote/json_text.hpp"
#include "app/remote/metrics_text.hpp"
#include "app/remote/output_filter.hpp"
#include "app/remote/server_access.hpp"
#include "app/remote/top_table.hpp"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kEnter =
    R"({"position":7,"time":"2026-11-21T20:54:37.695Z","profile":"0f3a","ids":["user_id:42"],)"
    R"("kind":"enter","name":"loyal"})";
constexpr const char* kEffect =
    R"({"position":9,"time":"2026-11-21T20:54:38.000Z","profile":"0f3b","ids":[],)"
    R"("kind":"effect","name":"mail","id":"ab","body":{"discount":12.5,"kind":"gift"}})";

bool passes(const std::string& filter, const char* output) {
  auto parsed = OutputFilter::parse(filter);
  EXPECT_TRUE(parsed) << parsed.error().what;
  return parsed && parsed->passes(output);
}

TEST(OutputFilter, ReadsTheOutputsMembersByTheirNames) {
  EXPECT_TRUE(passes("", kEnter));
  EXPECT_TRUE(passes("kind == \"enter\" and name in [\"loyal\", \"lapsed\"]", kEnter));
  EXPECT_FALSE(passes("kind == \"enter\"", kEffect));
  EXPECT_TRUE(passes("body.discount >= 10 and not (name == \"loyal\")", kEffect));
  EXPECT_TRUE(passes("body.kind == 'gift'", kEffect));
  EXPECT_TRUE(passes("ids[0] == \"user_id:42\"", kEnter));
  EXPECT_TRUE(passes("position % 2 == 1 ? true : false", kEnter));
  EXPECT_TRUE(passes("time >= \"2026-11-21T20:54:38\"", kEffect));
}

TEST(OutputFilter, WhatIsNotThereDoesNotPass) {
  EXPECT_FALSE(passes("body.discount >= 10", kEnter));
  EXPECT_FALSE(passes("position > 1", "no json"));
  EXPECT_TRUE(passes("not exists(body)", kEnter));
}

TEST(OutputFilter, ShowsWhatIsWrong) {
  const auto syntax = OutputFilter::parse("kind = \"enter\"");
  ASSERT_FALSE(syntax);
  EXPECT_THAT(syntax.error().what, HasSubstr("^"));
  EXPECT_FALSE(OutputFilter::parse("1 + 1"));
  EXPECT_FALSE(OutputFilter::parse("count(\"Order Completed\", 30d) > 2"));
}

TEST(JsonFields, ReadsAListsRows) {
  JsonFields fields({"name", "members"}, "segments");
  const std::string json = R"({"position":3,"segments":[{"name":"a","members":2},{"name":"b"}]})";
  ASSERT_TRUE(fields.read(json));
  ASSERT_EQ(fields.rows(), 2U);
  EXPECT_EQ(fields.text(0, 1), "b");
  EXPECT_EQ(fields.number(1, 0), 2);
  EXPECT_EQ(fields.number(1, 1), 0);
  EXPECT_FALSE(fields.read("nothing"));
  EXPECT_EQ(fields.rows(), 0U);
}

TEST(EventBatch, GivesAnIdToMessagesThatHaveNone) {
  const auto body_of = [](const std::vector<std::string>& lines, std::uint64_t first) {
    EventBatch batch(10);
    for (const std::string& line : lines)
      EXPECT_EQ(batch.add(line, first++), EventBatch::Took::kYes) << line;
    return batch.body();
  };
  const std::string with_id = R"({"messageId":"m1","type":"page"})";
  EXPECT_EQ(body_of({with_id}, 1), R"({"batch":[)" + with_id + "]}");
  const std::string without = R"(  {"type":"page","userId":"ann"})";
  const std::string made = body_of({without, without}, 1);
  JsonFields fields({"messageId", "userId"}, "batch");
  ASSERT_TRUE(fields.read(made)) << made;
  ASSERT_EQ(fields.rows(), 2U);
  EXPECT_THAT(std::string(fields.text(0, 0)), ::testing::StartsWith("send-"));
  EXPECT_NE(fields.text(0, 0), fields.text(0, 1)) << "two lines are two events";
  EXPECT_EQ(fields.text(1, 1), "ann");
  EXPECT_EQ(body_of({without, without}, 1), made) << "a file that is sent again counts once";
  ASSERT_TRUE(fields.read(body_of({"{ }", R"({"messageId":"","a":1})"}, 1)));
}

TEST(EventBatch, IsFullByEventsAndByBytes) {
  EventBatch batch(2);
  EXPECT_EQ(batch.add("{}", 1), EventBatch::Took::kYes);
  EXPECT_EQ(batch.add("{}", 2), EventBatch::Took::kYes);
  EXPECT_EQ(batch.add("{}", 3), EventBatch::Took::kFull);
  EXPECT_EQ(batch.last_line(), 2U);
  batch.clear();
  EXPECT_EQ(batch.add("{}", 3), EventBatch::Took::kYes);

  EventBatch large(2000);
  const std::string event = R"({"a":")" + std::string(30'000, 'x') + "\"}";
  int taken = 0;
  while (large.add(event, 1) == EventBatch::Took::kYes) ++taken;
  EXPECT_EQ(taken, 13) << "400 KiB a batch";
}

TEST(EventBatch, KnowsWhatIsNoEvent) {
  EventBatch batch(10);
  EXPECT_EQ(batch.add("[1]", 1), EventBatch::Took::kNoEvent);
  EXPECT_EQ(batch.add("{\"a\":", 1), EventBatch::Took::kNoEvent);
  EXPECT_EQ(batch.add(R"({"a":")" + std::string(40'000, 'x') + "\"}", 1),
            EventBatch::Took::kNoEvent);
  EXPECT_TRUE(batch.empty());
}

TEST(JsonText, PutsEachMemberOnALine) {
  EXPECT_EQ(indented_json(R"({"a": [1,2], "b":{},"c\",{":"x: [y]"})"),
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\\\",{\": \"x: [y]\"\n}\n");
}

TEST(MetricsText, SumsOverLabels) {
  const auto metrics = read_metrics(
      "# HELP millrace_events_total x\n"
      "millrace_events_total{outcome=\"kept\"} 3\n"
      "millrace_events_total{outcome=\"a } \\\" b\"} 4\n"
      "millrace_lag_seconds 0.5\n"
      "other 7\n");
  EXPECT_EQ(metrics.at("events_total"), 7);
  EXPECT_EQ(metrics.at("lag_seconds"), 0.5);
  EXPECT_EQ(metrics.size(), 2U);
}

TopMoment moment(double seconds, double events, double loyal, double lapsed) {
  return {std::chrono::steady_clock::time_point() +
              std::chrono::milliseconds(static_cast<int>(seconds * 1000)),
          {{"events_total", events}, {"lag_records", 12}},
          {{"loyal", loyal}, {"lapsed", lapsed}}};
}

std::vector<std::string> order(TopOrder by) {
  std::vector<std::string> names;
  for (const TopRow& row : top_rows(moment(0, 0, 5, 90), moment(2, 0, 45, 91), by))
    names.push_back(row.segment);
  return names;
}

TEST(TopTable, SortsSegments) {
  EXPECT_THAT(order(TopOrder::kTopology), ElementsAre("loyal", "lapsed"));
  EXPECT_THAT(order(TopOrder::kName), ElementsAre("lapsed", "loyal"));
  EXPECT_THAT(order(TopOrder::kMembers), ElementsAre("lapsed", "loyal"));
  EXPECT_THAT(order(TopOrder::kChange), ElementsAre("loyal", "lapsed"));
}

TEST(TopTable, TellsRatesBetweenTwoMoments) {
  const auto json = top_json(moment(0, 100, 5, 0), moment(2, 1100, 15, 0), TopOrder::kTopology);
  EXPECT_THAT(json, HasSubstr("\"events_per_second\":500"));
  EXPECT_THAT(json, HasSubstr("\"lag_records\":12"));
  EXPECT_THAT(json, HasSubstr("\"change_per_minute\":300"));
  EXPECT_THAT(top_lines(moment(0, 100, 5, 0), moment(2, 1100, 15, 0), TopOrder::kTopology)[0],
              HasSubstr("500 events/s"));
}

TEST(TopTable, ACounterThatBeganAnewIsNoRate) {
  EXPECT_THAT(top_json(moment(0, 1000, 0, 0), moment(1, 3, 0, 0), TopOrder::kTopology),
              HasSubstr("\"events_per_second\":0"));
}

TEST(ServerAccess, EncodesIdentifiersForAPath) {
  EXPECT_EQ(percent_encoded("user_id:a b/ü"), "user_id:a%20b%2F%C3%BC");
}

}  // namespace
}  // namespace millrace
