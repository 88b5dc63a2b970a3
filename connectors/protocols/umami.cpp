#include "connectors/protocols/umami.hpp"

#include "connectors/protocols/known_names.hpp"
#include "connectors/protocols/translation.hpp"
#include "connectors/protocols/umami_session.hpp"
#include "engine/base/json_writer.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <memory>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kBatch = "/api/batch";
constexpr std::string_view kIdentify = "identify";
constexpr std::string_view kPerformance = "performance";

constexpr EventMapping kEvents[] = {
    {"event without a name", "page"}, {kIdentify, kIdentify}, {kPerformance, kPerformance}};

constexpr FieldMapping kFields[] = {
    {"website", Into::kNowhere},
    {"link", Into::kNowhere},
    {"pixel", Into::kNowhere},
    {"id", Into::kEvent, "userId", As::kText},
    {"name", Into::kEvent, "event", As::kText},
    {"timestamp", Into::kEvent, "timestamp", As::kNumber},
    {"url", Into::kPage, "url"},
    {"hostname", Into::kPage, "hostname"},
    {"referrer", Into::kPage, "referrer"},
    {"title", Into::kPage, "title"},
    {"language", Into::kContext, "locale"},
    {"screen", Into::kScreen, "resolution", As::kSize},
    {"ip", Into::kContext, "ip"},
    {"userAgent", Into::kContext, "userAgent"},
    {"browser", Into::kBrowser, "name"},
    {"os", Into::kOs, "name"},
    {"device", Into::kDevice, "type"},
};

bool is_id(JsonNode node) {
  return node.is(JsonKind::kNumber) || (node.is(JsonKind::kString) && !node.text().empty());
}

void write_error(const Refusal& refusal, JsonWriter& json) {
  json.object().key("error").object().key("message").value(refusal.detail);
  json.key("code").value(refusal.reason).key("status").value(refusal.status).end().end();
}

// An error in the form that its API has.
Response answer_of(const Outcome& outcome, std::string_view success) {
  Response response = json_answer(outcome, success);
  if (outcome.kind != Outcome::Kind::kAccepted) {
    response.body.clear();
    JsonWriter json(response.body);
    write_error({outcome.status, outcome.reason, outcome.detail}, json);
  }
  return response;
}

// What is looked at of an item's payload.
struct Payload {
  JsonNode website, link, pixel, id, name, url, hostname, address, agent, data;

  std::string_view site() const {
    for (const JsonNode of : {website, link, pixel})
      if (of.present()) return of.text();
    return {};
  }
};
using Names = KnownNames<Payload, JsonNode>;
constexpr auto kKept = std::to_array<Names::Keep>({{"website", &Payload::website},
                                                   {"link", &Payload::link},
                                                   {"pixel", &Payload::pixel},
                                                   {"id", &Payload::id},
                                                   {"name", &Payload::name},
                                                   {"url", &Payload::url},
                                                   {"hostname", &Payload::hostname},
                                                   {"ip", &Payload::address},
                                                   {"userAgent", &Payload::agent},
                                                   {"data", &Payload::data}});

class Decoder {
 public:
  Reading read(const Request& request, const Endpoint& endpoint, Workbench& bench) const;

 private:
  struct Sent {
    const Request& request;
    Workbench& bench;
    Translation& made;
    bool first = true;  // an item says which key all have
  };

  // Puts what the payload says into the event, but for what is in its `data`.
  Payload put(JsonNode payload, Into rest, const Reader& reader, SpecEvent& event) const;
  static void put_type(std::string_view type, const Payload& said, SpecEvent& event);
  // A refusal is the translation's already. `session` becomes the item's.
  std::optional<Refusal> add(const Sent& sent, JsonNode item, UmamiSession& session) const;
  Reading read_batch(Sent sent, JsonNode items) const;

  const Names names_{{kFields}, kKept};
};

// Its script sends whole addresses, its library for servers may send a path.
void put_url(const Payload& said, Workbench& bench, SpecEvent& event) {
  const std::string_view url = said.url.text();
  if (!url.starts_with('/')) return;
  const std::string_view host = said.hostname.text();
  event.text(Into::kPage, "path"_key, url.substr(0, url.find_first_of("?#")));
  if (!host.empty())
    event.text(Into::kPage, "url"_key, bench.arena.copy(fmt::format("https://{}{}", host, url)));
}

Payload Decoder::put(JsonNode payload, Into rest, const Reader& reader, SpecEvent& event) const {
  Payload said;
  names_.put_all(payload, rest, reader, event, said);
  if (!said.data.is(JsonKind::kObject) && !said.data.is(JsonKind::kAbsent))
    event.member(rest, said.data);
  else
    for (const JsonNode member : said.data) event.member(rest, member);
  return said;
}

void Decoder::put_type(std::string_view type, const Payload& said, SpecEvent& event) {
  const bool track = type == kPerformance || (type == "event" && !said.name.text().empty());
  event.plain(Into::kEvent, "type"_key, type == kIdentify ? kIdentify : track ? "track" : "page");
  if (type == kPerformance) event.plain(Into::kEvent, "event"_key, kPerformance);
}

std::optional<Refusal> Decoder::add(const Sent& sent, JsonNode item, UmamiSession& session) const {
  const Request& request = sent.request;
  Workbench& bench = sent.bench;
  Translation& made = sent.made;
  const auto refuse = [&](std::string_view reason, std::string detail) {
    sent.made.refuse(reason, detail, item.source());
    return Refusal{400, reason, std::move(detail)};
  };
  const std::string_view type = item["type"].text();
  const JsonNode payload = item["payload"];
  if (!payload.is(JsonKind::kObject)) return refuse("not_an_event", "there is no payload");
  const bool identify = type == kIdentify;
  const Reader reader = bench.reader();
  SpecEvent& event = made.begin();
  const Payload said = put(payload, identify ? Into::kTraits : Into::kProperties, reader, event);
  if (sent.first) bench.key = said.site();
  if (type != "event" && !identify && type != kPerformance)
    return refuse("unknown_type", fmt::format("type is \"{}\"", type.substr(0, 64)));
  if (said.site() != bench.key)
    return refuse("other_website", "all events of one request are of one website");
  put_type(type, said, event);
  put_url(said, bench, event);
  const std::string_view address = said.address.text();
  const std::string_view agent = said.agent.text();
  const Visitor visitor{bench.key,
                        address.empty() ? request.address : address,
                        agent.empty() ? request.header("user-agent") : agent};
  session = umami_session(request.header("x-umami-cache"), visitor, request.received, bench);
  event.plain(Into::kLibrary, "name"_key, "umami");
  event.plain(Into::kSession, "id"_key, session.visit);
  // Its library for servers tells the id of who is identified among the data.
  if (!is_id(said.id)) {
    if (const JsonNode id = identify ? said.data["id"] : JsonNode(); is_id(id))
      reader.put(event, names_.find("id")->field, id);
    else
      event.plain(Into::kEvent, "anonymousId"_key, session.session);
  }
  if (made.keep(item.source())) return std::nullopt;
  return made.refused().back().refusal;
}

// {"size":2,"processed":1,"errors":1,"details":[{"index":1,"response":...}],"cache":"..."}
Reading Decoder::read_batch(Sent sent, JsonNode items) const {
  UmamiSession session;
  std::string details;
  JsonWriter json(details);
  json.array();
  std::size_t index = 0;
  for (const JsonNode item : items) {
    if (sent.made.full()) break;
    if (const auto refusal = add(sent, item, session)) {
      json.object().key("index").value(index).key("response");
      write_error(*refusal, json);
      json.end();
    }
    sent.first = false;
    ++index;
  }
  json.end();
  const std::size_t errors = sent.made.refused().size();
  Reading reading = sent.made.finish(sent.bench.key);
  if (auto* decoded = std::get_if<Decoded>(&reading)) {
    std::string said;
    JsonWriter answer(said);
    answer.object().key("size").value(index).key("processed").value(index - errors);
    answer.key("errors").value(errors).key("details").raw(details).key("cache");
    if (sent.made.kept() == 0)
      answer.null().end();
    else
      answer.value(umami_token(session, sent.bench.key, sent.request.received, sent.bench)).end();
    decoded->answer = [said = std::move(said)](const Outcome& outcome) {
      return answer_of(outcome, said);
    };
  }
  return reading;
}

Reading Decoder::read(const Request& request, const Endpoint& endpoint, Workbench& bench) const {
  if (auto refusal = read_json(request, bench)) return *refusal;
  const JsonNode root = bench.tree.root();
  const bool batch = endpoint.pattern == kBatch;
  if (batch != root.is(JsonKind::kList))
    return Refusal{400, "not_an_event", batch ? "the body is no list" : "the body is no object"};
  if (batch && root.size() == 0) return Refusal{400, "empty_batch", "the list is empty"};
  bench.key.clear();
  Translation made(bench);
  const Sent sent{request, bench, made};
  if (batch) return read_batch(sent, root);
  UmamiSession session;
  add(sent, root, session);
  Reading reading = made.finish(bench.key);
  if (auto* decoded = std::get_if<Decoded>(&reading)) {
    // Hex digits and dots, that JSON does not escape.
    decoded->answer =
        [said = fmt::format(FMT_COMPILE(R"({{"cache":"{}","sessionId":"{}","visitId":"{}"}})"),
                            umami_token(session, bench.key, request.received, bench),
                            session.session,
                            session.visit)](const Outcome& outcome) {
          return answer_of(outcome, said);
        };
  }
  return reading;
}

}  // namespace

Dialect umami() {
  Dialect made;
  made.name = "umami";
  made.title = "Umami";
  made.summary = "Takes events as Umami's script and its library for servers send them.";
  made.notes =
      "The key is `website` (or `link`, `pixel`). `id` is the user's, or `data.id` of an "
      "`identify` "
      "as its library for servers sends it. Without one a visitor is known for a day (UTC) by a "
      "keyed hash of website, address and browser (`ip` and `userAgent` of the payload, or those "
      "of "
      "the request), as `anonymousId`, or by the sealed session that the script brings back as "
      "`x-umami-cache`. A user's id is never joined with that hash, which people behind one "
      "address "
      "may share. The members of `data` become properties, or traits. A bot is not turned away: "
      "the "
      "operators mark it.";
  made.example = R"({"type":"event","payload":{"website":"KEY","name":"E","id":"u"}})";
  made.endpoints = {{Method::kPost, "/api/send"},
                    {Method::kPost,
                     kBatch,
                     "",
                     R"([{"type":"event","payload":{"website":"KEY","name":"E","id":"u"}}])"}};
  made.events = kEvents;
  made.fields = kFields;
  // Shared by the copies of the dialect.
  made.decode = [decoder = std::make_shared<const Decoder>()](
                    const Request& request, const Endpoint& endpoint, Workbench& bench) {
    return decoder->read(request, endpoint, bench);
  };
  made.answer = [](const Outcome& outcome) { return answer_of(outcome, "{}"); };
  return made;
}

}  // namespace millrace::protocols
