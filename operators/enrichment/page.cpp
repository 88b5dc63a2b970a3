// page: the parts of a page's address where the event does not say them, and the address as one
// would count it: without what makes two addresses of the same page.
#include "engine/base/url.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/enrichment/domain.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

struct PageConfig {
  std::vector<std::string> index_files = {"index.html", "index.htm", "index.php", "default.aspx"};
  std::vector<std::string> drop_parameters = {"utm_*",
                                              "mtm_*",
                                              "pk_*",
                                              "piwik_*",
                                              "matomo_*",
                                              "gclid",
                                              "wbraid",
                                              "gbraid",
                                              "dclid",
                                              "fbclid",
                                              "msclkid",
                                              "ttclid",
                                              "twclid",
                                              "li_fat_id",
                                              "yclid"};

  static constexpr auto fields() {
    return std::tuple{
        config::field("index_files",
                      &PageConfig::index_files,
                      "Names of files that mean the folder that they are in.",
                      {.max_items = 64}),
        config::field("drop_parameters",
                      &PageConfig::drop_parameters,
                      "Parameters of a query that do not make another page; a name may end in *.",
                      {.max_items = 256}),
    };
  }
};

// "/shop/" for "/shop/index.html", then "/shop".
std::string_view canonical_path(std::string_view path, const std::vector<std::string>& files) {
  const auto name = path.substr(path.rfind('/') + 1);
  if (std::find(files.begin(), files.end(), name) != files.end()) path.remove_suffix(name.size());
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.empty() ? "/" : path;
}

class Page final : public Operator {
 public:
  using Config = PageConfig;
  static constexpr std::string_view kName = "page";
  static constexpr std::string_view kSummary =
      "Fills in host, path and query of the page's address, and the address as one would count it.";
  static constexpr Stage kStage = Stage::kIngest;

  Page(Config config, Lane& lane)
      : config_(std::move(config)),
        lane_(lane),
        url_(lane.wanted(kUrl)),
        host_(lane.wanted(kHost)),
        path_(lane.wanted(kPath)),
        search_(lane.wanted(kSearch)),
        canonical_path_(lane.wanted(kCanonicalPath)),
        canonical_url_(lane.wanted(kCanonicalUrl)) {
    lane.enrich(std::array{kHost, kPath, kSearch, kCanonicalPath, kCanonicalUrl}, std::array{kUrl});
  }

  Verdict process(Event& event, Output& /*out*/) override {
    const Value url = event.value(url_);
    if (!url.is(ValueKind::kString)) return Verdict::keep();
    const UrlParts parts = split_url(url.text());
    const std::string_view path = canonical_path(parts.path, config_.index_files);
    fill_in(event, host_, parts.host);
    fill_in(event, path_, parts.path.empty() ? "/" : parts.path);
    if (search_ != kNoField && !parts.query.empty())
      fill_in(event, search_, lane_.keep("?" + std::string(parts.query)));
    fill_in(event, canonical_path_, path);
    if (canonical_url_ != kNoField)
      fill_in(event, canonical_url_, lane_.keep(canonical_url(parts, path)));
    return Verdict::keep();
  }

 private:
  static constexpr std::string_view kUrl = "context.page.url";
  static constexpr std::string_view kHost = "context.page.host";
  static constexpr std::string_view kPath = "context.page.path";
  static constexpr std::string_view kSearch = "context.page.search";
  static constexpr std::string_view kCanonicalPath = "context.page.canonical_path";
  static constexpr std::string_view kCanonicalUrl = "context.page.canonical_url";

  static void fill_in(Event& event, FieldId field, std::string_view text) {
    if (!text.empty()) event.fill_in(field, Value::of(text));
  }

  std::string canonical_url(const UrlParts& parts, std::string_view path) const {
    std::string out = plain_host(parts.host) + std::string(path);
    std::string_view query = parts.query;
    char before = '?';
    while (!query.empty()) {
      const UrlPair pair = take_pair(query);
      if (pair.whole.empty() || dropped(pair.name)) continue;
      out.append(1, before).append(pair.whole);
      before = '&';
    }
    return out;
  }

  bool dropped(std::string_view name) const {
    const auto& all = config_.drop_parameters;
    return std::any_of(all.begin(), all.end(), [&](std::string_view pattern) {
      if (!pattern.ends_with('*')) return pattern == name;
      return name.starts_with(pattern.substr(0, pattern.size() - 1));
    });
  }

  const Config config_;
  Lane& lane_;
  const FieldId url_;
  const FieldId host_;
  const FieldId path_;
  const FieldId search_;
  const FieldId canonical_path_;
  const FieldId canonical_url_;
};

}  // namespace

void add_page(Registry& registry) { registry.add<Page>(); }

}  // namespace millrace
