// Which handler answers which request: the table that every part of the server adds its routes to,
// and that the OpenAPI document and the test of rights are made from.
//
// Filled before the server starts, then read by all of its threads.
#pragma once

#include "connectors/http/exchange.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

// What a request must bring to be let in.
enum class Right : std::uint8_t {
  kNone,   // anybody: health, the plain page
  kWrite,  // a write key, where its protocol puts it: the handler itself asks for it
  kRead,   // a read key or an admin token
  kAdmin,  // an admin token
};

// A parameter of the query, for the OpenAPI document.
struct Parameter {
  std::string name;
  std::string summary;
  std::string schema = R"({"type":"string"})";  // JSON Schema
};

struct Route {
  Method method = Method::kGet;
  std::string pattern;  // "/v1/profiles/{id}/segments"; a last "{rest...}" takes what remains
  Right right = Right::kNone;
  std::size_t body_max = 0;  // bytes as sent
  std::string summary;       // a sentence, for the OpenAPI document
  Handler handler;
  std::vector<Parameter> parameters;
  std::string answer;  // the JSON Schema of a 200's body; empty: it is not JSON
};

class Routes {
 public:
  // Precondition: no other route has the same method and pattern.
  void add(Route route);

  struct Match {
    const Route* route = nullptr;  // null: none
    bool other_method = false;     // the path is known, the method is not: 405
    std::vector<Method> allowed;   // for 405 and OPTIONS
    std::vector<std::pair<std::string_view, std::string>> captures;
  };
  // HEAD is answered by GET's route.
  Match find(Method method, std::string_view path) const;

  const std::vector<Route>& all() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace millrace::http
