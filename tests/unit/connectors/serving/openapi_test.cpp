#include "connectors/serving/openapi.hpp"

#include "connectors/serving/health.hpp"
#include "connectors/serving/live_feed.hpp"
#include "connectors/serving/profiles.hpp"
#include "connectors/serving/segments.hpp"
#include "tests/support/schema_check.hpp"
#include "tests/unit/connectors/serving/fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace millrace::serving {
namespace {

using ::testing::IsEmpty;

// The parts of the OpenAPI 3.1 specification (spec.openapis.org/oas/v3.1.0) that the document uses.
constexpr const char* kStructure = R"({
  "$defs": {
    "schema": {"type": "object"},
    "content": {"type": "object", "minProperties": 1, "additionalProperties": {
      "type": "object", "required": ["schema"], "additionalProperties": false,
      "properties": {"schema": {"$ref": "#/$defs/schema"}}}},
    "response": {"anyOf": [
      {"type": "object", "required": ["$ref"], "additionalProperties": false, "properties": {
        "$ref": {"const": "#/components/responses/error"}}},
      {"type": "object", "required": ["description"], "additionalProperties": false, "properties": {
        "description": {"type": "string"}, "content": {"$ref": "#/$defs/content"}}}]},
    "parameter": {"type": "object", "required": ["name", "in", "schema"],
      "additionalProperties": false, "properties": {
        "name": {"type": "string", "minLength": 1}, "in": {"enum": ["path", "query"]},
        "required": {"type": "boolean"}, "description": {"type": "string", "minLength": 1},
        "schema": {"$ref": "#/$defs/schema"}},
      "if": {"properties": {"in": {"const": "path"}}}, "then": {"required": ["required"]}},
    "operation": {"type": "object", "required": ["summary", "responses"],
      "additionalProperties": false, "properties": {
        "summary": {"type": "string", "minLength": 1},
        "parameters": {"type": "array", "items": {"$ref": "#/$defs/parameter"}},
        "requestBody": {"type": "object", "required": ["content"],
          "additionalProperties": false, "properties": {
            "required": {"type": "boolean"}, "content": {"$ref": "#/$defs/content"}}},
        "responses": {"type": "object", "minProperties": 1,
          "additionalProperties": {"$ref": "#/$defs/response"}},
        "security": {"type": "array", "items": {"type": "object", "additionalProperties": false,
          "properties": {"write_key": {"type": "array"}, "read_key": {"type": "array"},
                         "admin_token": {"type": "array"}}}}}}
  },
  "type": "object", "required": ["openapi", "info", "paths"], "additionalProperties": false,
  "properties": {
    "openapi": {"const": "3.1.0"},
    "info": {"type": "object", "required": ["title", "version"]},
    "paths": {"type": "object", "additionalProperties": {"type": "object",
      "additionalProperties": false, "properties": {
        "get": {"$ref": "#/$defs/operation"}, "put": {"$ref": "#/$defs/operation"},
        "post": {"$ref": "#/$defs/operation"}, "delete": {"$ref": "#/$defs/operation"},
        "options": {"$ref": "#/$defs/operation"}, "head": {"$ref": "#/$defs/operation"}}}},
    "components": {"type": "object", "required": ["responses", "securitySchemes"],
      "properties": {
        "responses": {"type": "object", "additionalProperties": {"$ref": "#/$defs/response"}},
        "securitySchemes": {"type": "object", "additionalProperties": {"type": "object",
          "required": ["type", "scheme"]}}}}
  }
})";

config::Node document(const std::string& text) {
  config::Problems problems;
  auto root = config::Document::load(text, "openapi", problems).root();
  EXPECT_TRUE(problems.empty()) << text;
  return root;
}

class OpenapiTest : public ::testing::Test {
 protected:
  OpenapiTest() {
    add_profile_routes(routes_, queries_);
    add_segment_routes(routes_, queries_);
    feed_.add_routes(routes_);
    add_health_routes(routes_, {});
    add_metrics_route(routes_, metrics_);
    add_openapi_route(routes_);
    routes_.add({.method = http::Method::kPost,
                 .pattern = "/v1/{rest...}",
                 .right = http::Right::kWrite,
                 .body_max = 100,
                 .summary = "Takes anything."});
  }

  FakeQueries queries_;
  Metrics metrics_;
  LiveFeed feed_{queries_};
  http::Routes routes_;
};

TEST_F(OpenapiTest, IsSoundAsTheSpecificationHasIt) {
  const auto answer = ask(routes_, "/openapi.json");
  const auto complaints =
      testing::schema_complaints(document(kStructure), document(answer.response.body));
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(OpenapiTest, HasEveryRouteAndNothingElse) {
  std::set<std::string> routes;
  for (const auto& route : routes_.all())
    routes.insert((route.method == http::Method::kPost ? "post " : "get ") +
                  (route.pattern == "/v1/{rest...}" ? "/v1/{rest}" : route.pattern));
  std::set<std::string> documented;
  for (const auto& path : document(openapi(routes_)).child("paths").entries())
    for (const auto& operation : path.value.entries())
      documented.insert(std::string(operation.key) + " " + std::string(path.key));
  EXPECT_EQ(documented, routes);
}

TEST_F(OpenapiTest, EveryCaptureIsAParameterOfItsPath) {
  for (const auto& path : document(openapi(routes_)).child("paths").entries())
    for (const auto& operation : path.value.entries()) {
      std::set<std::string> in_path;
      for (const auto& parameter : operation.value.child("parameters").items())
        if (parameter.child("in").text() == "path")
          in_path.insert("{" + std::string(parameter.child("name").text()) + "}");
      std::string rest(path.key);
      for (const auto& name : in_path) {
        const auto at = rest.find(name);
        ASSERT_NE(at, std::string::npos) << path.key;
        rest.erase(at, name.size());
      }
      EXPECT_EQ(rest.find('{'), std::string::npos) << path.key;
    }
}

TEST_F(OpenapiTest, SaysWhichKeyARouteAsksFor) {
  const auto paths = document(openapi(routes_)).child("paths");
  const auto of = [&](const char* path, const char* method) {
    return paths.child(path).child(method).child("security").items();
  };
  EXPECT_TRUE(of("/v1/segments", "get").at(0).child("read_key"));
  EXPECT_TRUE(of("/v1/{rest}", "post").at(0).child("write_key"));
  EXPECT_TRUE(of("/livez", "get").empty());
}

}  // namespace
}  // namespace millrace::serving
