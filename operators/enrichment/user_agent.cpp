// user_agent: which browser, system and device an event came from. What a browser says in client
// hints (userAgentData) counts more than its User-Agent, most of which is frozen: there every
// Windows is 10, and every Android phone a "K".
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/enrichment/device_type.hpp"
#include "operators/enrichment/user_agent_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace {
namespace {

struct UserAgentConfig {
  std::uint32_t remembered = 4'096;

  static constexpr auto fields() {
    return std::tuple{
        config::field("remembered",
                      &UserAgentConfig::remembered,
                      "Different agents that each parser remembers what it found of; has no "
                      "influence on what is found.",
                      {.min = 1, .max = 1'048'576}),
    };
  }
};

constexpr std::string_view kAgent = "context.userAgent";
constexpr std::string_view kPlatform = "context.userAgentData.platform";
constexpr std::string_view kPlatformVersion = "context.userAgentData.platformVersion";
constexpr std::string_view kHintedModel = "context.userAgentData.model";
constexpr std::string_view kMobile = "context.userAgentData.mobile";

constexpr std::array<std::string_view, 2> kBrowserPaths = {"context.browser.name",
                                                           "context.browser.version"};
constexpr std::array<std::string_view, 2> kOsPaths = {"context.os.name", "context.os.version"};
constexpr std::array<std::string_view, 3> kDevicePaths = {
    "context.device.type", "context.device.manufacturer", "context.device.model"};

// Those that browsers send unasked, and those with all of the version; name and version in turn.
constexpr std::array<std::string_view, 16> kBrandPaths = {
    "context.userAgentData.fullVersionList[0].brand",
    "context.userAgentData.fullVersionList[0].version",
    "context.userAgentData.fullVersionList[1].brand",
    "context.userAgentData.fullVersionList[1].version",
    "context.userAgentData.fullVersionList[2].brand",
    "context.userAgentData.fullVersionList[2].version",
    "context.userAgentData.fullVersionList[3].brand",
    "context.userAgentData.fullVersionList[3].version",
    "context.userAgentData.brands[0].brand",
    "context.userAgentData.brands[0].version",
    "context.userAgentData.brands[1].brand",
    "context.userAgentData.brands[1].version",
    "context.userAgentData.brands[2].brand",
    "context.userAgentData.brands[2].version",
    "context.userAgentData.brands[3].brand",
    "context.userAgentData.brands[3].version"};

struct Renamed {
  std::string_view hint;
  std::string_view name;  // as uap-core has it
};
constexpr Renamed kBrands[] = {{"Google Chrome", "Chrome"},
                               {"Microsoft Edge", "Edge"},
                               {"YaBrowser", "Yandex Browser"},
                               {"Android WebView", "Chrome Mobile WebView"}};
constexpr Renamed kPlatforms[] = {{"Windows", "Windows"},
                                  {"macOS", "Mac OS X"},
                                  {"Android", "Android"},
                                  {"iOS", "iOS"},
                                  {"Chrome OS", "Chrome OS"},
                                  {"Chromium OS", "Chrome OS"}};

std::string_view renamed(std::string_view hint, std::span<const Renamed> names) {
  const auto at = std::find_if(
      names.begin(), names.end(), [&](const Renamed& name) { return name.hint == hint; });
  return at == names.end() ? std::string_view() : at->name;
}

// The platform's version of Windows is that of an interface
// (learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11).
std::string_view windows_version(std::string_view platform_version) {
  int major = 0;
  std::from_chars(
      platform_version.data(), platform_version.data() + platform_version.size(), major);
  if (major >= 13) return "11";
  return major > 0 ? "10" : "";
}

class UserAgents final : public Operator {
 public:
  using Config = UserAgentConfig;
  static constexpr std::string_view kName = "user_agent";
  static constexpr std::string_view kSummary =
      "Fills in context.browser, context.os and context.device from the User-Agent and from client "
      "hints.";
  static constexpr Stage kStage = Stage::kIngest;

  UserAgents(const Config& config, Lane& lane)
      : lane_(lane),
        browser_(wanted(kBrowserPaths)),
        os_(wanted(kOsPaths)),
        device_(wanted(kDevicePaths)),
        brands_(wanted(kBrandPaths)),
        agent_(lane.wanted(kAgent)),
        platform_(lane.wanted(kPlatform)),
        platform_version_(lane.wanted(kPlatformVersion)),
        model_(lane.wanted(kHintedModel)),
        mobile_(lane.wanted(kMobile)),
        parser_(config.remembered) {
    std::vector<std::string_view> of_browsers(kBrandPaths.begin(), kBrandPaths.end());
    of_browsers.push_back(kAgent);
    lane.enrich(kBrowserPaths, of_browsers);
    lane.enrich(kOsPaths, std::array{kAgent, kPlatform, kPlatformVersion});
    lane.enrich(kDevicePaths, std::array{kAgent, kHintedModel, kMobile});
  }

  Verdict process(Event& event, Output& /*out*/) override {
    if (agent_ == kNoField) return Verdict::keep();
    const std::string_view agent = with_model(text(event, agent_), text(event, model_));
    const UserAgent& found = parser_.parse(agent);
    fill_in_browser(event, found);
    fill_in_os(event, found);
    fill_in_device(event, agent, found);
    return Verdict::keep();
  }

 private:
  template <std::size_t n>
  std::array<FieldId, n> wanted(const std::array<std::string_view, n>& paths) const {
    std::array<FieldId, n> fields{};
    std::transform(paths.begin(), paths.end(), fields.begin(), [&](std::string_view path) {
      return lane_.wanted(path);
    });
    return fields;
  }

  static std::string_view text(const Event& event, FieldId field) {
    const Value value = event.value(field);
    return value.is(ValueKind::kString) ? value.text() : std::string_view();
  }

  void fill_in(Event& event, FieldId field, std::string_view text) {
    if (field == kNoField || text.empty() || event.value(field).present()) return;
    event.fill_in(field, Value::of(lane_.keep(text)));
  }

  // The agent with the model that the hints say, where it has the one that stands for any: then
  // uap-core knows who makes it.
  std::string_view with_model(std::string_view agent, std::string_view model) {
    constexpr std::string_view kAny = "; K)";
    const auto at = agent.find(kAny);
    if (model.empty() || at == std::string_view::npos) return agent;
    with_model_.assign(agent.substr(0, at)).append("; ").append(model);
    with_model_.append(agent.substr(at + kAny.size() - 1));
    return with_model_;
  }

  void fill_in_browser(Event& event, const UserAgent& found) {
    for (std::size_t i = 0; i < brands_.size(); i += 2) {
      const std::string_view brand = text(event, brands_[i]);
      // Chromium is what others are made of, and one of the names is nonsense, so that nobody
      // relies on the list.
      if (brand.empty() || brand == "Chromium" || brand.find("Not") != std::string_view::npos)
        continue;
      const std::string_view known = renamed(brand, kBrands);
      const std::string_view name = known.empty() ? brand : known;
      // "Chrome Mobile" says more than "Chrome".
      fill_in(event, browser_[0], found.browser.starts_with(name) ? found.browser : name);
      return fill_in(event, browser_[1], text(event, brands_[i + 1]));
    }
    fill_in(event, browser_[0], found.browser);
    fill_in(event, browser_[1], found.browser_version);
  }

  void fill_in_os(Event& event, const UserAgent& found) {
    const std::string_view name = renamed(text(event, platform_), kPlatforms);
    const std::string_view hinted = text(event, platform_version_);
    const std::string_view version = name == "Windows" ? windows_version(hinted) : hinted;
    if (!name.empty() && (found.os.empty() || !version.empty())) {
      fill_in(event, os_[0], name);
      return fill_in(event, os_[1], version);
    }
    fill_in(event, os_[0], found.os);
    fill_in(event, os_[1], found.os_version);
  }

  void fill_in_device(Event& event, std::string_view agent, const UserAgent& found) {
    const Value mobile = event.value(mobile_);
    const bool phone = mobile.is(ValueKind::kBool) && mobile.boolean();
    const std::string_view type = device_type(agent, found);
    fill_in(event, device_[0], phone && (type.empty() || type == "desktop") ? "mobile" : type);
    // Words for a device that uap-core does not know.
    if (found.is_spider() || found.brand.starts_with("Generic")) return;
    fill_in(event, device_[1], found.brand);
    if (!found.brand.empty()) fill_in(event, device_[2], found.model);
  }

  Lane& lane_;
  const std::array<FieldId, kBrowserPaths.size()> browser_;
  const std::array<FieldId, kOsPaths.size()> os_;
  const std::array<FieldId, kDevicePaths.size()> device_;
  const std::array<FieldId, kBrandPaths.size()> brands_;
  const FieldId agent_;
  const FieldId platform_;
  const FieldId platform_version_;
  const FieldId model_;
  const FieldId mobile_;
  UserAgentParser parser_;
  std::string with_model_;
};

}  // namespace

void add_user_agent(Registry& registry) { registry.add<UserAgents>(); }

}  // namespace millrace
