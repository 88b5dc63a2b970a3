#include "connectors/protocols/matomo.hpp"

#include "connectors/protocols/matomo_events.hpp"
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
using Parameters = std::vector<Parameter>;

std::vector<Endpoint> endpoints() {
  return {{Method::kGet, "/matomo.php"},
          {Method::kPost, "/matomo.php"},
          {Method::kGet, "/piwik.php"},
          {Method::kPost, "/piwik.php"}};
}

// Behind the '?' of a URL, where there is one.
void add_query(std::string_view text, Arena& arena, Parameters& said) {
  if (const std::size_t mark = text.find('?'); mark < text.find('=')) text.remove_prefix(mark + 1);
  add_parameters(text, arena, said);
}

std::string_view last_of(const Parameters& said, std::string_view name) {
  const auto found = std::find_if(
      said.rbegin(), said.rend(), [&](const auto& pair) { return pair.first == name; });
  return found == said.rend() ? std::string_view() : found->second;
}

// What became of many requests.
struct Bulk {
  bool silent = false;
  std::size_t tracked = 0;
  std::vector<std::size_t> invalid;
};

Response nothing() {
  Response response;
  response.status = 204;
  response.content_type = {};
  return response;
}

Response bulk_answer(const Bulk& bulk, const Outcome& outcome) {
  const bool accepted = outcome.kind == Outcome::Kind::kAccepted;
  if (accepted && bulk.silent) return nothing();
  Response response = json_answer(outcome, {});
  response.body.clear();
  JsonWriter json(response.body);
  json.object().key("status").value(accepted ? "success" : "error");
  json.key("tracked").value(accepted ? bulk.tracked : 0);
  json.key("invalid").value(bulk.invalid.size());
  if (!bulk.invalid.empty()) {
    json.key("invalid_indices").array();
    for (const std::size_t index : bulk.invalid) json.value(index);
    json.end();
  }
  if (!accepted) json.key("message").value(outcome.detail);
  json.end();
  return response;
}

class Decoder {
 public:
  explicit Decoder(const admission::KeyRing* keys) : keys_(keys) {}

  Reading decode(const Request& request, Workbench& bench) const {
    Parameters& said = bench.said;
    said.clear();
    if (request.method == Method::kPost && !request.body.empty()) {
      const http::Unpacked& opened = bench.open(request);
      if (!opened.reason.empty())
        return Refusal{400, opened.reason, "the body cannot be unpacked within its bounds"};
      if (opened.kind == http::Unpacked::Kind::kJson) return read_bulk(request, bench);
      add_query(opened.text, bench.arena, said);
    }
    add_query(request.query, bench.arena, said);
    return read_one(request, said, bench);
  }

 private:
  bool trusts(std::string_view token) const {
    return keys_ != nullptr && !token.empty() &&
           keys_->now()->find_reader(token).grant == admission::Grant::kAdmin;
  }

  // False: there is a refusal more.
  bool add(const MatomoRequest& request, Workbench& bench, Translation& made) const {
    const std::size_t refused = made.refused().size();
    if (const auto refusal = events_.read(request, bench, made))
      made.refuse(refusal->reason, refusal->detail, request.source);
    return made.refused().size() == refused;
  }

  Reading read_one(const Request& request, const Parameters& said, Workbench& bench) const {
    Translation made(bench);
    bench.key = last_of(said, "idsite");
    const std::string_view source = request.body.empty() ? request.query : request.body;
    add({said, source, &request, trusts(last_of(said, "token_auth"))}, bench, made);
    Reading reading = made.finish(bench.key);
    if (auto* decoded = std::get_if<Decoded>(&reading))
      if (last_of(said, "send_image") == "0")
        decoded->answer = [](const Outcome& outcome) {
          return outcome.kind == Outcome::Kind::kAccepted ? nothing() : json_answer(outcome, {});
        };
    return reading;
  }

  Reading read_bulk(const Request& request, Workbench& bench) const {
    if (auto refusal = read_json(request, bench)) return *refusal;
    const JsonNode root = bench.tree.root();
    const JsonNode requests = root["requests"];
    if (!requests.is(JsonKind::kList) || requests.begin() == requests.end())
      return Refusal{400, "no_requests", "the body has no list of requests"};
    const std::size_t most = bench.settings.collect.batch_events_max;
    if (const std::size_t size = requests.size(); size > most)
      return Refusal{
          400, "too_many_events", fmt::format("{} requests, {} are allowed", size, most)};
    Translation made(bench);
    Bulk bulk;
    bulk.silent = root["send_image"].text() == "0";
    const bool trusted = trusts(root["token_auth"].text());
    std::size_t index = 0;
    for (const JsonNode each : requests) {
      if (read_each(each, index == 0, {.http = &request, .trusted = trusted}, bench, made))
        ++bulk.tracked;
      else
        bulk.invalid.push_back(index);
      ++index;
    }
    Reading reading = made.finish(bench.key);
    if (auto* decoded = std::get_if<Decoded>(&reading))
      decoded->answer = [bulk = std::move(bulk)](const Outcome& outcome) {
        return bulk_answer(bulk, outcome);
      };
    return reading;
  }

  // One of many: a query, or an object.
  bool read_each(
      JsonNode each, bool first, MatomoRequest request, Workbench& bench, Translation& made) const {
    Parameters& said = bench.said;
    said.clear();
    if (each.is(JsonKind::kObject))
      for (const JsonNode member : each) said.emplace_back(member.key(), member.text());
    else
      add_query(each.text(), bench.arena, said);
    // All are let in by one key.
    const std::string_view site = last_of(said, "idsite");
    if (first) bench.key = site;
    request.said = said;
    request.source = each.source();
    if (site != bench.key) {
      made.refuse("another_site", "its idsite is not that of the first request", request.source);
      return false;
    }
    request.trusted = request.trusted || trusts(last_of(said, "token_auth"));
    return add(request, bench, made);
  }

  const MatomoEvents events_;
  const admission::KeyRing* const keys_;
};

Response answer(const Outcome& outcome) {
  return outcome.kind == Outcome::Kind::kAccepted ? gif_answer(outcome) : json_answer(outcome, {});
}

}  // namespace

Dialect matomo(const admission::KeyRing* keys) {
  Dialect made;
  made.name = "matomo";
  made.title = "Matomo tracking API";
  made.summary = "Takes events as Matomo's trackers send them.";
  made.notes =
      "The key is the site's id, `idsite`; all requests of a bulk have one. `uid` is the user id, "
      "`cid`, else `_id`, the anonymous id. A "
      "request without any of what the table of events names is a page view; one that says which "
      "product it shows (`_pks`, `_pkn`, or "
      "custom variables of these names) is a page and a Product Viewed. An update of the cart does "
      "not say what it added: each counts as "
      "one Product Added, with the whole cart as `products` and its worth as `cart_value`, or, "
      "where nothing is left, as a Product "
      "Removed. Custom dimensions and variables are properties. `cdt` of the last day counts; an "
      "older one, `cip` and places "
      "need a `token_auth` that is an admin token of the keys file. A bulk's answer counts "
      "requests as `tracked` and `invalid`.";
  made.example = "idsite=KEY&rec=1&e_c=C&e_a=E&uid=u";
  made.endpoints = endpoints();
  made.events = matomo_events();
  made.fields = matomo_fields();
  made.items = matomo_items();
  made.groups = {{"of a page that shows a product", matomo_product()}};
  // Shared by the copies of the function.
  made.decode = [decoder = std::make_shared<const Decoder>(keys)](
                    const Request& request, const Endpoint&, Workbench& bench) {
    return decoder->decode(request, bench);
  };
  made.answer = answer;
  return made;
}

}  // namespace millrace::protocols
