#include "connectors/protocols/pixel.hpp"

#include "connectors/protocols/nested_json.hpp"

#include <algorithm>
#include <array>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;

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

// Snowplow's trackers have /i for themselves, and never a write key.
bool is_pixel(const Request& request, Workbench& bench) {
  return request.path != "/i" || bench.parameter(request, "writeKey").has_value();
}

}  // namespace

Decoded read_pixel(const Request& request, const Endpoint& endpoint, Workbench& bench) {
  auto& pairs = bench.said;
  pairs.clear();
  bench.key.clear();
  bool has_type = false;
  bool has_event = false;
  bool has_page = false;
  for (const auto& [name, value] : bench.query(request)) {
    if (name == "writeKey") {
      bench.key = value;
      continue;
    }
    has_type |= name == "type";
    has_event |= name == "event";
    has_page |= name == "context.page.url";
    pairs.emplace_back(is_path(name) ? name : bench.arena.join("properties.", name), value);
  }
  if (const auto page = request.header("referer"); !page.empty() && !has_page)
    pairs.emplace_back("context.page.url", page);
  bench.made.clear();
  write_nested_json(pairs, bench.made);

  const VisitorCookie& cookie = bench.settings.cookie;
  Decoded decoded;
  bench.visitor = cookie.id_of(request);
  if (cookie.enabled())
    decoded.headers.emplace_back("Set-Cookie", cookie.set(bench.visitor, request.secure));
  Delivery& delivery = decoded.delivery;
  if (!endpoint.type.empty())
    delivery.endpoint = endpoint.type;
  else if (!has_type)
    delivery.endpoint = has_event ? "track" : "page";
  delivery.write_key = bench.key;
  delivery.body = bench.made;
  delivery.cookie_id = bench.visitor;
  return decoded;
}

Dialect pixel() {
  Dialect made;
  made.name = "pixel";
  made.title = "Plain 1x1 pixel";
  made.summary = "Takes an event from a query, and answers a transparent 1x1 GIF.";
  made.notes =
      "A parameter is a field of a Segment-spec event by its dotted path (`event`, `userId`, "
      "`traits.email`, `context.page.url`), any other name is a property. The key is `writeKey`; "
      "a visitor without an id is known by a first-party cookie.";
  made.example = "writeKey=KEY&event=E&userId=u";
  made.endpoints = {{Method::kGet, "/pixel.gif"}, {Method::kGet, "/i"}};
  made.claims = is_pixel;
  made.decode = read_pixel;
  made.answer = gif_answer;
  return made;
}

}  // namespace millrace::protocols
