// referrer: who sent somebody to a page, from the page's address and its referrer. Put `campaign`
// before it: what it finds tells paid visits and mails from others.
#include "engine/base/url.hpp"
#include "engine/base/utf8.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/enrichment/domain.hpp"
#include "operators/enrichment/sites.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace millrace {
namespace {

constexpr std::string_view kPaidMediums[] = {
    "cpc", "ppc", "cpm", "cpv", "cpa", "cpp", "paid", "ads", "display", "banner", "affiliate"};

struct ReferrerConfig {
  std::vector<std::string> internal;

  static constexpr auto fields() {
    return std::tuple{
        config::field("internal",
                      &ReferrerConfig::internal,
                      "Domains that belong to the site beside its own, such as that of a payment "
                      "page; their subdomains too.",
                      {.max_items = 1'000}),
    };
  }
};

struct Found {
  std::string_view type;
  std::string_view name;  // may be empty
  std::string term{};     // may be empty
};

bool is_paid(std::string_view medium) {
  return medium.starts_with("paid") ||
         std::find(std::begin(kPaidMediums), std::end(kPaidMediums), medium) !=
             std::end(kPaidMediums);
}

std::string term_of(std::string_view query, std::string_view parameter) {
  while (!parameter.empty() && !query.empty()) {
    const UrlPair pair = take_pair(query);
    if (pair.name != parameter) continue;
    std::string term = percent_decoded(pair.value, Plus::kSpace);
    return find_invalid_utf8(term) == std::string_view::npos ? term : std::string();
  }
  return {};
}

class Referrer final : public Operator {
 public:
  using Config = ReferrerConfig;
  static constexpr std::string_view kName = "referrer";
  static constexpr std::string_view kSummary =
      "Fills in context.referrer: whether a search engine, a network, a mail, an advertisement or "
      "another site sent the visitor, and which.";
  static constexpr Stage kStage = Stage::kIngest;

  Referrer(Config config, Lane& lane)
      : config_(std::move(config)),
        lane_(lane),
        url_(lane.wanted(kUrl)),
        referrer_(lane.wanted(kReferrer)),
        medium_(lane.wanted(kMedium)),
        network_(lane.wanted(kNetwork)),
        type_(lane.wanted(kType)),
        name_(lane.wanted(kSiteName)),
        term_(lane.wanted(kTerm)) {
    lane.enrich(std::array{kType, kSiteName, kTerm},
                std::array{kUrl, kReferrer, kMedium, kNetwork});
  }

  Verdict process(Event& event, Output& /*out*/) override {
    if (const auto found = find(event)) {
      event.fill_in(type_, Value::of(found->type));
      if (!found->name.empty()) event.fill_in(name_, Value::of(lane_.keep(found->name)));
      if (!found->term.empty()) event.fill_in(term_, Value::of(lane_.keep(found->term)));
    }
    return Verdict::keep();
  }

 private:
  static constexpr std::string_view kUrl = "context.page.url";
  static constexpr std::string_view kReferrer = "context.page.referrer";
  static constexpr std::string_view kMedium = "context.campaign.medium";
  static constexpr std::string_view kNetwork = "context.campaign.click_network";
  static constexpr std::string_view kType = "context.referrer.type";
  static constexpr std::string_view kSiteName = "context.referrer.name";
  static constexpr std::string_view kTerm = "context.referrer.term";

  static std::string_view text(const Event& event, FieldId field) {
    const Value value = event.value(field);
    return value.is(ValueKind::kString) ? value.text() : std::string_view();
  }

  // Nothing about an event that is not of a page.
  std::optional<Found> find(const Event& event) {
    const std::string_view url = text(event, url_);
    const std::string_view from = text(event, referrer_);
    if (url.empty() && from.empty()) return std::nullopt;
    const UrlParts parts = split_url(from);
    host_ = plain_host(parts.host);
    Found found =
        host_.empty() ? Found{"direct", {}} : sender(parts, plain_host(split_url(url).host));
    if (found.type == "internal") return found;
    const std::string_view medium = text(event, medium_);
    const std::string_view network = text(event, network_);
    // Meta marks the links of everybody's posts as well.
    if (is_paid(medium) || (!network.empty() && network != "meta")) {
      found.type = "paid";
    } else if (medium == "email") {
      found.type = "email";
    }
    return found;
  }

  Found sender(const UrlParts& referrer, std::string_view page) const {
    const std::string_view domain = registrable_domain(host_);
    const bool own =
        domain == registrable_domain(page) ||
        std::any_of(config_.internal.begin(), config_.internal.end(), [&](const auto& other) {
          return host_ == other || host_.ends_with("." + other);
        });
    if (own) return {"internal", host_};
    if (const Site* site = find_site(host_))
      return {site->type, site->name, term_of(referrer.query, site->term)};
    return {"referral", host_};
  }

  const Config config_;
  Lane& lane_;
  const FieldId url_;
  const FieldId referrer_;
  const FieldId medium_;
  const FieldId network_;
  const FieldId type_;
  const FieldId name_;
  const FieldId term_;
  std::string host_;  // of the referrer at hand
};

}  // namespace

void add_referrer(Registry& registry) { registry.add<Referrer>(); }

}  // namespace millrace
