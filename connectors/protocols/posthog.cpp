#include "connectors/protocols/posthog.hpp"

#include "connectors/http/url.hpp"
#include "connectors/protocols/basic_auth.hpp"
#include "connectors/protocols/lz_string.hpp"
#include "connectors/protocols/multipart.hpp"
#include "connectors/protocols/posthog_event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;
using http::Unpacked;

constexpr std::string_view kBatch = "/batch";

std::vector<Endpoint> endpoints() {
  constexpr std::array<std::string_view, 14> kPaths = {"/i/v0/e",
                                                       "/i/v0/e/",
                                                       "/e",
                                                       "/e/",
                                                       "/capture",
                                                       "/capture/",
                                                       "/track",
                                                       "/track/",
                                                       "/engage",
                                                       "/engage/",
                                                       kBatch,
                                                       "/batch/",
                                                       "/i/v0/ai/batch",
                                                       "/i/v0/ai/batch/"};
  std::vector<Endpoint> made;
  for (const std::string_view path : kPaths) {
    made.push_back({Method::kPost, path});
    // {"api_key":"KEY","event":"E","distinct_id":"u"}
    made.push_back({Method::kGet,
                    path,
                    "",
                    "data=%7B%22api_key%22%3A%22KEY%22%2C%22event%22%3A%22E%22%2C%22"
                    "distinct_id%22%3A%22u%22%7D"});
  }
  constexpr std::string_view kParts =
      "--b\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\n"
      R"({"api_key":"KEY","event":"E","distinct_id":"u"})"
      "\r\n--b--";
  made.push_back({Method::kPost, "/i/v0/ai", "", kParts});
  made.push_back({Method::kPost, "/i/v0/ai/", "", kParts});
  return made;
}

// The key of a body, or of one event: beside the events, or in its properties.
JsonNode token_beside(JsonNode object) {
  for (const std::string_view name : {"api_key", "token", "$token"})
    if (const JsonNode token = object[name]; token.present()) return token;
  return {};
}
std::string_view token_of(JsonNode event) {
  const JsonNode beside = token_beside(event);
  return beside.present() ? beside.text() : event["properties"]["token"].text();
}

// Others have these paths too, and say who they are in other ways.
bool is_posthog(const Request& request, Workbench& bench) {
  const std::string_view path = request.path;
  const bool shared = path == kBatch || path.starts_with("/track") || path.starts_with("/engage");
  if (!shared) return true;
  if (request.method != Method::kPost && path == kBatch) return true;
  if (path == kBatch && !request.header("authorization").empty()) return false;
  if (bench.read(request)) return path != kBatch;
  const JsonNode root = bench.tree.root();
  if (root["writeKey"].present() || root["events"].present()) return false;
  return path != kBatch || root.is(JsonKind::kList) || token_beside(root).present();
}

bool says_lz64(const Request& request, const Unpacked& opened) {
  const auto is = [](const std::optional<std::string>& compression) {
    return compression == "lz64";
  };
  return is(request.parameter("compression")) ||
         (opened.kind == Unpacked::Kind::kForm &&
          is(http::query_parameter(opened.text, "compression")));
}

std::optional<Refusal> read_lz64(const Unpacked& opened, Workbench& bench) {
  const std::string text = opened.kind == Unpacked::Kind::kForm
                               ? http::query_parameter(opened.text, "data").value_or("")
                               : std::string(opened.text);
  switch (lz_string_decoded(text, bench.settings.collect.batch_max.bytes, bench.unpacked)) {
    case http::Decompressed::kCorrupt:
      return Refusal{400, "bad_compression", "the body is not what lz-string makes"};
    case http::Decompressed::kTooLarge:
      return Refusal{400, "body_bomb", "the body cannot be unpacked within its bounds"};
    case http::Decompressed::kDone:
      break;
  }
  if (bench.tree.read(bench.unpacked, bench.arena)) return std::nullopt;
  return Refusal{400, bench.tree.fault().reason, std::string(bench.tree.fault().what)};
}

// An event whose properties may come apart.
std::optional<Refusal> read_parts(std::string_view body, Workbench& bench) {
  const auto parts = multipart_parts(body);
  if (!parts) return Refusal{400, "bad_multipart", "the body is no whole multipart/form-data"};
  std::string_view properties;
  bench.made.clear();
  for (const auto& [name, content] : *parts) {
    if (name == "event")
      bench.made = content;
    else if (name == "event.properties")
      properties = content;
    else
      return Refusal{
          400,
          "unknown_part",
          fmt::format("\"{}\" is neither event nor event.properties", name.substr(0, 64))};
  }
  if (const std::size_t end = bench.made.rfind('}');
      !properties.empty() && end != std::string::npos)
    bench.made.replace(end, 1, fmt::format(R"(,"properties":{}}})", properties));
  if (bench.tree.read(bench.made, bench.arena)) return std::nullopt;
  return Refusal{400, bench.tree.fault().reason, std::string(bench.tree.fault().what)};
}

std::optional<Refusal> read_payload(const Request& request, Workbench& bench) {
  const Unpacked& opened = bench.open(request);
  const bool packed = opened.reason.empty() && opened.kind != Unpacked::Kind::kJson;
  if (packed && opened.text.starts_with("--")) return read_parts(opened.text, bench);
  return packed && says_lz64(request, opened) ? read_lz64(opened, bench) : bench.read(request);
}

// Personal keys are secrets for other APIs, and nothing else than ASCII is a key.
std::optional<Refusal> judge_key(std::string_view key) {
  constexpr std::size_t kKeyMax = 64;
  const bool ascii =
      std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (key.starts_with("phx_"))
    return Refusal{401, "personal_key", "a personal API key is a secret: use the project's"};
  if (key.size() > kKeyMax || !ascii)
    return Refusal{401, "bad_key", "the project's key is at most 64 visible ASCII characters"};
  return std::nullopt;
}

// The key of all events; those of a list bring their own.
std::optional<Refusal> find_key(const Request& request, JsonNode root, Workbench& bench) {
  if (root.is(JsonKind::kList)) {
    if (auto refusal = find_one_key(root, token_of, bench)) return refusal;
    return judge_key(bench.key);
  }
  bench.key = token_of(root);
  for (const JsonNode event : root["batch"])
    if (bench.key.empty()) bench.key = token_of(event);
  if (bench.key.empty()) bench.key = bearer_token(request);
  return judge_key(bench.key);
}

// As JSON: of the body, or of the query, where it is a number of milliseconds.
std::string_view sent_at(const Request& request, JsonNode root, Workbench& bench) {
  if (const JsonNode sent = root["sent_at"]; sent.present()) return sent.source();
  const std::string_view sent = parameter_json(request, "sent_at", bench);
  return sent.empty() ? parameter_json(request, "_", bench) : sent;
}

Reading decode(const Request& request, const Endpoint& endpoint, Workbench& bench) {
  if (auto refusal = read_payload(request, bench)) return *std::move(refusal);
  const JsonNode root = bench.tree.root();
  if (auto refusal = find_key(request, root, bench)) return *std::move(refusal);

  PosthogRequest from;
  from.received = request.received;
  if (endpoint.pattern.starts_with("/engage")) from.nameless = "$identify";
  Translation made(bench);
  made.sent_at(sent_at(request, root, bench));
  const auto take = [&](JsonNode event) {
    PosthogEvent read(event, from, bench, made);
    if (read.refused().empty())
      read.keep();
    else
      made.refuse(read.refused(), std::string(read.detail()), event.source());
  };
  const JsonNode events = root.is(JsonKind::kList) ? root : root["batch"];
  if (events.is(JsonKind::kList)) {
    if (events.size() == 0) return Refusal{400, "empty_batch", "the batch has no events"};
    for (const JsonNode event : events) take(event);
  } else {
    take(root);
  }

  Reading reading = made.finish(bench.key);
  if (auto* decoded = std::get_if<Decoded>(&reading); decoded && request.parameter("beacon") == "1")
    decoded->answer = [](const Outcome& outcome) {
      Response response = json_answer(outcome, "");
      if (outcome.kind == Outcome::Kind::kAccepted) {
        response.status = 204;
        response.content_type = {};
      }
      return response;
    };
  return reading;
}

}  // namespace

Dialect posthog() {
  Dialect made;
  made.name = "posthog";
  made.title = "PostHog capture";
  made.summary = "Takes events as PostHog's SDKs send them.";
  made.notes =
      "One event, a list, or `{api_key, batch}`; as the body, a form's `data` or the query's; "
      "plain, "
      "base64, gzip or lz64; of `/i/v0/ai` as `multipart/form-data` of `event` and "
      "`event.properties`. The key is `api_key` or `token`, `properties.token` too, else that of "
      "`Authorization: Bearer`. `uuid` is "
      "`messageId`. `distinct_id` is `userId` where `$user_id` or `$is_identified` says that it is "
      "a "
      "user's, or where none of them, nor `$process_person_profile: false`, says that it is not, "
      "as "
      "server SDKs have it; else it is `anonymousId`. `$identify` has both, `$anon_distinct_id` as "
      "`anonymousId`; `alias` is `previousId`, `$group_key` `groupId`. `$device_id` identifies "
      "nobody, since it outlives a log-out. Each event without cookies stands for itself. Members "
      "of `$set` and `$set_once` are traits (which came first is not looked at), those of "
      "`$unset` become null; an event that is no `$identify` becomes an `identify` besides. "
      "`$ip` is masked. On a page `title` is `context.page.title`, on a screen `$screen_name` is "
      "`name`. Recordings of sessions are answered, counted and not kept. Set `api_host` or "
      "`host`.";
  made.example = R"({"api_key":"KEY","event":"E","distinct_id":"u"})";
  made.endpoints = endpoints();
  made.events = posthog_events();
  made.fields = posthog_fields();
  made.claims = is_posthog;
  made.decode = decode;
  made.answer = [](const Outcome& outcome) { return json_answer(outcome, R"({"status":1})"); };
  made.services = posthog_services();
  return made;
}

}  // namespace millrace::protocols
