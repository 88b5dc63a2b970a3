// The numbers that the engine shows of itself: counters, gauges and histograms by name and labels.
//
// A part asks the registry for handles once, when it is built, and keeps them; adding and recording
// are relaxed atomic operations on the handle, from any thread, without a lock. Handles are one
// word, copied freely, and must not outlive the registry. A default-made handle does nothing, so
// that a part can run without metrics. Labels must not carry what grows with the customers.
#pragma once

#include "engine/metrics/histogram.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

// Name and value; in any order, each name once.
using Labels = std::vector<std::pair<std::string, std::string>>;

// What a histogram measures. Time is recorded in nanoseconds and shown in seconds.
enum class Unit { kSeconds, kBytes, kItems };

// A number that only grows, from 0. Alone on its cache line: lanes add without disturbing each
// other.
struct alignas(64) CounterCell {
  std::atomic<std::uint64_t> value{0};
};

class Counter {
 public:
  Counter() = default;
  explicit Counter(CounterCell& cell) : cell_(&cell) {}

  void add(std::uint64_t amount = 1) {
    if (cell_ != nullptr) cell_->value.fetch_add(amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const {
    return cell_ == nullptr ? 0 : cell_->value.load(std::memory_order_relaxed);
  }

 private:
  CounterCell* cell_ = nullptr;
};

// A number that goes up and down: sizes, lags, ratios.
struct alignas(64) GaugeCell {
  std::atomic<double> value{0};
};

class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(GaugeCell& cell) : cell_(&cell) {}

  void set(double value) {
    if (cell_ != nullptr) cell_->value.store(value, std::memory_order_relaxed);
  }
  void add(double amount) {
    if (cell_ != nullptr) cell_->value.fetch_add(amount, std::memory_order_relaxed);
  }
  double value() const {
    return cell_ == nullptr ? 0 : cell_->value.load(std::memory_order_relaxed);
  }

 private:
  GaugeCell* cell_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(HistogramCells& cells) : cells_(&cells) {}

  // For Unit::kSeconds; a negative time counts as 0.
  void record(std::chrono::nanoseconds elapsed) {
    record(static_cast<std::uint64_t>(elapsed.count() > 0 ? elapsed.count() : 0));
  }
  // Bytes or items.
  void record(std::uint64_t value) {
    if (cells_ != nullptr) cells_->record(value);
  }

  std::uint64_t count() const { return cells_ == nullptr ? 0 : cells_->count(); }
  // In nanoseconds, bytes or items; 0 if nothing was recorded. Precondition: 0 <= q <= 1.
  double quantile(double q) const { return cells_ == nullptr ? 0 : cells_->quantile(q); }

 private:
  HistogramCells* cells_ = nullptr;
};

// All metrics of an engine. Any thread may register and visit at any time: both take a lock that
// adding and recording do not take.
class Metrics {
 public:
  // Past max_series the registry hands out handles that do nothing, and counts them in
  // metrics_refused_series_total: labels that grow without bound must not take the memory.
  explicit Metrics(std::size_t max_series = 10'000);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same metric. A name is [a-z][a-z0-9_]*, without the
  // `millrace_` in front and the `_total`, `_seconds` or `_bytes` at the end, which follow from the
  // kind and unit; it has one kind, unit and help text wherever it is registered, and a label is
  // not called `le`.
  Counter counter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge gauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram histogram(std::string_view name, std::string_view help, Unit unit, Labels labels = {});

  using Cell = std::variant<std::unique_ptr<CounterCell>,
                            std::unique_ptr<GaugeCell>,
                            std::unique_ptr<HistogramCells>>;
  struct Family {
    std::string help;
    std::size_t kind = 0;  // Index into Cell.
    Unit unit = Unit::kItems;
    std::map<Labels, Cell> series;
  };

  // Calls visit for every family in order of name. A visit must not register.
  void visit(const std::function<void(std::string_view name, const Family& family)>& visit) const;

 private:
  // The cell, made if it is new; null if there is no room.
  template <class T>
  T* find_or_make(std::string_view name, std::string_view help, Unit unit, Labels labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
  std::size_t series_ = 0;
  std::size_t max_series_;
  Counter refused_;
};

}  // namespace millrace
