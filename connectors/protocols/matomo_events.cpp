#include "connectors/protocols/matomo_events.hpp"

#include "connectors/protocols/visitor.hpp"

#include <boost/container/small_vector.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::protocols {
namespace {

// What a request is, by what it has; the first that fits.
constexpr auto kEvents = std::to_array<EventMapping>({
    {"ping=1", "Heartbeat"},
    {"idgoal=0 with ec_id", "Order Completed"},
    {"idgoal=0", "Product Added"},
    {"idgoal=0 without items", "Product Removed"},
    {"idgoal", "Goal Converted"},
    {"c_n with c_i", "Content Clicked"},
    {"c_n", "Content Viewed"},
    {"e_a", "its own name"},
    {"search", "Products Searched"},
    {"download", "File Downloaded"},
    {"link", "Link Clicked"},
    {"ca=1", "Custom Action"},
    {"_pks, _pkn", "Product Viewed"},
});

constexpr auto kFields = std::to_array<FieldMapping>({
    {"uid", Into::kEvent, "userId"},
    {"action_name", Into::kPage, "title"},
    {"url", Into::kPage},
    {"urlref", Into::kPage, "referrer"},
    {"cs", Into::kPage, "charset"},
    {"pv_id", Into::kPage, "viewId"},
    {"gt_ms", Into::kPage, "generated_ms", As::kNumber},
    {"pf_net", Into::kPage, "network_ms", As::kNumber},
    {"pf_srv", Into::kPage, "server_ms", As::kNumber},
    {"pf_tfr", Into::kPage, "transfer_ms", As::kNumber},
    {"pf_dm1", Into::kPage, "dom_processing_ms", As::kNumber},
    {"pf_dm2", Into::kPage, "dom_completion_ms", As::kNumber},
    {"pf_onl", Into::kPage, "onload_ms", As::kNumber},
    {"_rcn", Into::kCampaign, "name"},
    {"_rck", Into::kCampaign, "term"},
    {"lang", Into::kContext, "locale"},
    {"ua", Into::kContext, "userAgent"},
    {"uadata", Into::kContext, "userAgentData", As::kJson},
    {"cookie", Into::kBrowser, "cookies", As::kNumber},
    {"pdf", Into::kBrowser, {}, As::kNumber},
    {"qt", Into::kBrowser, {}, As::kNumber},
    {"realp", Into::kBrowser, {}, As::kNumber},
    {"wma", Into::kBrowser, {}, As::kNumber},
    {"fla", Into::kBrowser, {}, As::kNumber},
    {"java", Into::kBrowser, {}, As::kNumber},
    {"ag", Into::kBrowser, {}, As::kNumber},
    {"new_visit", Into::kSession, "start", As::kNumber},
    {"_idn", Into::kSession, "first", As::kNumber},
    {"_idvc", Into::kSession, "index", As::kNumber},
    {"consent", Into::kConsent, "given", As::kNumber},
    {"e_c", Into::kProperties, "category"},
    {"e_a", Into::kProperties, "action"},
    {"e_n", Into::kProperties, "label"},
    {"e_v", Into::kProperties, "value", As::kNumber},
    {"search", Into::kProperties, "query"},
    {"search_cat", Into::kProperties, "category"},
    {"search_count", Into::kProperties, "results", As::kNumber},
    {"link", Into::kProperties, "url"},
    {"download", Into::kProperties, "url"},
    {"c_n", Into::kProperties, "content_name"},
    {"c_p", Into::kProperties, "content_piece"},
    {"c_t", Into::kProperties, "content_target"},
    {"c_i", Into::kProperties, "content_interaction"},
    {"revenue", Into::kProperties, {}, As::kNumber},  // of a cart: cart_value
    {"ec_id", Into::kProperties, "order_id"},
    {"ec_st", Into::kProperties, "subtotal", As::kNumber},
    {"ec_tx", Into::kProperties, "tax", As::kNumber},
    {"ec_sh", Into::kProperties, "shipping", As::kNumber},
    {"ec_dt", Into::kProperties, "discount", As::kNumber},
    // Of the transport, and of a clock that is known otherwise.
    {"idsite", Into::kNowhere},
    {"rec", Into::kNowhere},
    {"rand", Into::kNowhere},
    {"r", Into::kNowhere},
    {"apiv", Into::kNowhere},
    {"send_image", Into::kNowhere},
    {"token_auth", Into::kNowhere},
    {"bots", Into::kNowhere},
    {"queuedtracking", Into::kNowhere},
    {"debug", Into::kNowhere},
    {"h", Into::kNowhere},
    {"m", Into::kNowhere},
    {"s", Into::kNowhere},
    {"_refts", Into::kNowhere},
    {"_idts", Into::kNowhere},
    {"_viewts", Into::kNowhere},
    {"_ects", Into::kNowhere},
});

// Said with a page view; of the Product Viewed that it makes.
constexpr auto kProduct = std::to_array<FieldMapping>({
    {"_pks", Into::kProperties, "product_id"},
    {"_pkn", Into::kProperties, "name"},
    {"_pkc", Into::kProperties, "category", As::kJson},
    {"_pkp", Into::kProperties, "price", As::kNumber},
});

// Of ec_items, by their places in a list.
constexpr auto kItems = std::to_array<FieldMapping>({
    {"0", Into::kProperties, "product_id", As::kText},
    {"1", Into::kProperties, "name"},
    {"2", Into::kProperties, "category"},
    {"3", Into::kProperties, "price", As::kNumber},
    {"4", Into::kProperties, "quantity", As::kNumber},
});

// Where a request comes from, which only those may say whom its site trusts.
constexpr auto kLocation = std::to_array<FieldMapping>({
    {"country", Into::kLocation},
    {"region", Into::kLocation},
    {"city", Into::kLocation},
    {"lat", Into::kLocation, "latitude", As::kNumber},
    {"long", Into::kLocation, "longitude", As::kNumber},
});

// Of requests that nobody vouches for.
constexpr Duration kAgeMax = std::chrono::hours(24);

std::string_view ours_of(std::string_view theirs) {
  return std::find_if(kEvents.begin(),
                      kEvents.end(),
                      [&](const EventMapping& event) { return event.theirs == theirs; })
      ->ours;
}

// Seconds since 1970, or "2026-11-21 20:54:37" in UTC.
std::optional<Time> time_of(std::string_view text) {
  constexpr std::int64_t kMost = 253'402'300'799;  // the year 9999
  std::int64_t seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (code == std::errc() && end == text.data() + text.size())
    return seconds >= 0 && seconds <= kMost ? std::optional(from_millis(seconds * 1000))
                                            : std::nullopt;
  constexpr std::size_t kBlank = 10;
  std::string iso(text);
  if (iso.size() > kBlank && iso[kBlank] == ' ') iso[kBlank] = 'T';
  if (iso.find('T') != std::string::npos && iso.back() != 'Z') iso += 'Z';
  return parse_time(iso);
}

}  // namespace

std::span<const EventMapping> matomo_events() { return kEvents; }
std::span<const FieldMapping> matomo_fields() { return kFields; }
std::span<const FieldMapping> matomo_items() { return kItems; }
std::span<const FieldMapping> matomo_product() { return kProduct; }

// Parameters by which it is decided what a request is, and those that no table can place.
struct MatomoEvents::Apart {
  std::string_view rec, ping, goal, order, items, content, interaction, action, search, download,
      link, custom;
  std::string_view visitor, forced;  // _id, cid
  std::string_view user, agent, site;
  std::string_view time, address, resolution, revenue;
  std::string_view page_variables, visit_variables;

  // The event's name here; empty: it is a page.
  std::string_view event() const;
};

constexpr auto MatomoEvents::kept() {
  return std::to_array<Names::Keep>({{"rec", &Apart::rec},
                                     {"ping", &Apart::ping},
                                     {"idgoal", &Apart::goal},
                                     {"ec_id", &Apart::order},
                                     {"ec_items", &Apart::items},
                                     {"c_n", &Apart::content},
                                     {"c_i", &Apart::interaction},
                                     {"e_a", &Apart::action},
                                     {"search", &Apart::search},
                                     {"download", &Apart::download},
                                     {"link", &Apart::link},
                                     {"ca", &Apart::custom},
                                     {"_id", &Apart::visitor},
                                     {"uid", &Apart::user},
                                     {"ua", &Apart::agent},
                                     {"idsite", &Apart::site},
                                     {"cid", &Apart::forced},
                                     {"cdt", &Apart::time},
                                     {"cip", &Apart::address},
                                     {"res", &Apart::resolution},
                                     {"revenue", &Apart::revenue},
                                     {"cvar", &Apart::page_variables},
                                     {"_cvar", &Apart::visit_variables}});
}

std::string_view MatomoEvents::Apart::event() const {
  if (ping == "1") return ours_of("ping=1");
  if (goal == "0") {
    if (!order.empty()) return ours_of("idgoal=0 with ec_id");
    return ours_of(items.empty() || items == "[]" ? "idgoal=0 without items" : "idgoal=0");
  }
  if (!goal.empty()) return ours_of("idgoal");
  if (!content.empty()) return ours_of(interaction.empty() ? "c_n" : "c_n with c_i");
  if (!action.empty()) return action;
  if (!search.empty()) return ours_of("search");
  if (!download.empty()) return ours_of("download");
  if (!link.empty()) return ours_of("link");
  return custom == "1" ? ours_of("ca=1") : std::string_view();
}

// What is put only into some events.
struct MatomoEvents::Said {
  enum class Of : std::uint8_t { kLocation, kProductVariable, kProduct };
  struct Placed {
    Of of;
    const Field* field;
    std::string_view name;
    std::string_view value;
  };
  boost::container::small_vector<Placed, 8> placed;

  // Whether a page shows a product.
  bool has_product() const {
    return std::any_of(placed.begin(), placed.end(), [](const Placed& each) {
      return each.of >= Of::kProductVariable && (each.name == "_pks" || each.name == "_pkn");
    });
  }
};

MatomoEvents::MatomoEvents() : names_({kFields, kProduct, kLocation}, kept()) {}

// [["sku","name","category",29.95,1],...]
void MatomoEvents::put_products(std::string_view items, Workbench& bench, SpecEvent& event) {
  if (items.empty()) return;
  if (!bench.inner.read(items, bench.arena) || !bench.inner.root().is(JsonKind::kList))
    return event.text(Into::kProperties, "ec_items"_key, items);
  const JsonNode list = bench.inner.root();
  const Reader reader(bench.arena, bench.inner);
  const bool one = list.size() == 1;
  Products products(bench.scratch);
  for (const JsonNode item : list) {
    products.open();
    std::size_t place = 0;
    for (const JsonNode value : item) {
      if (place == kItems.size()) break;
      const Field field = kItems[place++];
      if (!value.present()) continue;
      products.put(field.ours, value, field.as);
      if (one) reader.put(event, field, value);
    }
    products.close();
  }
  event.json(Into::kProperties, "products"_key, products.finish(bench.arena));
}

bool MatomoEvents::is_of_product(std::string_view name) {
  constexpr std::string_view kPrefix = "_pk";  // which all of them have
  return name.starts_with(kPrefix) &&
         std::any_of(kProduct.begin(), kProduct.end(), [&](const FieldMapping& each) {
           return each.theirs == name;
         });
}

void MatomoEvents::put_all(std::span<const Parameter> all,
                           const Reader& reader,
                           SpecEvent& event,
                           Apart& apart,
                           Said& said) const {
  for (const auto& [name, value] : all) {
    if (value.empty()) continue;
    const Names::Known* known = names_.find(name);
    if (known == nullptr) {
      event.text(Into::kProperties, name, value);
      continue;
    }
    if (known->place != nullptr) apart.*known->place = value;
    // A revenue's name depends on what else is said.
    if (known->place == &Apart::revenue) continue;
    if (is_of_product(name))
      said.placed.push_back({Said::Of::kProduct, &known->field, name, value});
    else if (known->field.into == Into::kLocation)
      said.placed.push_back({Said::Of::kLocation, &known->field, name, value});
    else
      reader.put(event, known->field, value);
  }
}

// {"1":["name","value"]}: names that sites choose, so that they are properties, whatever they are,
// but for those of a product.
void MatomoEvents::put_variables(std::string_view json,
                                 Workbench& bench,
                                 SpecEvent& event,
                                 Said& said) const {
  if (json.empty() || !bench.inner.read(json, bench.arena)) return;
  for (const JsonNode variable : bench.inner.root()) {
    const auto begin = variable.begin();
    if (begin == variable.end() || !variable.is(JsonKind::kList)) continue;
    auto value = begin;
    if (++value == variable.end()) continue;
    const std::string_view name = (*begin).text();
    const Names::Known* known = names_.find(name);
    if (known != nullptr && is_of_product(name))
      said.placed.push_back({Said::Of::kProductVariable, &known->field, name, (*value).text()});
    else
      event.text(Into::kProperties, name, (*value).text());
  }
}

// Who says no id at all is known for the day on which it happened, as Matomo's own server does it.
void MatomoEvents::put_visitor(const MatomoRequest& request,
                               const Apart& apart,
                               Time time,
                               Workbench& bench,
                               SpecEvent& event) {
  const std::string_view visitor = apart.forced.empty() ? apart.visitor : apart.forced;
  if (!visitor.empty()) return event.text(Into::kEvent, "anonymousId"_key, visitor);
  if (!apart.user.empty()) return;
  const bool said = request.trusted && !apart.address.empty();
  const auto agent = apart.agent.empty() ? request.http->header("user-agent") : apart.agent;
  const auto day = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
  const std::string of_day = fmt::format("{}\n{}", day, agent);
  const Visitor of{apart.site, said ? apart.address : request.http->address, of_day};
  const std::string id = visitor_id(of, request.http->received, bench);
  event.plain(Into::kEvent, "anonymousId"_key, id);
}

std::optional<Refusal> MatomoEvents::put_sender(const MatomoRequest& request,
                                                const Apart& apart,
                                                Workbench& bench,
                                                SpecEvent& event) {
  Time time = request.http->received;
  if (!apart.time.empty()) {
    const auto said = time_of(apart.time);
    if (!said) return Refusal{400, "bad_cdt", "cdt is neither seconds nor a date and time"};
    if (!request.trusted && time - *said > kAgeMax)
      return Refusal{
          400, "cdt_needs_token", "cdt is older than a day, and token_auth is no admin token"};
    time = *said;
    event.text(Into::kEvent, "timestamp"_key, bench.arena.copy(format_time(time)));
  }
  put_visitor(request, apart, time, bench, event);
  if (request.trusted)
    if (const auto masked = bench.masked(apart.address); !masked.empty())
      event.text(Into::kContext, "ip"_key, masked);
  if (!apart.resolution.empty()) put_resolution(apart.resolution, event);
  event.plain(Into::kLibrary, "name"_key, "matomo");
  return std::nullopt;
}

std::optional<Refusal> MatomoEvents::read(const MatomoRequest& request,
                                          Workbench& bench,
                                          Translation& made) const {
  Apart apart;
  Said said;
  const Reader reader = bench.reader();
  SpecEvent& event = made.begin();
  put_all(request.said, reader, event, apart, said);
  if (apart.rec != "1") return Refusal{400, "not_to_be_recorded", "rec is not 1"};
  put_variables(apart.visit_variables, bench, event, said);
  put_variables(apart.page_variables, bench, event, said);
  const auto put = [&](Said::Of of) {
    for (const Said::Placed& each : said.placed)
      if (each.of == of) reader.put(event, *each.field, each.value);
  };
  const auto keep = [&](std::string_view track) {
    event.plain(Into::kEvent, "type"_key, track.empty() ? "page" : "track");
    if (!track.empty()) event.text(Into::kEvent, "event"_key, track);
    return made.keep(request.source);
  };
  if (auto refusal = put_sender(request, apart, bench, event)) return refusal;
  if (request.trusted) put(Said::Of::kLocation);
  const SpecEvent::Mark mark = event.mark();
  if (!apart.revenue.empty()) {
    const bool cart = apart.goal == "0" && apart.order.empty();
    reader.put(
        event,
        FieldMapping{cart ? Key("cart_value") : Key("revenue"), Into::kProperties, {}, As::kNumber},
        apart.revenue);
  }
  if (apart.goal == "0")
    put_products(apart.items, bench, event);
  else if (!apart.goal.empty())
    event.text(Into::kProperties, "goal_id"_key, apart.goal);
  const std::string_view name = apart.event();
  if (!keep(name) || !name.empty() || !said.has_product()) return std::nullopt;
  event.rewind(mark);
  put(Said::Of::kProductVariable);
  put(Said::Of::kProduct);
  keep(ours_of("_pks, _pkn"));
  return std::nullopt;
}

}  // namespace millrace::protocols
