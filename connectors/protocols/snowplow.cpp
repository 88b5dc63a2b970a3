#include "connectors/protocols/snowplow.hpp"

#include "connectors/protocols/snowplow_events.hpp"
#include "connectors/protocols/translation.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kRedirect = "/r/tp2";
constexpr std::string_view kAny = "/{vendor}/{version}";
constexpr std::string_view kVendor = "com.snowplowanalytics.snowplow";
constexpr std::string_view kPost = "/com.snowplowanalytics.snowplow/tp2";
constexpr std::string_view kIglu = "com.snowplowanalytics.iglu";

std::vector<Endpoint> endpoints() {
  constexpr std::string_view kQuery = "e=se&se_ca=C&se_ac=E&uid=u&aid=KEY";
  constexpr std::string_view kBody =
      R"({"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",)"
      R"("data":[{"e":"se","se_ca":"C","se_ac":"E","uid":"u","aid":"KEY"}]})";
  return {{Method::kGet, "/i", "", kQuery},
          {Method::kGet, "/ice.png", "", kQuery},
          {Method::kPost, kPost, "", kBody},
          {Method::kGet, kPost, "", kQuery},
          {Method::kPost, kAny, "", kBody},
          {Method::kGet, kAny, "", kQuery},
          {Method::kGet, kRedirect, "", "u=https%3A%2F%2Fshop.example%2F&uid=u&aid=KEY"}};
}

// The plain pixel has /i too, and always a write key.
bool is_snowplow(const Request& request, Workbench& bench) {
  if (request.path == "/i") return !bench.parameter(request, "writeKey").has_value();
  const std::string_view vendor = request.capture("vendor");
  return vendor.empty() || vendor.find('.') != std::string_view::npos;
}

bool is_about_keys(const Outcome& outcome) {
  return outcome.status == 401 || outcome.status == 403;
}

// What is wrong with an event itself is no news to a tracker, and would only be sent again.
Response answer(const Outcome& outcome) {
  const bool told = outcome.kind == Outcome::Kind::kLater || is_about_keys(outcome) ||
                    outcome.reason.starts_with("redirect");
  if (told) return json_answer(outcome, {});
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "ok";
  if (!outcome.reason.empty()) response.headers.emplace_back("X-Millrace-Reason", outcome.reason);
  return response;
}

Response pixel_answer(const Outcome& outcome) {
  Response response = gif_answer(outcome);
  response.headers.front() = {"Cache-Control", "no-cache, no-store, must-revalidate"};
  if (is_about_keys(outcome)) response.status = outcome.status;
  return response;
}

// The host of a URL that a browser may be sent to; empty: it is none. What browsers and we could
// read differently is none.
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const bool plain = std::all_of(
      url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f && c != '\\' && c != '"'; });
  if (scheme == 0 || !plain) return {};
  const std::string_view authority = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
  if (authority.find('@') != std::string_view::npos) return {};
  std::string host(authority.substr(0, authority.find(':')));
  for (char& c : host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return host;
}

// The id that Snowplow's own collector gave a visitor before the site moved here, a UUID, in the
// form of ours.
std::string id_of_collector(std::string_view cookie) {
  std::string id;
  for (const char c : cookie)
    if (c != '-') id += c;
  return id;
}

class Decoder {
 public:
  explicit Decoder(Micro* micro) : micro_(micro != nullptr && micro->enabled() ? micro : nullptr) {}

  Reading decode(const Request& request, const Endpoint& endpoint, Workbench& bench) const;

 private:
  class Visit;

  const SnowplowEvents events_;
  Micro* const micro_;
};

// One request.
class Decoder::Visit {
 public:
  Visit(const Decoder& decoder, const Request& request, Workbench& bench)
      : decoder_(decoder),
        request_(request),
        bench_(bench),
        query_(bench.query(request)),
        made_(bench) {
    vendor_ = request.capture("vendor");
    version_ = request.capture("version");
    if (vendor_.empty()) vendor_ = kVendor;
    if (version_.empty()) version_ = "tp2";
    notes_ = std::make_shared<MicroNotes>(decoder.micro_, request, vendor_, version_);
    bench.key.clear();
    for (const auto& [name, value] : query_)
      if (name == "aid") bench.key = value;
  }

  Reading read(const Endpoint& endpoint) {
    Reading reading = read_all(endpoint);
    if (const auto* refusal = std::get_if<Refusal>(&reading))
      notes_->publish({.kind = Outcome::Kind::kRefused,
                       .status = refusal->status,
                       .reason = refusal->reason,
                       .detail = refusal->detail});
    return reading;
  }

 private:
  Reading read_all(const Endpoint& endpoint) {
    if (endpoint.pattern == kRedirect) return read_redirect();
    if (request_.method == Method::kGet) {
      read_query();
      return finish(pixel_answer);
    }
    if (auto refusal = read_body()) return *refusal;
    return finish(answer);
  }

  SnowplowEvent event(std::string_view source) {
    return {.into = made_.begin(), .bench = bench_, .source = source, .anonymous = anonymous_};
  }

  void keep(const SnowplowEvent& event,
            const std::optional<Refusal>& refusal,
            JsonNode members = {}) {
    if (refusal) made_.refuse(refusal->reason, refusal->detail, event.source);
    const bool kept = !refusal && made_.keep(event.source);
    if (!notes_->wanted()) return;
    std::vector<Parameter> said;
    for (const JsonNode member : members)
      if (member.present()) said.emplace_back(member.key(), member.text());
    said.insert(said.end(), query_.begin(), query_.end());
    MicroEvent& noted = notes_->add(said);
    if (!kept) {
      const Refusal& why = made_.refused().back().refusal;
      noted.error = fmt::format("{}: {}", why.reason, why.detail);
      return;
    }
    TextBuffer text;
    event.into.write(text);
    noted.event = text.view();
    noted.kind = event.kind;
    noted.schema = event.schema;
    noted.contexts.assign(event.contexts.begin(), event.contexts.end());
  }

  void read_query() {
    SnowplowEvent made = event(request_.query);
    keep(made,
         vendor_ == kIglu ? read_webhook(made, {})
                          : decoder_.events_.read({.parameters = query_}, {}, made));
  }

  // An event of the schema that the query names, or of the JSON's own.
  std::optional<Refusal> read_webhook(SnowplowEvent& made, JsonNode data) {
    std::string_view schema = data["schema"].text();
    std::vector<Parameter> sender = query_;
    const auto named = std::find_if(
        sender.begin(), sender.end(), [](const Parameter& said) { return said.first == "schema"; });
    if (named != sender.end()) {
      schema = named->second;
      sender.erase(named);
    } else {
      data = data["data"];
    }
    if (auto refusal = decoder_.events_.entities().put_event(schema, data, made)) return refusal;
    decoder_.events_.put_sender(sender, made);
    return std::nullopt;
  }

  // A refusal of all of it.
  std::optional<Refusal> read_body() {
    if (request_.body.empty() && !query_.empty()) {
      read_query();
      return std::nullopt;
    }
    if (auto refusal = read_json(request_, bench_)) return refusal;
    const JsonNode root = bench_.tree.root();
    if (vendor_ == kIglu) return read_webhooks(root);
    const JsonNode data = root["data"];
    if (root["schema"].text().find("/payload_data/") == std::string_view::npos ||
        !data.is(JsonKind::kList) || data.begin() == data.end())
      return Refusal{400, "bad_payload", "the body is no payload_data with a list of events"};
    if (auto refusal = too_many(data)) return refusal;
    for (const JsonNode said : data) read_event(said, data);
    return std::nullopt;
  }

  std::optional<Refusal> read_webhooks(JsonNode root) {
    if (root.is(JsonKind::kList))
      if (auto refusal = too_many(root)) return refusal;
    const auto one = [&](JsonNode data) {
      SnowplowEvent made = event(data.source());
      keep(made, read_webhook(made, data));
    };
    if (root.is(JsonKind::kList))
      for (const JsonNode data : root) one(data);
    else
      one(root);
    return std::nullopt;
  }

  std::optional<Refusal> too_many(JsonNode list) const {
    const std::size_t most = bench_.settings.collect.batch_events_max;
    const std::size_t size = list.size();
    if (size <= most) return std::nullopt;
    return Refusal{400, "too_many_events", fmt::format("{} events, {} are allowed", size, most)};
  }

  void read_event(JsonNode said, JsonNode all) {
    SnowplowEvent made = event(said.source());
    keep(made, read_said(said, all, made), said);
  }

  std::optional<Refusal> read_said(JsonNode said, JsonNode all, SnowplowEvent& made) {
    if (!said.is(JsonKind::kObject)) return Refusal{400, "not_an_event", "it is no JSON object"};
    auto refusal = decoder_.events_.read({said, query_}, all, made);
    if (refusal && refusal->reason == SnowplowEvents::kNested) return refusal;
    // A request is let in by one key: that of its query, or of its first event.
    const std::string_view key = made.app_id;
    if (!keyed_ && bench_.key.empty()) bench_.key = key;
    keyed_ = true;
    if (!key.empty() && key != bench_.key && !in_query("aid"))
      return Refusal{400, "another_app_id", "its aid is not that of the request's first event"};
    return refusal;
  }

  bool in_query(std::string_view name) const {
    return std::any_of(
        query_.begin(), query_.end(), [&](const Parameter& said) { return said.first == name; });
  }

  Reading read_redirect() {
    const auto& domains = bench_.settings.collect.redirects;
    if (domains.empty()) return Refusal{404, "redirects_disabled", "redirects disabled"};
    const std::string to = request_.parameter("u").value_or("");
    const std::string host = host_of(to);
    if (host.empty() || std::find(domains.begin(), domains.end(), host) == domains.end())
      return Refusal{400, "redirect_not_allowed", "u is no URL of a domain in collect.redirects"};
    SnowplowEvent made = event(request_.query);
    if (in_query("e")) {
      keep(made, decoder_.events_.read({.parameters = query_}, {}, made));
    } else {
      constexpr std::string_view kSchema =
          "iglu:com.snowplowanalytics.snowplow/uri_redirect/jsonschema/1-0-0";
      auto refusal = decoder_.events_.entities().put_event(kSchema, {}, made);
      decoder_.events_.put_sender(query_, made);
      keep(made, refusal);
    }
    return finish([to](const Outcome& outcome) {
      // Somebody waits for a page, whatever becomes of the event.
      Response response;
      response.status = 302;
      response.content_type = {};
      response.headers.emplace_back("Location", to);
      response.headers.emplace_back("Cache-Control", "no-store");
      if (!outcome.reason.empty())
        response.headers.emplace_back("X-Millrace-Reason", outcome.reason);
      return response;
    });
  }

  Reading finish(std::function<Response(const Outcome&)> answer) {
    Reading reading = made_.finish(bench_.key);
    auto* decoded = std::get_if<Decoded>(&reading);
    if (decoded == nullptr) return reading;
    const VisitorCookie& cookie = bench_.settings.cookie;
    if (anonymous_) {
      if (cookie.brought(request_)) decoded->headers.emplace_back("Set-Cookie", cookie.expire());
    } else {
      bench_.visitor = cookie.id_of(request_, id_of_collector(request_.cookie("sp")));
      decoded->delivery.cookie_id = bench_.visitor;
      if (cookie.enabled())
        decoded->headers.emplace_back("Set-Cookie", cookie.set(bench_.visitor, request_.secure));
    }
    // Where nothing is left, the outcome says why.
    if (!decoded->refused.empty() && made_.kept() > 0)
      decoded->headers.emplace_back("X-Millrace-Reason", decoded->refused.front().refusal.reason);
    decoded->answer = [notes = notes_, answer = std::move(answer)](const Outcome& outcome) {
      notes->publish(outcome);
      return answer(outcome);
    };
    return reading;
  }

  const Decoder& decoder_;
  const Request& request_;
  Workbench& bench_;
  const std::vector<Parameter>& query_;
  Translation made_;
  std::string_view vendor_, version_;
  const bool anonymous_ = !request_.header("sp-anonymous").empty();
  std::shared_ptr<MicroNotes> notes_;  // by the answer, which comes later
  bool keyed_ = false;                 // an event said which key
};

Reading Decoder::decode(const Request& request, const Endpoint& endpoint, Workbench& bench) const {
  return Visit(*this, request, bench).read(endpoint);
}

}  // namespace

Dialect snowplow(Micro* micro) {
  Dialect made;
  made.name = "snowplow";
  made.title = "Snowplow tracker protocol 2";
  made.summary = "Takes events as Snowplow's trackers send them.";
  made.notes =
      "The key is the app id, `aid`; all events of a request have one. A page view (`pv`) is a "
      "page, a structured event (`se`) a track "
      "event named by `se_ac`, a self-describing one (`ue`) a track event named by its schema: "
      "`link_click`, `site_search`; "
      "`screen_view` is a screen. Both e-commerce vocabularies become the names below. A legacy "
      "order (`tr`) is an Order Completed "
      "with those of its items that came in the same request, each of which (`ti`) is a "
      "`transaction_item` too. The product of "
      "an event about one is its properties, several are `products`. An entity that no table names "
      "is a list in `context`, named "
      "as in Snowplow's warehouses: "
      "`context.contexts_com_acme_user_1`. `duid` is the anonymous id, else the session entity's "
      "user id, else `nuid`, else the cookie of "
      "`collect.cookie`. With `SP-Anonymous` no id and no address are kept, and every event stands "
      "for itself. Any "
      "`/{vendor}/{version}` whose vendor has a dot is taken as tp2, but "
      "`com.snowplowanalytics.iglu/v1` as Iglu's webhook. "
      "Redirects are off unless `collect.redirects` lists their domains. What can never be "
      "accepted is answered 200, since trackers "
      "repeat a 404 or 413 for ever, and is a rejected row; a body beyond `collect.batch_max` is "
      "answered 400, which they do not repeat. "
      "With `collect.micro_events`, `/micro/{all,good,bad,reset}` tell what came, as Snowplow "
      "Micro does.";
  made.endpoints = endpoints();
  made.events = snowplow_actions();
  made.fields = snowplow_fields();
  made.items = snowplow_items();
  made.groups = snowplow_entity_fields();
  made.claims = is_snowplow;
  // Shared by the copies of the function.
  made.decode = [decoder = std::make_shared<const Decoder>(micro)](
                    const Request& request, const Endpoint& endpoint, Workbench& bench) {
    return decoder->decode(request, endpoint, bench);
  };
  made.answer = answer;
  made.too_large = 400;
  return made;
}

}  // namespace millrace::protocols
