#include "connectors/serving/openapi.hpp"

#include "connectors/serving/answers.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace millrace::serving {
namespace {

using http::Method;
using http::Right;
using http::Route;

constexpr std::string_view kErrorResponse =
    R"({"description":"It did not work; the reason is in the answer.","content":{)"
    R"("application/json":{"schema":{"type":"object","required":["error","detail"],"properties":{)"
    R"("error":{"type":"string","description":"A word to decide by."},)"
    R"("detail":{"type":"string","description":"A sentence for people."},)"
    R"("code":{"type":"integer","description":"The status once more."}}}}}})";

constexpr std::string_view kSecuritySchemes =
    R"({"write_key":{"type":"http","scheme":"basic","description":"A write key as the user name."},)"
    R"("read_key":{"type":"http","scheme":"bearer","description":"A read key or an admin token."},)"
    R"("admin_token":{"type":"http","scheme":"bearer","description":"An admin token."}})";

// By Method; empty: OpenAPI has no place for it.
constexpr std::array<std::string_view, 7> kMethods = {
    "get", "head", "post", "put", "delete", "options", ""};
// By Right.
constexpr std::array<std::string_view, 4> kSchemes = {"", "write_key", "read_key", "admin_token"};

// As OpenAPI writes it, and the names of its captures: "/v1/{rest...}" is "/v1/{rest}".
std::string path_of(std::string_view pattern, std::vector<std::string>& captures) {
  std::string path;
  while (!pattern.empty()) {
    const auto open = std::min(pattern.find('{'), pattern.size());
    path += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    std::string_view name = pattern.substr(1, pattern.find('}') - 1);
    pattern.remove_prefix(name.size() + 2);
    if (name.ends_with("...")) name.remove_suffix(3);
    captures.emplace_back(name);
    path.append("{").append(name).append("}");
  }
  return path;
}

void write_parameters(const Route& route,
                      const std::vector<std::string>& captures,
                      JsonWriter& json) {
  if (captures.empty() && route.parameters.empty()) return;
  json.key("parameters").array();
  for (const auto& name : captures) {
    json.object();
    json.key("name").value(name).key("in").value("path").key("required").value(true);
    json.key("schema").raw(R"({"type":"string"})");
    json.end();
  }
  for (const auto& parameter : route.parameters) {
    json.object();
    json.key("name").value(parameter.name).key("in").value("query");
    json.key("description").value(parameter.summary);
    json.key("schema").raw(parameter.schema);
    json.end();
  }
  json.end();
}

void write_responses(const Route& route, JsonWriter& json) {
  json.key("responses").object();
  if (route.upgrade) json.key("101").raw(R"({"description":"A WebSocket."})");
  if (route.handler) {
    json.key("200").object().key("description").value("It worked.");
    if (!route.answer.empty()) {
      json.key("content").object().key("application/json").object();
      json.key("schema").raw(route.answer);
      json.end().end();
    }
    json.end();
  }
  json.key("default").raw(R"({"$ref":"#/components/responses/error"})");
  json.end();
}

void write_operation(const Route& route,
                     const std::vector<std::string>& captures,
                     JsonWriter& json) {
  json.object();
  json.key("summary").value(route.summary);
  write_parameters(route, captures, json);
  if (route.body_max > 0)
    json.key("requestBody").raw(R"({"required":true,"content":{"*/*":{"schema":{}}}})");
  write_responses(route, json);
  if (route.right != Right::kNone) {
    json.key("security").array().object();
    json.key(kSchemes[static_cast<std::size_t>(route.right)]).array().end();
    json.end().end();
  }
  json.end();
}

}  // namespace

std::string openapi(const http::Routes& routes) {
  struct Path {
    std::vector<std::string> captures;
    std::vector<const Route*> routes;
  };
  std::map<std::string, Path> paths;
  for (const Route& route : routes.all()) {
    if (kMethods[static_cast<std::size_t>(route.method)].empty()) continue;
    std::vector<std::string> captures;
    Path& path = paths[path_of(route.pattern, captures)];
    path.captures = std::move(captures);
    path.routes.push_back(&route);
  }

  std::string text;
  JsonWriter json(text);
  json.object();
  json.key("openapi").value("3.1.0");
  json.key("info").raw(
      R"({"title":"Millrace","version":"1","summary":"Events in, profiles and segments out."})");
  json.key("paths").object();
  for (const auto& [name, path] : paths) {
    json.key(name).object();
    for (const Route* const route : path.routes) {
      json.key(kMethods[static_cast<std::size_t>(route->method)]);
      write_operation(*route, path.captures, json);
    }
    json.end();
  }
  json.end();
  json.key("components").object();
  json.key("responses").object().key("error").raw(kErrorResponse).end();
  json.key("securitySchemes").raw(kSecuritySchemes);
  json.end().end();
  return text;
}

void add_openapi_route(http::Routes& routes) {
  routes.add({.method = Method::kGet,
              .pattern = "/openapi.json",
              .summary = "This document.",
              .handler =
                  [&routes](const http::Request&, const http::ReplyRef& reply) {
                    reply->send({.body = openapi(routes)});
                  },
              .answer = R"({"type":"object","required":["openapi"]})"});
}

}  // namespace millrace::serving
