#include "engine/metrics/exposition.hpp"

#include "engine/base/check.hpp"
#include "engine/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace millrace {
namespace {

struct Scale {
  std::string_view suffix;
  double divisor;       // From what is recorded to what is shown.
  std::uint64_t first;  // The bounds shown, as recorded.
  std::uint64_t last;
};

Scale scale_of(Unit unit) {
  switch (unit) {
    case Unit::kSeconds:
      return {"_seconds", 1e9, 10'000, 1'000'000'000'000};
    case Unit::kBytes:
      return {"_bytes", 1, 100, 1'000'000'000};
    case Unit::kItems:
      return {"", 1, 1, 1'000'000};
  }
  CHECK(false);
}

// Appends with a backslash before backslashes and quotes, `\n` for a line's end, and U+FFFD for
// each byte that is not UTF-8, which would make a scraper refuse the page.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0)
      out += "\xEF\xBF\xBD";
    else if (text.front() == '\n')
      out += "\\n";
    else if (text.front() == '\\' || (quoted && text.front() == '"'))
      (out += '\\') += text.front();
    else
      out += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

class Page {
 public:
  void family(std::string_view name, const Metrics::Family& family) {
    static constexpr std::string_view kKinds[] = {"counter", "gauge", "histogram"};
    name_ = fmt::format("millrace_{}", name);
    if (family.kind == 0) name_ += "_total";
    if (family.kind == 2) name_ += scale_of(family.unit).suffix;
    out_ += fmt::format("# HELP {} ", name_);
    append_escaped(out_, family.help, false);
    out_ += fmt::format("\n# TYPE {} {}\n", name_, kKinds[family.kind]);
    for (const auto& [labels, cell] : family.series) {
      if (const auto* counter = std::get_if<std::unique_ptr<CounterCell>>(&cell))
        line("", labels, "", std::to_string((*counter)->value.load(std::memory_order_relaxed)));
      else if (const auto* gauge = std::get_if<std::unique_ptr<GaugeCell>>(&cell))
        line("", labels, "", number((*gauge)->value.load(std::memory_order_relaxed)));
      else
        histogram(labels, *std::get<std::unique_ptr<HistogramCells>>(cell), scale_of(family.unit));
    }
  }

  std::string take() { return std::move(out_); }

 private:
  // `bound` is the value of the label `le`; empty for a line without it.
  void line(std::string_view suffix,
            const Labels& labels,
            std::string_view bound,
            std::string_view value) {
    out_ += name_;
    out_ += suffix;
    char before = '{';
    const auto label = [&](std::string_view name, std::string_view content) {
      out_ += std::exchange(before, ',');
      (out_ += name) += "=\"";
      append_escaped(out_, content, true);
      out_ += '"';
    };
    for (const auto& [name, content] : labels) label(name, content);
    if (!bound.empty()) label("le", bound);
    if (before == ',') out_ += '}';
    ((out_ += ' ') += value) += '\n';
  }

  void histogram(const Labels& labels, const HistogramCells& cells, const Scale& scale) {
    std::uint64_t total = 0;
    std::size_t bucket = 0;
    const auto add_up_to = [&](std::size_t end) {
      for (; bucket < end; ++bucket) total += cells.count_in(bucket);
    };
    for (std::uint64_t power = scale.first; power <= scale.last; power *= 10) {
      for (const std::uint64_t bound : {power, 2 * power, 5 * power}) {
        if (bound > scale.last) break;
        add_up_to(HistogramCells::bucket_of(bound) + 1);
        const double shown = static_cast<double>(bound) / scale.divisor;
        line("_bucket", labels, number(shown), std::to_string(total));
      }
    }
    add_up_to(HistogramCells::kBuckets);
    line("_bucket", labels, "+Inf", std::to_string(total));
    line("_sum", labels, "", number(static_cast<double>(cells.sum()) / scale.divisor));
    line("_count", labels, "", std::to_string(total));
  }

  std::string out_;
  std::string name_;
};

}  // namespace

std::string exposition(const Metrics& metrics) {
  Page page;
  metrics.visit(
      [&](std::string_view name, const Metrics::Family& family) { page.family(name, family); });
  return page.take();
}

}  // namespace millrace
