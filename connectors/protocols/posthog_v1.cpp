#include "connectors/http/admission.hpp"
#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/posthog.hpp"
#include "connectors/protocols/posthog_event.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/time.hpp"

#include <boost/unordered/unordered_flat_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

// What its server takes for the mistake of a page, and for nobody's id.
constexpr std::array<std::string_view, 20> kNobodysIds = {"0",
                                                          "00000000-0000-0000-0000-000000000000",
                                                          "[object object]",
                                                          "anonymous",
                                                          "anonymous-user",
                                                          "backend",
                                                          "distinct_id",
                                                          "distinctid",
                                                          "email",
                                                          "false",
                                                          "guest",
                                                          "id",
                                                          "nan",
                                                          "none",
                                                          "not_authenticated",
                                                          "null",
                                                          "system",
                                                          "true",
                                                          "undefined",
                                                          "user"};

bool is_nobodys(std::string_view id) {
  const std::size_t first = std::min(id.find_first_not_of(' '), id.size());
  const std::string_view bare = id.substr(first, id.find_last_not_of(' ') + 1 - first);
  return std::any_of(kNobodysIds.begin(), kNobodysIds.end(), [&](std::string_view other) {
    return http::same_word(bare, other);
  });
}

// "posthog-node/5.70.0"
void name_library(std::string_view info, PosthogRequest& request) {
  const std::size_t slash = info.rfind('/');
  if (slash == std::string_view::npos) return;
  request.library = info.substr(0, slash);
  request.library_version = info.substr(slash + 1);
}

// Stricter than the older version is: an event that is badly made is dropped, and its sender told.
void judge(PosthogEvent& event) {
  constexpr std::size_t kNameMax = 200;
  if (!event.refused().empty()) return;
  const JsonNode time = event.timestamp();
  if (event.uuid().text().empty())
    event.refuse("missing_event_uuid", "the event has no uuid");
  else if (event.name().size() > kNameMax)
    event.refuse("event_name_too_long", "the event's name has more than 200 bytes");
  else if (is_nobodys(event.distinct_id()))
    event.refuse("malformed_distinct_id", "the distinct_id is what mistakes make, and nobody's");
  else if (!time.is(JsonKind::kString) || !parse_time(time.text()))
    event.refuse("invalid_event_timestamp", "the event's timestamp is no time");
}

// What became of each event, by uuid, as the answer says it.
class Results {
 public:
  explicit Results(std::size_t events) {
    constexpr std::size_t kResult = 64;
    text_.reserve(events * kResult);
    seen_.reserve(events);
    text_ = R"({"results":{)";
  }
  // False: there was an event of that uuid before.
  bool add(std::string_view uuid) { return seen_.insert(uuid).second; }
  void kept(JsonNode uuid) {
    name(uuid);
    text_ += R"(:{"result":"ok"},)";
  }
  void dropped(JsonNode uuid, std::string_view details) {
    name(uuid);
    text_ += R"(:{"result":"drop","details":)";
    append_json_string(text_, details);
    text_ += "},";
  }
  std::string take() {
    if (text_.back() == ',') text_.pop_back();
    text_ += "}}";
    return std::move(text_);
  }

 private:
  void name(JsonNode uuid) {
    if (uuid.is(JsonKind::kString))
      text_ += uuid.source();
    else
      append_json_string(text_, uuid.text());
  }

  std::string text_;
  boost::unordered_flat_set<std::string_view> seen_;
};

std::optional<Refusal> judge_request(const Request& request, Workbench& bench) {
  const std::string_view encoding = request.header("content-encoding");
  constexpr std::array<std::string_view, 6> kKnown = {
      "", "identity", "gzip", "deflate", "br", "zstd"};
  if (std::find(kKnown.begin(), kKnown.end(), encoding) == kKnown.end())
    return Refusal{
        415, "unsupported_encoding", "bodies may be packed by gzip, deflate, br or zstd"};
  if (auto refusal = bench.read(request)) return refusal;
  const JsonNode batch = bench.tree.root()["batch"];
  if (!batch.is(JsonKind::kList))
    return Refusal{400, "request_parsing_error", "the body is no object with a `batch`"};
  if (batch.size() == 0) return Refusal{400, "empty_batch", "the batch has no events"};
  return std::nullopt;
}

Response answer(const Outcome& outcome) {
  Response response = json_answer(outcome, R"({"results":{}})");
  if (outcome.kind == Outcome::Kind::kAccepted) return response;
  response.body.clear();
  JsonWriter json(response.body);
  json.object().key("error").value(outcome.reason);
  json.key("error_description").value(outcome.detail);
  json.key("error_uri").value("https://posthog.com/docs/api/capture").end();
  return response;
}

// As JSON, by the head, else by the body.
std::string_view sent_at(const Request& request, Workbench& bench) {
  const std::string_view time = request.header("posthog-request-timestamp");
  if (!parse_time(time)) return bench.tree.root()["created_at"].source();
  return bench.arena.copy(fmt::format(R"("{}")", time));
}

Reading decode(const Request& request, const Endpoint&, Workbench& bench) {
  if (auto refusal = judge_request(request, bench)) return *std::move(refusal);
  const JsonNode root = bench.tree.root();
  bench.key = bearer_token(request);
  if (bench.key.empty()) bench.key = basic_user(request);
  PosthogRequest from;
  from.received = request.received;
  name_library(request.header("posthog-sdk-info"), from);

  Translation made(bench);
  made.sent_at(sent_at(request, bench));
  Results results(root["batch"].size());
  for (const JsonNode event : root["batch"]) {
    PosthogEvent read(event, from, bench, made);
    judge(read);
    const std::string_view uuid = read.uuid().text();
    if (!uuid.empty() && !results.add(uuid)) {
      made.refuse("duplicate_event_uuid", "the batch has its uuid before", event.source());
      continue;
    }
    if (!read.refused().empty())
      made.refuse(read.refused(), std::string(read.detail()), event.source());
    else if (!read.keep())
      read.refuse("event_too_large", {});
    if (uuid.empty()) continue;
    if (read.refused().empty())
      results.kept(read.uuid());
    else
      results.dropped(read.uuid(), read.refused());
  }

  const bool nothing = made.kept() == 0;
  Reading reading = made.finish(bench.key);
  if (auto* decoded = std::get_if<Decoded>(&reading))
    decoded->answer = [nothing, body = results.take()](const Outcome& outcome) {
      // Where none is left, each still gets its own reason.
      const bool judged =
          outcome.kind == Outcome::Kind::kAccepted ||
          (nothing && outcome.kind == Outcome::Kind::kRefused && outcome.status == 400);
      return judged ? json_answer({}, body) : answer(outcome);
    };
  return reading;
}

}  // namespace

Dialect posthog_v1() {
  Dialect made;
  made.name = "posthog-v1";
  made.title = "PostHog capture, version 1";
  made.summary = "Takes events as PostHog's SDKs send them, and says of each what became of it.";
  made.notes =
      "The key is `Authorization: Bearer`. Events become what those of *PostHog capture* become, "
      "by "
      "its tables; `PostHog-Sdk-Info` is `context.library`, `PostHog-Request-Timestamp` `sentAt`. "
      "The answer has a result for each `uuid`: `ok`, or `drop` with a reason, of which there is a "
      "rejected row too. Headers that PostHog's own server demands are not demanded. Brotli is "
      "refused. Set `POSTHOG_CAPTURE_MODE=v1`.";
  made.example =
      R"({"created_at":"2026-11-22T08:40:03Z","batch":[{"event":"E","uuid":"m","distinct_id":"u",)"
      R"("timestamp":"2026-11-22T08:40:03Z"}]})";
  made.endpoints = {{Method::kPost, "/i/v1/analytics/events"},
                    {Method::kPost, "/i/v1/analytics/events/"}};
  made.decode = decode;
  made.answer = answer;
  return made;
}

}  // namespace millrace::protocols
