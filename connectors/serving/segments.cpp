#include "connectors/serving/segments.hpp"

#include "connectors/serving/answers.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::serving {
namespace {

constexpr std::uint64_t kMembersMax = 1'000;  // of one page
constexpr std::uint64_t kMembersUsual = 100;

constexpr std::string_view kSegmentsSchema =
    R"({"type":"object","required":["position","segments"],"properties":{)"
    R"("position":{"type":"integer","minimum":0},"segments":{"type":"array","items":{)"
    R"("type":"object","required":["name","members"],"properties":{)"
    R"("name":{"type":"string"},"members":{"type":"integer","minimum":0}}}}}})";

constexpr std::string_view kMembersSchema =
    R"({"type":"object","required":["segment","members","next"],"properties":{)"
    R"("segment":{"type":"string"},"members":{"type":"array","items":{)"
    R"("type":"object","required":["profile","since"],"properties":{)"
    R"("profile":{"type":"string"},"since":{"type":"string","format":"date-time"}}}},)"
    R"("next":{"type":["string","null"],"description":"The next page's cursor; null: none."}}})";

void answer_segments(const Queries& queries, http::Reply& reply) {
  const Position position = queries.processed();
  reply.send(answer([&](JsonWriter& json) {
    json.object();
    json.key("position").value(position);
    json.key("segments").array();
    for (const auto& segment : queries.segments()) {
      json.object();
      json.key("name").value(segment.name);
      json.key("members").value(segment.members);
      json.end();
    }
    json.end().end();
  }));
}

http::Response members(const Queries& queries, const http::Request& request) {
  http::Response bad;
  const auto limit = number(request, "limit", kMembersUsual, {1, kMembersMax}, bad);
  if (!limit) return bad;
  // A cursor is the text of the profile that the next page begins with, but that is our own affair.
  ProfileId from = 0;
  if (const auto cursor = request.parameter("cursor")) {
    from = parse_profile(*cursor);
    if (from == kNoProfile)
      return http::refusal(400, "bad_parameter", "cursor must be the \"next\" of another page");
  }
  const auto page = queries.members(request.capture("name"), from, *limit);
  if (!page.ok()) return failure(page.error());
  return answer([&](JsonWriter& json) {
    json.object();
    json.key("segment").value(request.capture("name"));
    json.key("members").array();
    for (const auto& member : page->members) {
      json.object();
      json.key("profile").value(profile_text(member.profile));
      json.key("since").value(format_time(member.since));
      json.end();
    }
    json.end().key("next");
    if (page->next)
      json.value(profile_text(*page->next));
    else
      json.null();
    json.end();
  });
}

}  // namespace

void add_segment_routes(http::Routes& routes, Queries& queries) {
  routes.add(
      {.method = http::Method::kGet,
       .pattern = "/v1/segments",
       .right = http::Right::kRead,
       .summary = "All segments and how many members they have.",
       .handler = [&queries](const http::Request&,
                             const http::ReplyRef& reply) { answer_segments(queries, *reply); },
       .answer = std::string(kSegmentsSchema)});
  routes.add(
      {.method = http::Method::kGet,
       .pattern = "/v1/segments/{name}/members",
       .right = http::Right::kRead,
       .summary = "The members of a segment, page by page.",
       .handler = [&queries](
                      const http::Request& request,
                      const http::ReplyRef& reply) { reply->send(members(queries, request)); },
       .parameters = {{"cursor", "The \"next\" of the page before."},
                      {"limit",
                       "The most members of a page.",
                       fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})",
                                   kMembersMax,
                                   kMembersUsual)}},
       .answer = std::string(kMembersSchema)});
}

}  // namespace millrace::serving
