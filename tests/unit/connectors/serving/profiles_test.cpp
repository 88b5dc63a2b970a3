#include "connectors/serving/profiles.hpp"

#include "tests/support/schema_check.hpp"
#include "tests/unit/connectors/serving/fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ProfilesTest : public ::testing::Test {
 protected:
  ProfilesTest() {
    add_profile_routes(routes_, queries_);
    ProfileView view;
    view.profile = 7;
    view.first_seen = *parse_time("2026-11-21T20:54:37.695Z");
    view.now = *parse_time("2026-11-22T00:00:00Z");
    view.position = 100;
    view.ids = {"anonymous_id:a-1", "user_id:42"};
    view.segments = {{"lapsed", *parse_time("2026-11-21T21:00:00.001Z")}};
    view.put("traits", "big", "9007199254740993");
    view.put("traits", "name", "\"Z\u00fcrich \\u0000\"");
    view.put("features", "spend", "0.1");
    queries_.known["user_id:42"] = view;
    queries_.known["anonymous_id:a-1"] = view;
    queries_.known[profile_text(7)] = view;
    queries_.known["email:x@y.z"] = view;
    queries_.known["user_id:urn:9"] = view;
  }

  const http::Route& route(std::string_view pattern) const {
    for (const auto& route : routes_.all())
      if (route.pattern == pattern) return route;
    ADD_FAILURE() << pattern;
    return routes_.all().front();
  }
  std::vector<std::string> complaints(const Answer& answer, std::string_view pattern) const {
    config::Problems problems;
    const auto schema = config::Document::load(route(pattern).answer, "schema", problems);
    EXPECT_TRUE(problems.empty());
    return testing::schema_complaints(schema.root(), answer.json());
  }

  FakeQueries queries_;
  http::Routes routes_;
};

TEST_F(ProfilesTest, AProfileSaysAllThatIsKnown) {
  const auto answer = ask(routes_, "/v1/profiles/user_id:42");
  EXPECT_EQ(answer.response.status, 200);
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_EQ(answer.response.body,
            R"({"profile":")" + profile_text(7) +
                R"(","position":100,"segments":[{"name":"lapsed","since":)"
                R"("2026-11-21T21:00:00.001Z"}],"ids":["anonymous_id:a-1","user_id:42"],)"
                R"("first_seen":"2026-11-21T20:54:37.695Z","now":"2026-11-22T00:00:00.000Z",)"
                R"("cluster":{},"consent":{},"features":{"spend":0.1},)"
                R"("traits":{"big":9007199254740993,"name":"Zürich \u0000"}})");
  EXPECT_THAT(complaints(answer, "/v1/profiles/{id}"), IsEmpty());
}

TEST_F(ProfilesTest, SegmentsAloneAreAShorterAnswer) {
  const auto answer = ask(routes_, "/v1/profiles/42/segments");
  EXPECT_EQ(answer.response.body,
            R"({"profile":")" + profile_text(7) +
                R"(","position":100,"segments":[{"name":"lapsed","since":)"
                R"("2026-11-21T21:00:00.001Z"}]})");
  EXPECT_THAT(complaints(answer, "/v1/profiles/{id}/segments"), IsEmpty());
}

TEST_F(ProfilesTest, EveryIdentifierFindsTheProfile) {
  for (const std::string id : {"42",
                               "a-1",
                               "user_id:42",
                               "user_id%3A42",
                               "anonymous_id:a-1",
                               "email:x@y.z",
                               "email:x%40y.z",
                               "urn:9"})
    EXPECT_EQ(ask(routes_, "/v1/profiles/" + id).response.status, 200) << id;
  EXPECT_EQ(ask(routes_, "/v1/profiles/" + profile_text(7)).response.status, 200);
}

TEST_F(ProfilesTest, ABareValueIsAUserIdBeforeItIsAnythingElse) {
  ask(routes_, "/v1/profiles/0123456789abcdef");
  EXPECT_THAT(
      queries_.asked,
      ElementsAre("user_id:0123456789abcdef", "anonymous_id:0123456789abcdef", "0123456789abcdef"));
  queries_.asked.clear();
  ask(routes_, "/v1/profiles/a:b");
  EXPECT_THAT(queries_.asked, ElementsAre("a:b", "user_id:a:b", "anonymous_id:a:b"));
}

TEST_F(ProfilesTest, AStrangerIsNotFoundWithAReason) {
  const auto answer = ask(routes_, "/v1/profiles/nobody");
  EXPECT_EQ(answer.response.status, 404);
  EXPECT_EQ(answer.json().child("error").text(), "unknown_profile");
  EXPECT_FALSE(answer.json().child("detail").text().empty());
}

TEST_F(ProfilesTest, WhatWasWrittenIsReadOrTheReaderIsToldToComeAgain) {
  // The record at 99 is in: everything before 100 is processed.
  EXPECT_EQ(ask(routes_, "/v1/profiles/42?after=99").response.status, 200);
  const auto answer = ask(routes_, "/v1/profiles/42?after=100");
  EXPECT_EQ(answer.response.status, 503);
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_EQ(answer.answers, 1);
}

TEST_F(ProfilesTest, AfterMustBeAPosition) {
  for (const char* const text :
       {"", "-1", "1x", "+1", "1.5", "18446744073709551615", "99999999999999999999"}) {
    const auto answer = ask(routes_, std::string("/v1/profiles/42?after=") + text);
    EXPECT_EQ(answer.response.status, 400) << text;
    EXPECT_THAT(answer.response.body, HasSubstr("after must be a whole number"));
  }
}

}  // namespace
}  // namespace millrace::serving
