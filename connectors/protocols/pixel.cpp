#include "connectors/protocols/pixel.hpp"

#include "connectors/http/url.hpp"
#include "connectors/protocols/nested_json.hpp"
#include "connectors/protocols/visitor_cookie.hpp"

#include <algorithm>
#include <array>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

// GIF89a, 1x1, transparent: 43 bytes.
constexpr std::string_view kGif(
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00;",
    43);

// An event's own fields; any other parameter is a property.
constexpr std::array<std::string_view, 11> kFields = {"type",
                                                      "event",
                                                      "name",
                                                      "userId",
                                                      "anonymousId",
                                                      "previousId",
                                                      "groupId",
                                                      "messageId",
                                                      "timestamp",
                                                      "originalTimestamp",
                                                      "sentAt"};
constexpr std::array<std::string_view, 4> kObjects = {
    "context.", "properties.", "traits.", "integrations."};

bool is_path(std::string_view name) {
  return std::find(kFields.begin(), kFields.end(), name) != kFields.end() ||
         std::any_of(kObjects.begin(), kObjects.end(), [&](std::string_view object) {
           return name.starts_with(object);
         });
}

Decoded decode(const Request& request, Workbench& bench, const VisitorCookie& cookie) {
  auto& pairs = bench.pairs;
  pairs.clear();
  bench.key.clear();
  bool has_type = false;
  bool has_event = false;
  bool has_page = false;
  http::for_each_parameter(request.query, [&](std::string name, std::string value) {
    if (name == "writeKey") {
      bench.key = std::move(value);
      return;
    }
    has_type |= name == "type";
    has_event |= name == "event";
    has_page |= name == "context.page.url";
    if (!is_path(name)) name.insert(0, "properties.");
    pairs.emplace_back(std::move(name), std::move(value));
  });
  if (const auto page = request.header("referer"); !page.empty() && !has_page)
    pairs.emplace_back("context.page.url", page);
  bench.made.clear();
  write_nested_json(pairs, bench.made);

  Decoded decoded;
  bench.visitor = cookie.id_of(request);
  if (cookie.enabled())
    decoded.headers.emplace_back("Set-Cookie", cookie.set(bench.visitor, request.secure));
  Delivery& delivery = decoded.delivery;
  delivery.protocol = Protocol::kPixel;
  if (!has_type) delivery.endpoint = has_event ? "track" : "page";
  delivery.write_key = bench.key;
  delivery.body = bench.made;
  delivery.cookie_id = bench.visitor;
  return decoded;
}

Response answer(const Outcome& outcome) {
  Response response;
  response.content_type = "image/gif";
  response.body = kGif;
  auto& headers = response.headers;
  headers.reserve(5);
  headers.emplace_back("Cache-Control", "no-store");
  // So that pages which isolate themselves (COEP) may show it too.
  headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");
  if (outcome.kind == Outcome::Kind::kLater) {
    response.status = 503;
    headers.emplace_back("Retry-After", std::to_string(outcome.retry_after.count()));
  }
  if (!outcome.reason.empty()) headers.emplace_back("X-Millrace-Reason", outcome.reason);
  return response;
}

}  // namespace

void add_pixel(Collector& collector, Workbenches& benches, http::Routes& routes) {
  add_dialect({.name = "pixel",
               .summary = "Takes an event from a query, and answers a transparent 1x1 GIF.",
               .endpoints = {{Method::kGet, "/pixel.gif", ""},
                             {Method::kGet, "/i", ""},
                             {Method::kGet, "/pixel/v1/track", "track"},
                             {Method::kGet, "/pixel/v1/page", "page"},
                             {Method::kGet, "/api/px/track", "track"}},
               .decode =
                   [cookie = VisitorCookie(collector.config().cookie)](
                       const Request& request, const Endpoint& endpoint, Workbench& bench) {
                     Decoded decoded = decode(request, bench, cookie);
                     if (!endpoint.type.empty()) decoded.delivery.endpoint = endpoint.type;
                     return decoded;
                   },
               .answer = answer},
              collector,
              benches,
              routes);
}

}  // namespace millrace::protocols
