#include "connectors/protocols/jitsu.hpp"

#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/spec_body.hpp"

#include <algorithm>
#include <array>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;

constexpr std::array<std::string_view, 6> kTypes = {
    "track", "page", "screen", "identify", "group", "alias"};
// Patterns are views: these are what the types above make of the paths.
constexpr std::array<std::string_view, 6> kBrowser = {"/api/s/track",
                                                      "/api/s/page",
                                                      "/api/s/screen",
                                                      "/api/s/identify",
                                                      "/api/s/group",
                                                      "/api/s/alias"};
constexpr std::array<std::string_view, 6> kServer = {"/api/s/s2s/track",
                                                     "/api/s/s2s/page",
                                                     "/api/s/s2s/screen",
                                                     "/api/s/s2s/identify",
                                                     "/api/s/s2s/group",
                                                     "/api/s/s2s/alias"};
constexpr std::array<std::string_view, 6> kPixel = {"/api/px/track",
                                                    "/api/px/page",
                                                    "/api/px/screen",
                                                    "/api/px/identify",
                                                    "/api/px/group",
                                                    "/api/px/alias"};

std::vector<Endpoint> endpoints() {
  std::vector<Endpoint> made{{Method::kPost, "/api/s/batch", "", kSpecBatchExample},
                             {Method::kPost, "/api/s/s2s/batch", "", kSpecBatchExample}};
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    made.push_back({Method::kPost, kBrowser[i], kTypes[i]});
    made.push_back({Method::kPost, kServer[i], kTypes[i]});
    // {"event":"E","userId":"u","groupId":"g","previousId":"p"}
    made.push_back(
        {Method::kGet,
         kPixel[i],
         kTypes[i],
         "writekey=KEY&data="
         "eyJldmVudCI6IkUiLCJ1c2VySWQiOiJ1IiwiZ3JvdXBJZCI6ImciLCJwcmV2aW91c0lkIjoicCJ9"});
  }
  return made;
}

Reading read_query(const Request& request, const Endpoint& endpoint, Workbench& bench) {
  Request inside = request;
  bench.made = request.parameter("data").value_or("");
  inside.body = bench.made;
  bench.visitor = request.cookie("__eventn_id");
  Reading reading = read_spec_body(inside, endpoint, bench.key, bench);
  if (auto* decoded = std::get_if<Decoded>(&reading)) {
    decoded->delivery.cookie_id = bench.visitor;
    decoded->answer = gif_answer;
  }
  return reading;
}

Reading decode(const Request& request, const Endpoint& endpoint, Workbench& bench) {
  bench.key = request.header("x-write-key");
  if (bench.key.empty()) bench.key = basic_user(request);
  if (bench.key.empty()) bench.key = request.parameter("writekey").value_or("");
  if (endpoint.method == Method::kGet) return read_query(request, endpoint, bench);
  return read_spec_body(request, endpoint, bench.key, bench);
}

}  // namespace

Dialect jitsu() {
  Dialect made;
  made.name = "jitsu";
  made.title = "Jitsu";
  made.summary = "Takes events as Jitsu's SDKs send them.";
  made.notes =
      "The Segment spec, and every name is kept as it is. The key is the whole of `X-Write-Key` "
      "(`id:secret`), Basic authorization's user, `writekey` in a pixel's query, or `writeKey` in "
      "the "
      "body. Its Segment aliases (`/v1/batch`, `/v1/projects/.../settings`) are Segment's.";
  made.example = kSpecExample;
  made.endpoints = endpoints();
  made.decode = decode;
  made.answer = [](const Outcome& outcome) { return json_answer(outcome, R"({"ok":true})"); };
  return made;
}

}  // namespace millrace::protocols
