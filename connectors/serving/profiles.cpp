#include "connectors/serving/profiles.hpp"

#include "connectors/serving/answers.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::serving {
namespace {

constexpr std::string_view kSegmentsSchema =
    R"({"type":"array","items":{"type":"object","required":["name","since"],"properties":{)"
    R"("name":{"type":"string"},"since":{"type":"string","format":"date-time"}}}})";

constexpr std::string_view kHeadSchema =
    R"("profile":{"type":"string","description":"The profile's own text, which is an id too."},)"
    R"("position":{"type":"integer","minimum":0,)"
    R"("description":"Everything before it in the journal is in this answer."},"segments":)";

// Present in every answer, whether or not the topology keeps anything there.
constexpr std::string_view kSections[] = {"traits", "features", "cluster", "consent"};

std::string segments_schema() {
  return fmt::format(
      R"({{"type":"object","required":["profile","position","segments"],"properties":{{{}{}}}}})",
      kHeadSchema,
      kSegmentsSchema);
}

std::string profile_schema() {
  std::string sections;
  for (const auto section : kSections)
    sections += fmt::format(R"(,"{}":{{"type":"object"}})", section);
  return fmt::format(
      R"({{"type":"object","required":["profile","ids","position","segments","traits","features",)"
      R"("cluster","consent"],"properties":{{{}{},)"
      R"("ids":{{"type":"array","items":{{"type":"string"}}}},)"
      R"("first_seen":{{"type":"string","format":"date-time"}},)"
      R"("now":{{"type":"string","format":"date-time"}}{}}}}})",
      kHeadSchema,
      kSegmentsSchema,
      sections);
}

void write_head(const ProfileView& view, JsonWriter& json) {
  json.key("profile").value(profile_text(view.profile));
  json.key("position").value(view.position);
  json.key("segments").array();
  for (const auto& membership : view.segments) {
    json.object();
    json.key("name").value(membership.segment);
    json.key("since").value(format_time(membership.since));
    json.end();
  }
  json.end();
}

void write_section(std::string_view name,
                   const std::map<std::string, std::string>& section,
                   JsonWriter& json) {
  json.key(name).object();
  for (const auto& [key, text] : section) json.key(key).raw(text);
  json.end();
}

void write_profile(const ProfileView& view, JsonWriter& json) {
  json.object();
  write_head(view, json);
  json.key("ids").array();
  for (const auto& id : view.ids) json.value(id);
  json.end();
  if (view.first_seen != kNever) json.key("first_seen").value(format_time(view.first_seen));
  json.key("now").value(format_time(view.now));
  for (const auto name : kSections)
    if (!view.sections.contains(name)) write_section(name, {}, json);
  for (const auto& [name, section] : view.sections) write_section(name, section, json);
  json.end();
}

void write_segments(const ProfileView& view, JsonWriter& json) {
  json.object();
  write_head(view, json);
  json.end();
}

using Write = void (*)(const ProfileView&, JsonWriter&);

http::Handler handler(Queries& queries, Write write) {
  return [&queries, write](const http::Request& request, http::ReplyRef reply) {
    http::Response bad;
    // `after` names a record that is to be in the answer, Queries the first that need not be.
    constexpr Position kNone = 0;
    std::optional<Position> after =
        number(request, "after", kNoPosition, {0, kNoPosition - 1}, bad);
    if (!after) return reply->send(std::move(bad));
    after = *after == kNoPosition ? kNone : *after + 1;
    find_profile(
        queries, request.capture("id"), *after, [write, reply = std::move(reply)](auto found) {
          if (!found.ok()) return reply->send(failure(found.error()));
          if (!*found)
            return reply->send(
                http::refusal(404, "unknown_profile", "nobody is known by this identifier"));
          reply->send(answer([&](JsonWriter& json) { write(**found, json); }));
        });
  };
}

void try_next(Queries& queries,
              std::vector<std::string> ids,  // the next one last
              Position after,
              Queries::ProfileDone done) {
  std::string id = std::move(ids.back());
  ids.pop_back();
  queries.profile(std::move(id),
                  after,
                  [&queries, ids = std::move(ids), after, done = std::move(done)](auto found) {
                    if (found.ok() && !*found && !ids.empty())
                      return try_next(queries, ids, after, done);
                    done(std::move(found));
                  });
}

}  // namespace

void find_profile(Queries& queries,
                  std::string_view id,
                  Position after,
                  Queries::ProfileDone done) {
  const std::string text(id);
  std::vector<std::string> ids{"anonymous_id:" + text, "user_id:" + text};
  if (text.find(':') != std::string::npos)
    ids.push_back(text);
  else if (parse_profile(text) != kNoProfile)
    ids.insert(ids.begin(), text);
  try_next(queries, std::move(ids), after, std::move(done));
}

void add_profile_routes(http::Routes& routes, Queries& queries) {
  const http::Parameter after{
      "after",
      "A position of the journal: the answer holds what that record changed, or is a 503.",
      R"({"type":"integer","minimum":0})"};
  routes.add({.method = http::Method::kGet,
              .pattern = "/v1/profiles/{id}",
              .right = http::Right::kRead,
              .summary = "What is known of the customer who has an identifier.",
              .handler = handler(queries, write_profile),
              .parameters = {after},
              .answer = profile_schema()});
  routes.add({.method = http::Method::kGet,
              .pattern = "/v1/profiles/{id}/segments",
              .right = http::Right::kRead,
              .summary = "The segments that the customer is in, and since when.",
              .handler = handler(queries, write_segments),
              .parameters = {after},
              .answer = segments_schema()});
}

}  // namespace millrace::serving
