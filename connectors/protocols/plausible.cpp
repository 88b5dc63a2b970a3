#include "connectors/protocols/plausible.hpp"

#include "connectors/protocols/translation.hpp"
#include "connectors/protocols/visitor.hpp"
#include "engine/base/json_writer.hpp"

#include <algorithm>
#include <memory>

namespace millrace::protocols {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr EventMapping kEvents[] = {{"pageview", "page"}};

// Its script says one letter, its API for servers the word.
constexpr FieldMapping kFields[] = {
    {"n", Into::kEvent, "event", As::kText},
    {"name", Into::kEvent, "event", As::kText},
    {"u", Into::kPage, "url"},
    {"url", Into::kPage, "url"},
    {"r", Into::kPage, "referrer"},
    {"referrer", Into::kPage, "referrer"},
    {"d", Into::kNowhere},
    {"domain", Into::kNowhere},
    {"w", Into::kScreen, "width", As::kNumber},
    {"screen_width", Into::kScreen, "width", As::kNumber},
    {"h", Into::kNowhere},
    {"hash", Into::kNowhere},
    {"v", Into::kLibrary, "version", As::kText},
    {"i", Into::kProperties, "interactive"},
    {"e", Into::kProperties, "engagement_time_msec"},
    {"sd", Into::kProperties, "scroll_depth"},
    {"p", Into::kProperties, "props", As::kJson},
    {"m", Into::kProperties, "props", As::kJson},
    {"meta", Into::kProperties, "props", As::kJson},
    {"props", Into::kProperties, "props", As::kJson},
    {"$", Into::kProperties, "revenue", As::kJson},
    {"revenue", Into::kProperties, "revenue", As::kJson},
    {"revenue.amount", Into::kProperties, "revenue", As::kNumber},
    {"revenue.currency", Into::kProperties, "currency"},
};

JsonNode either(JsonNode root, std::string_view letter, std::string_view word) {
  const JsonNode found = root[letter];
  return found.present() ? found : root[word];
}

class Decoder {
 public:
  Reading read(const Request& request, Workbench& bench) const;

 private:
  void put(JsonNode member, Workbench& bench, SpecEvent& event) const;

  const FieldTable fields_{kFields};
  const FieldTable revenue_{kFields, "revenue."};
  const FieldTable none_{{}};
};

// The members of an object stand for themselves, also where the object is JSON in a text.
void Decoder::put(JsonNode member, Workbench& bench, SpecEvent& event) const {
  const Field* field = fields_.find(member.key());
  if (field == nullptr) return event.member(Into::kProperties, member);
  const Reader reader = bench.reader();
  JsonNode object = member;
  if (field->as == As::kJson && member.is(JsonKind::kString) &&
      bench.inner.read(member.text(), bench.arena))
    object = bench.inner.root();
  if (field->as == As::kJson && object.is(JsonKind::kObject))
    (field->ours == "revenue" ? revenue_ : none_).put_all(object, Into::kProperties, reader, event);
  else
    reader.put(event, *field, member);
}

Reading Decoder::read(const Request& request, Workbench& bench) const {
  if (auto refusal = read_json(request, bench)) return *refusal;
  const JsonNode root = bench.tree.root();
  if (!root.is(JsonKind::kObject))
    return Refusal{400, "not_an_event", "the body is not a JSON object"};
  const std::string_view name = either(root, "n", "name").text();
  if (name.empty()) return Refusal{400, "missing_event", "the event has no name"};
  if (either(root, "u", "url").text().empty())
    return Refusal{400, "missing_url", "the event has no url"};
  // "a.example,b.example": one event is of one source here.
  const std::string_view domains = either(root, "d", "domain").text();
  bench.key = domains.substr(0, domains.find(','));
  bench.visitor = visitor_id(
      {bench.key, request.address, request.header("user-agent")}, request.received, bench);

  Translation made(bench);
  SpecEvent& event = made.begin();
  const bool viewed = name == kEvents[0].theirs;
  event.plain(Into::kEvent, "type"_key, viewed ? kEvents[0].ours : "track");
  event.text(Into::kEvent, "anonymousId"_key, bench.visitor);
  event.plain(Into::kLibrary, "name"_key, "plausible");
  for (const JsonNode member : root)
    if (!viewed || (member.key() != "n" && member.key() != "name")) put(member, bench, event);
  made.keep(root.source());
  return made.finish(bench.key);
}

// Of what is not kept it says so in the header that Plausible has for it, and why, where its own
// server says it of a field.
Response answer(const Outcome& outcome) {
  Response response = json_answer(outcome, "ok");
  if (outcome.kind == Outcome::Kind::kAccepted) {
    response.status = 202;
    response.content_type = "text/plain; charset=utf-8";
  }
  if (outcome.kind == Outcome::Kind::kRefused) {
    response.body.clear();
    JsonWriter json(response.body);
    json.object().key("errors").object().key(outcome.reason).array().value(outcome.detail);
    json.end().end().end();
    response.headers.emplace_back("x-plausible-dropped", "1");
  }
  return response;
}

}  // namespace

Dialect plausible() {
  Dialect made;
  made.name = "plausible";
  made.title = "Plausible";
  made.summary = "Takes events as Plausible's script and its API for servers send them.";
  made.notes =
      "The key is `domain`; of a list of them it is the first. There are no ids: a visitor is "
      "known "
      "for a day (UTC) by a keyed hash of domain, address and browser, as `anonymousId`. The key "
      "changes daily, in a way that nobody can take back. The members of `props` become "
      "properties, `revenue` its amount and `currency`. 202 is answered, `x-plausible-dropped` "
      "where nothing is kept.";
  made.example = R"({"n":"E","u":"https://shop.example/","d":"KEY"})";
  made.endpoints = {{Method::kPost, "/api/event"}};
  made.events = kEvents;
  made.fields = kFields;
  // Shared by the copies of the dialect.
  made.decode = [decoder = std::make_shared<const Decoder>()](
                    const Request& request, const Endpoint&, Workbench& bench) {
    return decoder->read(request, bench);
  };
  made.answer = answer;
  return made;
}

}  // namespace millrace::protocols
