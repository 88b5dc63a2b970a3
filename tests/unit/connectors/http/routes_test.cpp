#include "connectors/http/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

Routes routes_of(const std::vector<std::pair<Method, std::string>>& all) {
  Routes routes;
  for (const auto& [method, pattern] : all) routes.add({.method = method, .pattern = pattern});
  return routes;
}

std::string found(const Routes& routes, Method method, std::string_view path) {
  const Routes::Match match = routes.find(method, path);
  return match.route == nullptr ? "" : match.route->pattern;
}

TEST(Routes, TellsMethodsOfOnePathApart) {
  const Routes routes = routes_of({{Method::kGet, "/a"}, {Method::kPost, "/a"}});
  EXPECT_EQ(routes.find(Method::kGet, "/a").route, &routes.all()[0]);
  EXPECT_EQ(routes.find(Method::kPost, "/a").route, &routes.all()[1]);
  const auto match = routes.find(Method::kDelete, "/a");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_TRUE(match.other_method);
  EXPECT_THAT(match.allowed, UnorderedElementsAre(Method::kGet, Method::kPost));
}

TEST(Routes, LeaveAPathThatIsAPatternItselfToThat) {
  const Routes routes = routes_of({{Method::kPost, "/v1/track"}, {Method::kGet, "/{a}/{b}"}});
  EXPECT_EQ(found(routes, Method::kGet, "/v1/other"), "/{a}/{b}");
  const auto match = routes.find(Method::kGet, "/v1/track");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_TRUE(match.other_method);
  EXPECT_THAT(match.allowed, ElementsAre(Method::kPost));
}

TEST(Routes, KnowsWhatItDoesNotKnow) {
  const Routes routes = routes_of({{Method::kGet, "/a"}, {Method::kGet, "/a/{id}/b"}});
  for (const std::string_view path :
       {"", "*", "a", "/", "/a/", "/A", "/a/1", "/a//b", "/a/1/b/", "/a/1/c", "//a"}) {
    const auto match = routes.find(Method::kGet, path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_FALSE(match.other_method) << path;
    EXPECT_THAT(match.allowed, IsEmpty()) << path;
  }
}

TEST(Routes, DecodesWhatItCaptures) {
  const Routes routes =
      routes_of({{Method::kGet, "/p/{id}/s/{name}"}, {Method::kGet, "/files/{rest...}"}});
  EXPECT_THAT(routes.find(Method::kGet, "/p/a%2Fb/s/x+y").captures,
              ElementsAre(Pair("id", "a/b"), Pair("name", "x+y")));
  EXPECT_THAT(routes.find(Method::kGet, "/files/a/b%20c/").captures,
              ElementsAre(Pair("rest", "a/b c/")));
  EXPECT_THAT(routes.find(Method::kGet, "/files/").captures, ElementsAre(Pair("rest", "")));
  EXPECT_EQ(found(routes, Method::kGet, "/files"), "");
}

TEST(Routes, PreferTheLiteralWhateverTheOrder) {
  for (const bool turned : {false, true}) {
    std::vector<std::pair<Method, std::string>> all = {{Method::kGet, "/v1/batch"},
                                                       {Method::kGet, "/v1/{what}"},
                                                       {Method::kGet, "/{vendor}/{version}"},
                                                       {Method::kGet, "/{vendor}/tp2"},
                                                       {Method::kGet, "/{rest...}"}};
    if (turned) std::reverse(all.begin(), all.end());
    const Routes routes = routes_of(all);
    EXPECT_EQ(found(routes, Method::kGet, "/v1/batch"), "/v1/batch");
    EXPECT_EQ(found(routes, Method::kGet, "/v1/other"), "/v1/{what}");
    EXPECT_EQ(found(routes, Method::kGet, "/com.x/tp2"), "/{vendor}/tp2");
    EXPECT_EQ(found(routes, Method::kGet, "/com.x/v2"), "/{vendor}/{version}");
    EXPECT_EQ(found(routes, Method::kGet, "/a/b/c"), "/{rest...}");
  }
}

TEST(Routes, AnswerHeadByGetUnlessItHasItsOwn) {
  const Routes routes =
      routes_of({{Method::kGet, "/a"}, {Method::kGet, "/b"}, {Method::kHead, "/b"}});
  EXPECT_EQ(routes.find(Method::kHead, "/a").route, &routes.all()[0]);
  EXPECT_EQ(routes.find(Method::kHead, "/b").route, &routes.all()[2]);
}

}  // namespace
}  // namespace millrace::http
