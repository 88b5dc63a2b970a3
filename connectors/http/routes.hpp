// Which handler answers which request: the table that every part of the server adds its routes to,
// and that the OpenAPI document and the test of rights are made from.
//
// Filled before the server starts, then read by all of its threads.
#pragma once

#include "connectors/http/exchange.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

// Takes over the connection of a request to upgrade it: upgrade.hpp.
struct Upgraded;
using UpgradeHandler = std::function<void(const Request&, Upgraded&&)>;

struct Route {
  Method method = Method::kGet;
  std::string pattern;  // "/v1/profiles/{id}/segments"; a last "{rest...}" takes what remains
  Right right = Right::kNone;
  std::size_t body_max = 0;  // bytes as sent
  int too_large = 413;       // the status for more; 400 where clients would repeat a 413 for ever
  std::string summary;       // a sentence, for the OpenAPI document
  Handler handler;           // may be empty if there is `upgrade`
  std::vector<Parameter> parameters{};
  std::string answer{};  // the JSON Schema of a 200's body; empty: it is not JSON
  // What a request has for its query if it is a GET, else for its body, where KEY stands for a
  // write key.
  std::string example{};
  UpgradeHandler upgrade{};  // of requests that ask for a WebSocket: kGet, without a body
};

// What the routes of a server share. Both are called on I/O threads and must not block.
struct Gate {
  // Asked when the head is there and before the body is read; an answer refuses the request.
  std::function<std::optional<Response>(const Request&, const Route&)> admit{};
  // Sees every answer before it is written, the server's own refusals included: for CORS headers.
  std::function<void(const Request&, const Route&, Response&)> finish{};
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
  // HEAD is answered by GET's route. Of several patterns that fit, the one that is literal where
  // the others first have a capture; a path that is a pattern itself fits no other.
  Match find(Method method, std::string_view path) const;

  const std::vector<Route>& all() const { return routes_; }

 private:
  struct Segment {
    enum class Kind : std::uint8_t { kLiteral, kCapture, kRest };
    Kind kind;
    std::string_view text;  // the literal, or the capture's name; of a pattern in patterns_
    bool operator==(const Segment&) const = default;
  };
  // All routes of one pattern.
  struct Pattern {
    std::string text;
    std::vector<Segment> segments;
    std::vector<std::size_t> routes;  // indices into routes_
  };

  static std::vector<Segment> split(std::string_view pattern);
  static bool before(const Pattern& a, const Pattern& b);
  static bool fits(const Pattern& pattern, std::string_view path, Match& match);
  const Route* route_of(const Pattern& pattern, Method method) const;
  Pattern& pattern_of(const std::string& text);

  std::vector<Route> routes_;
  std::deque<Pattern> literal_;  // without captures; never moved
  std::unordered_map<std::string_view, Pattern*> literal_by_path_;
  std::list<Pattern> captured_;  // the more literal first
};

}  // namespace millrace::http
