#include "connectors/serving/sinks.hpp"

#include "connectors/serving/answers.hpp"

#include <fmt/format.h>

#include <limits>

namespace millrace::serving {
namespace {

constexpr std::uint64_t kLettersMax = 1'000;  // of one page
constexpr std::uint64_t kLettersUsual = 100;

constexpr std::string_view kSinksSchema =
    R"({"type":"object","required":["sinks"],"properties":{"sinks":{"type":"array","items":{)"
    R"("type":"object","required":["name","pending","delivered","dead_letters","disabled"],)"
    R"("properties":{"name":{"type":"string"},)"
    R"("pending":{"type":"integer","minimum":0},"pending_bytes":{"type":"integer","minimum":0},)"
    R"("delivered":{"type":"integer","minimum":0},"retried":{"type":"integer","minimum":0},)"
    R"("dead_letters":{"type":"integer","minimum":0},"dropped":{"type":"integer","minimum":0},)"
    R"("paused":{"type":"boolean"},"disabled":{"type":["string","null"]},)"
    R"("last_failure":{"type":["string","null"]}}}}}})";

constexpr std::string_view kLettersSchema =
    R"({"type":"object","required":["sink","dead_letters","next"],"properties":{)"
    R"("sink":{"type":"string"},"dead_letters":{"type":"array","items":{)"
    R"("type":"object","required":["sequence","id","reason","body"],"properties":{)"
    R"("sequence":{"type":"integer","minimum":0},"id":{"type":"string"},)"
    R"("time":{"type":"string","format":"date-time"},)"
    R"("given_up":{"type":"string","format":"date-time"},)"
    R"("attempts":{"type":"integer","minimum":0},"reason":{"type":"string"},)"
    R"("body":{"type":"string"}}}},"next":{"type":["integer","null"],)"
    R"("description":"Where the next page begins; null: there is none."}}})";

void value_or_null(JsonWriter& json, std::string_view text) {
  if (text.empty())
    json.null();
  else
    json.value(text);
}

void write_sink(JsonWriter& json, const SinkState& sink) {
  json.object();
  json.key("name").value(sink.name);
  json.key("pending").value(sink.pending);
  json.key("pending_bytes").value(sink.pending_bytes);
  json.key("delivered").value(sink.delivered);
  json.key("retried").value(sink.retried);
  json.key("dead_letters").value(sink.dead_letters);
  json.key("dropped").value(sink.dropped);
  json.key("paused").value(sink.paused);
  value_or_null(json.key("disabled"), sink.disabled);
  value_or_null(json.key("last_failure"), sink.last_failure);
  json.end();
}

void write_letter(JsonWriter& json, const DeadLetterView& letter) {
  json.object();
  json.key("sequence").value(letter.sequence);
  json.key("id").value(letter.id);
  json.key("time").value(format_time(letter.time));
  json.key("given_up").value(format_time(letter.given_up));
  json.key("attempts").value(std::uint64_t{letter.attempts});
  json.key("reason").value(letter.reason);
  json.key("body").value(letter.body);
  json.end();
}

http::Response sinks(const Queries& queries) {
  return answer([&](JsonWriter& json) {
    json.object().key("sinks").array();
    for (const SinkState& sink : queries.sinks()) write_sink(json, sink);
    json.end().end();
  });
}

http::Response dead_letters(const Queries& queries, const http::Request& request) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  http::Response bad;
  const auto limit = number(request, "limit", kLettersUsual, {1, kLettersMax}, bad);
  if (!limit) return bad;
  const auto from = number(request, "from", 0, {0, kMost}, bad);
  if (!from) return bad;
  // One more than asked for: whether there is another page.
  auto letters = queries.dead_letters(request.capture("name"), *from, *limit + 1);
  if (!letters) return failure(letters.error());
  std::optional<std::uint64_t> next;
  if (letters->size() > *limit) {
    next = letters->back().sequence;
    letters->pop_back();
  }
  return answer([&](JsonWriter& json) {
    json.object();
    json.key("sink").value(request.capture("name"));
    json.key("dead_letters").array();
    for (const DeadLetterView& letter : *letters) write_letter(json, letter);
    json.end().key("next");
    if (next)
      json.value(*next);
    else
      json.null();
    json.end();
  });
}

http::Response enable(Queries& queries, const http::Request& request) {
  if (const Status enabled = queries.enable_sink(request.capture("name")); !enabled)
    return failure(enabled.error());
  return answer([](JsonWriter& json) { json.object().key("enabled").value(true).end(); });
}

}  // namespace

void add_sink_routes(http::Routes& routes, Queries& queries) {
  routes.add({.method = http::Method::kGet,
              .pattern = "/v1/sinks",
              .right = http::Right::kRead,
              .summary = "The sinks that have outboxes: what waits, and how deliveries went.",
              .handler = [&queries](const http::Request&,
                                    const http::ReplyRef& reply) { reply->send(sinks(queries)); },
              .answer = std::string(kSinksSchema)});
  routes.add(
      {.method = http::Method::kGet,
       .pattern = "/v1/sinks/{name}/dead-letters",
       .right = http::Right::kAdmin,
       .summary = "What a sink's receiver refused for good, oldest first.",
       .handler = [&queries](
                      const http::Request& request,
                      const http::ReplyRef& reply) { reply->send(dead_letters(queries, request)); },
       .parameters = {{"from", "The \"next\" of the page before.", R"({"type":"integer"})"},
                      {"limit",
                       "The most dead letters of a page.",
                       fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})",
                                   kLettersMax,
                                   kLettersUsual)}},
       .answer = std::string(kLettersSchema)});
  routes.add({.method = http::Method::kPost,
              .pattern = "/admin/sinks/{name}/enable",
              .right = http::Right::kAdmin,
              .summary = "Has a sink try again whose receiver wanted nothing more (410).",
              .handler =
                  [&queries](const http::Request& request, const http::ReplyRef& reply) {
                    reply->send(enable(queries, request));
                  },
              .answer = R"({"type":"object","required":["enabled"]})"});
}

}  // namespace millrace::serving
