#include "connectors/serving/segments.hpp"

#include "tests/support/schema_check.hpp"
#include "tests/unit/connectors/serving/fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace millrace::serving {
namespace {

using ::testing::IsEmpty;

class SegmentsTest : public ::testing::Test {
 protected:
  SegmentsTest() {
    add_segment_routes(routes_, queries_);
    for (ProfileId profile = 1; profile <= 250; ++profile)
      queries_.loyal[profile] = from_millis(1'795'294'800'000);
  }

  std::vector<std::string> complaints(const Answer& answer, std::size_t route) const {
    config::Problems problems;
    const auto schema = config::Document::load(routes_.all()[route].answer, "schema", problems);
    return testing::schema_complaints(schema.root(), answer.json());
  }

  FakeQueries queries_;
  http::Routes routes_;
};

TEST_F(SegmentsTest, AllSegmentsAreListedWithTheirSizes) {
  const auto answer = ask(routes_, "/v1/segments");
  EXPECT_EQ(answer.response.body,
            R"({"position":100,"segments":[{"name":"loyal","members":250},)"
            R"({"name":"lapsed","members":0}]})");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_THAT(complaints(answer, 0), IsEmpty());
}

TEST_F(SegmentsTest, PagesTogetherHoldEveryMemberOnce) {
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto answer =
        ask(routes_,
            "/v1/segments/loyal/members?limit=99" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(answer.response.status, 200);
    EXPECT_THAT(complaints(answer, 1), IsEmpty());
    for (const auto& member : answer.json().child("members").items())
      EXPECT_TRUE(seen.emplace(member.child("profile").text()).second);
    const auto next = answer.json().child("next");
    cursor = next.is_null() ? "" : std::string(next.text());
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 250u);
  EXPECT_EQ(pages, 3);
}

TEST_F(SegmentsTest, AnUnknownSegmentIsNotFound) {
  EXPECT_EQ(ask(routes_, "/v1/segments/none/members").response.status, 404);
}

TEST_F(SegmentsTest, LimitAndCursorAreChecked) {
  for (const char* const query : {"limit=0", "limit=1001", "limit=x", "cursor=x", "cursor="})
    EXPECT_EQ(ask(routes_, std::string("/v1/segments/loyal/members?") + query).response.status, 400)
        << query;
  EXPECT_EQ(ask(routes_, "/v1/segments/loyal/members?limit=1000").response.status, 200);
}

}  // namespace
}  // namespace millrace::serving
