// campaign: which campaign brought somebody to a page, out of the page's address: the parameters of
// Urchin (utm_), Matomo (mtm_, pk_, piwik_) and the click ids that advertising networks add.
#include "engine/base/url.hpp"
#include "engine/base/utf8.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

enum class Part : std::uint8_t {
  kSource,
  kMedium,
  kName,
  kTerm,
  kContent,
  kId,
  kClickId,
  kClickNetwork
};
constexpr std::array<std::string_view, 8> kPaths = {"context.campaign.source",
                                                    "context.campaign.medium",
                                                    "context.campaign.name",
                                                    "context.campaign.term",
                                                    "context.campaign.content",
                                                    "context.campaign.id",
                                                    "context.campaign.click_id",
                                                    "context.campaign.click_network"};

struct Parameter {
  std::string_view name;
  Part part;
};
// Behind utm_, mtm_, pk_, piwik_ or matomo_.
constexpr Parameter kTagged[] = {{"source", Part::kSource},
                                 {"medium", Part::kMedium},
                                 {"campaign", Part::kName},
                                 {"term", Part::kTerm},
                                 {"keyword", Part::kTerm},
                                 {"kwd", Part::kTerm},
                                 {"content", Part::kContent},
                                 {"id", Part::kId},
                                 {"cid", Part::kId}};
constexpr std::string_view kTags[] = {"utm_", "mtm_", "pk_", "piwik_", "matomo_"};

struct ClickId {
  std::string_view name;
  std::string_view network;
};
constexpr ClickId kClickIds[] = {{"gclid", "google"},
                                 {"wbraid", "google"},
                                 {"gbraid", "google"},
                                 {"dclid", "google"},
                                 {"fbclid", "meta"},
                                 {"msclkid", "microsoft"},
                                 {"ttclid", "tiktok"},
                                 {"twclid", "x"},
                                 {"li_fat_id", "linkedin"},
                                 {"ScCid", "snapchat"},
                                 {"epik", "pinterest"},
                                 {"rdt_cid", "reddit"},
                                 {"yclid", "yandex"},
                                 {"irclickid", "impact"},
                                 {"awc", "awin"},
                                 {"qclid", "quora"},
                                 {"vmcid", "yahoo"},
                                 {"tblci", "taboola"},
                                 {"dicbo", "outbrain"}};

struct CampaignConfig {
  std::vector<std::pair<std::string, std::string>> click_ids;

  static constexpr auto fields() {
    return std::tuple{
        config::field("click_ids",
                      &CampaignConfig::click_ids,
                      "Further parameters that carry a click id, each with the network that adds "
                      "it: {cjevent: cj}.",
                      {.max_items = 1'000}),
    };
  }
};

class Campaign final : public Operator {
 public:
  using Config = CampaignConfig;
  static constexpr std::string_view kName = "campaign";
  static constexpr std::string_view kSummary =
      "Fills in context.campaign from the parameters and click ids of the page's address.";
  static constexpr Stage kStage = Stage::kIngest;

  Campaign(Config config, Lane& lane)
      : config_(std::move(config)),
        lane_(lane),
        url_(lane.wanted(kUrl)),
        search_(lane.wanted(kSearch)) {
    lane.enrich(kPaths, std::array{kUrl, kSearch});
    std::transform(kPaths.begin(), kPaths.end(), fields_.begin(), [&](std::string_view path) {
      return lane.wanted(path);
    });
  }

  Verdict process(Event& event, Output& /*out*/) override {
    std::string_view query;
    if (const Value url = event.value(url_); url.is(ValueKind::kString))
      query = split_url(url.text()).query;
    if (const Value search = event.value(search_); query.empty() && search.is(ValueKind::kString))
      query = search.text().substr(search.text().starts_with('?') ? 1 : 0);
    while (!query.empty()) read(take_pair(query), event);
    return Verdict::keep();
  }

 private:
  static constexpr std::string_view kUrl = "context.page.url";
  static constexpr std::string_view kSearch = "context.page.search";

  void read(const UrlPair& pair, Event& event) {
    for (const std::string_view tag : kTags) {
      if (!pair.name.starts_with(tag)) continue;
      for (const auto& [name, part] : kTagged)
        if (pair.name.substr(tag.size()) == name) fill_in(event, part, pair.value);
      return;
    }
    for (const auto& [name, network] : kClickIds)
      if (pair.name == name) return fill_in_click(event, pair.value, network);
    for (const auto& [name, network] : config_.click_ids)
      if (pair.name == name) return fill_in_click(event, pair.value, lane_.keep(network));
  }

  void fill_in_click(Event& event, std::string_view encoded, std::string_view network) {
    if (encoded.empty()) return;
    fill_in(event, Part::kClickId, encoded);
    event.fill_in(field(Part::kClickNetwork), Value::of(network));
  }

  FieldId field(Part part) const { return fields_[static_cast<std::size_t>(part)]; }

  void fill_in(Event& event, Part part, std::string_view encoded) {
    if (encoded.empty() || event.value(field(part)).present() || field(part) == kNoField) return;
    const std::string text = percent_decoded(encoded, Plus::kSpace);
    if (find_invalid_utf8(text) != std::string_view::npos) return;
    event.fill_in(field(part), Value::of(lane_.keep(text)));
  }

  const Config config_;
  Lane& lane_;
  const FieldId url_;
  const FieldId search_;
  std::array<FieldId, kPaths.size()> fields_{};  // by Part
};

}  // namespace

void add_campaign(Registry& registry) { registry.add<Campaign>(); }

}  // namespace millrace
