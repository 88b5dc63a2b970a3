#include "engine/metrics/metrics.hpp"

#include "engine/base/check.hpp"

#include <algorithm>

namespace millrace {
namespace {

bool is_name(std::string_view name) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && small(name.front()) && std::ranges::all_of(name, [&](char c) {
    return small(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

void check_labels(const Labels& labels) {
  for (const auto& label : labels) CHECK(is_name(label.first) && label.first != "le");
  CHECK(std::ranges::adjacent_find(labels, {}, &Labels::value_type::first) == labels.end());
}

}  // namespace

Metrics::Metrics(std::size_t max_series) : max_series_(max_series + 1) {
  refused_ = counter("metrics_refused_series", "Series that found no room in the registry.");
}

template <class T>
T* Metrics::find_or_make(std::string_view name, std::string_view help, Unit unit, Labels labels) {
  CHECK(is_name(name));
  std::ranges::sort(labels);
  check_labels(labels);
  const std::size_t kind = Cell(std::unique_ptr<T>()).index();

  const std::lock_guard lock(mutex_);
  auto family = families_.find(name);
  if (family != families_.end()) {
    CHECK(family->second.kind == kind && family->second.unit == unit &&
          family->second.help == help);
    const auto found = family->second.series.find(labels);
    if (found != family->second.series.end())
      return std::get<std::unique_ptr<T>>(found->second).get();
  }
  if (series_ == max_series_) {
    refused_.add();
    return nullptr;
  }
  ++series_;
  if (family == families_.end())
    family = families_.emplace(name, Family{std::string(help), kind, unit, {}}).first;
  auto cell = std::make_unique<T>();
  T* const made = cell.get();
  family->second.series.emplace(std::move(labels), std::move(cell));
  return made;
}

Counter Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  auto* const cell = find_or_make<CounterCell>(name, help, Unit::kItems, std::move(labels));
  return cell == nullptr ? Counter() : Counter(*cell);
}

Gauge Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  auto* const cell = find_or_make<GaugeCell>(name, help, Unit::kItems, std::move(labels));
  return cell == nullptr ? Gauge() : Gauge(*cell);
}

Histogram Metrics::histogram(std::string_view name,
                             std::string_view help,
                             Unit unit,
                             Labels labels) {
  auto* const cells = find_or_make<HistogramCells>(name, help, unit, std::move(labels));
  return cells == nullptr ? Histogram() : Histogram(*cells);
}

void Metrics::visit(
    const std::function<void(std::string_view name, const Family& family)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_) visit(name, family);
}

}  // namespace millrace
