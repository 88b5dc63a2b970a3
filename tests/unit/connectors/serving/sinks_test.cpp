#include "connectors/serving/sinks.hpp"

#include "connectors/serving/answers.hpp"
#include "tests/support/schema_check.hpp"
#include "tests/unit/connectors/serving/fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

using ::testing::IsEmpty;

class SinksTest : public ::testing::Test {
 protected:
  SinksTest() { add_sink_routes(routes_, queries_); }

  std::vector<std::string> complaints(const Answer& answer, std::size_t route) const {
    config::Problems problems;
    const auto schema = config::Document::load(routes_.all()[route].answer, "schema", problems);
    return testing::schema_complaints(schema.root(), answer.json());
  }
  int enable(std::string_view sink) const {
    const std::string path = "/admin/sinks/" + std::string(sink) + "/enable";
    return ask(routes_, path, {}, http::Method::kPost).response.status;
  }

  FakeQueries queries_;
  http::Routes routes_;
};

TEST_F(SinksTest, AreShownWithWhatWaitsAndWhatWentWrong) {
  queries_.hook.pending = 3;
  queries_.hook.disabled = "410 Gone";
  const auto answer = ask(routes_, "/v1/sinks");
  EXPECT_EQ(answer.response.body,
            R"({"sinks":[{"name":"hook","pending":3,"pending_bytes":0,"delivered":0,"retried":0,)"
            R"("dead_letters":0,"dropped":0,"paused":false,"disabled":"410 Gone",)"
            R"("last_failure":null}]})");
  EXPECT_THAT(complaints(answer, 0), IsEmpty());
}

TEST_F(SinksTest, PagesOfDeadLettersHoldEveryOneOnce) {
  for (std::uint64_t i = 0; i < 5; ++i)
    queries_.letters.push_back({.sequence = 10 * i, .id = "e", .reason = "400", .body = "{}"});
  std::vector<std::uint64_t> seen;
  std::string from = "0";
  while (from != "null") {
    const auto answer = ask(routes_, "/v1/sinks/hook/dead-letters?limit=2&from=" + from);
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
    EXPECT_THAT(complaints(answer, 1), IsEmpty());
    for (const auto& letter : answer.json().child("dead_letters").items())
      seen.push_back(*whole_number(letter.child("sequence").text()));
    const auto next = answer.json().child("next");
    from = next.is_null() ? "null" : std::string(next.text());
  }
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 10, 20, 30, 40}));
  EXPECT_EQ(ask(routes_, "/v1/sinks/none/dead-letters").response.status, 404);
  EXPECT_EQ(ask(routes_, "/v1/sinks/hook/dead-letters?limit=0").response.status, 400);
}

TEST_F(SinksTest, AreEnabledAgain) {
  queries_.hook.disabled = "410 Gone";
  EXPECT_EQ(enable("none"), 404);
  EXPECT_EQ(queries_.hook.disabled, "410 Gone");
  EXPECT_EQ(enable("hook"), 200);
  EXPECT_EQ(queries_.hook.disabled, "");
}

}  // namespace
}  // namespace millrace::serving
