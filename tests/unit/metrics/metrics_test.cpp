#include "engine/metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace millrace {
namespace {

using namespace std::chrono_literals;

TEST(Metrics, SameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  Counter one = metrics.counter("events", "Events.", {{"a", "1"}, {"b", "2"}});
  Counter same = metrics.counter("events", "Events.", {{"b", "2"}, {"a", "1"}});
  Counter other = metrics.counter("events", "Events.", {{"a", "1"}});
  one.add(2);
  same.add();
  other.add(10);
  EXPECT_EQ(one.value(), 3u);
  EXPECT_EQ(same.value(), 3u);
  EXPECT_EQ(other.value(), 10u);
}

TEST(Metrics, GaugesGoUpAndDown) {
  Metrics metrics;
  Gauge gauge = metrics.gauge("lag", "Lag.");
  gauge.set(5);
  gauge.add(-7.5);
  EXPECT_EQ(gauge.value(), -2.5);
}

TEST(Metrics, HistogramsTakeTimesAndNumbers) {
  Metrics metrics;
  Histogram times = metrics.histogram("wait", "Wait.", Unit::kSeconds);
  times.record(3ms);
  times.record(-1ms);
  EXPECT_EQ(times.count(), 2u);
  EXPECT_EQ(times.quantile(1), 3e6);
  Histogram sizes = metrics.histogram("size", "Size.", Unit::kBytes);
  sizes.record(std::uint64_t{1000});
  EXPECT_EQ(sizes.quantile(0.5), 1000);
}

TEST(Metrics, DefaultMadeHandlesDoNothing) {
  Counter counter;
  Gauge gauge;
  Histogram histogram;
  counter.add();
  gauge.set(1);
  gauge.add(1);
  histogram.record(1ms);
  EXPECT_EQ(counter.value(), 0u);
  EXPECT_EQ(gauge.value(), 0);
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.quantile(0.5), 0);
}

TEST(Metrics, RefusesSeriesPastItsBoundAndCountsThem) {
  Metrics metrics(3);
  for (int i = 0; i < 5; ++i) {
    Counter counter = metrics.counter("events", "Events.", {{"id", std::to_string(i)}});
    counter.add();
    EXPECT_EQ(counter.value(), i < 3 ? 1u : 0u);
  }
  EXPECT_EQ(metrics.counter("events", "Events.", {{"id", "0"}}).value(), 1u);
  EXPECT_EQ(metrics.counter("metrics_refused_series", "Series that found no room in the registry.")
                .value(),
            2u);
}

TEST(Metrics, LosesNothingThatTwoThreadsAdd) {
  Metrics metrics;
  const auto work = [&] {
    Counter counter = metrics.counter("events", "Events.");
    Gauge gauge = metrics.gauge("level", "Level.");
    for (int i = 0; i < 100'000; ++i) {
      counter.add();
      gauge.add(i % 2 == 0 ? 2 : -1);
      if (i % 1000 == 0) metrics.counter("more", "More.", {{"i", std::to_string(i)}}).add();
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(metrics.counter("events", "Events.").value(), 200'000u);
  EXPECT_EQ(metrics.gauge("level", "Level.").value(), 100'000);
  EXPECT_EQ(metrics.counter("more", "More.", {{"i", "99000"}}).value(), 2u);
}

TEST(MetricsDeathTest, DiesOfNamesThatContradictEachOther) {
  Metrics metrics;
  metrics.counter("events", "Events.");
  EXPECT_DEATH(metrics.gauge("events", "Events."), "broken invariant");
  EXPECT_DEATH(metrics.counter("events", "Other help."), "broken invariant");
  EXPECT_DEATH(metrics.counter("Bad-Name", ""), "broken invariant");
  EXPECT_DEATH(metrics.counter("x", "", {{"le", "1"}}), "broken invariant");
  EXPECT_DEATH(metrics.counter("x", "", {{"a", "1"}, {"a", "2"}}), "broken invariant");
}

}  // namespace
}  // namespace millrace
