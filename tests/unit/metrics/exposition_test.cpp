#include "engine/metrics/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Exposition, ShowsCountersAndGauges) {
  Metrics metrics;
  metrics.counter("events", "Events\nby \"kind\" and \\.", {{"kind", "track"}, {"a", "1"}}).add(3);
  metrics.counter("events", "Events\nby \"kind\" and \\.").add(std::uint64_t{1} << 63);
  metrics.gauge("lag_seconds", "Behind.").set(0.25);
  EXPECT_EQ(exposition(metrics), R"(# HELP millrace_events_total Events\nby "kind" and \\.
# TYPE millrace_events_total counter
millrace_events_total 9223372036854775808
millrace_events_total{a="1",kind="track"} 3
# HELP millrace_lag_seconds Behind.
# TYPE millrace_lag_seconds gauge
millrace_lag_seconds 0.25
# HELP millrace_metrics_refused_series_total Series that found no room in the registry.
# TYPE millrace_metrics_refused_series_total counter
millrace_metrics_refused_series_total 0
)");
}

TEST(Exposition, EscapesLabelValues) {
  Metrics metrics;
  metrics.gauge("g", "", {{"v", "a\"b\\c\nd\xC3\xA9\xFFz"}}).set(1);
  EXPECT_THAT(exposition(metrics),
              HasSubstr("millrace_g{v=\"a\\\"b\\\\c\\nd\xC3\xA9\xEF\xBF\xBDz\"} 1\n"));
}

TEST(Exposition, WritesWhatIsNoFiniteNumber) {
  using Limits = std::numeric_limits<double>;
  Metrics metrics;
  Gauge gauge = metrics.gauge("g", "");
  const std::pair<double, const char*> cases[] = {{Limits::infinity(), "\nmillrace_g +Inf\n"},
                                                  {-Limits::infinity(), "\nmillrace_g -Inf\n"},
                                                  {Limits::quiet_NaN(), "\nmillrace_g NaN\n"},
                                                  {1e300, "\nmillrace_g 1e+300\n"},
                                                  {-0.1, "\nmillrace_g -0.1\n"}};
  for (const auto& [value, expected] : cases) {
    gauge.set(value);
    EXPECT_THAT(exposition(metrics), HasSubstr(expected));
  }
}

TEST(Exposition, ShowsATimeHistogramInSeconds) {
  Metrics metrics;
  Histogram wait = metrics.histogram("wait", "Wait.", Unit::kSeconds, {{"stage", "parse"}});
  wait.record(10us);  // A bound includes what equals it.
  wait.record(10us + 1ns);
  wait.record(150ms);
  wait.record(2000s);
  EXPECT_THAT(exposition(metrics), HasSubstr(R"(# HELP millrace_wait_seconds Wait.
# TYPE millrace_wait_seconds histogram
millrace_wait_seconds_bucket{stage="parse",le="1e-05"} 1
millrace_wait_seconds_bucket{stage="parse",le="2e-05"} 2
millrace_wait_seconds_bucket{stage="parse",le="5e-05"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.0001"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.0002"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.0005"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.001"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.002"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.005"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.01"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.02"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.05"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.1"} 2
millrace_wait_seconds_bucket{stage="parse",le="0.2"} 3
millrace_wait_seconds_bucket{stage="parse",le="0.5"} 3
millrace_wait_seconds_bucket{stage="parse",le="1"} 3
millrace_wait_seconds_bucket{stage="parse",le="2"} 3
millrace_wait_seconds_bucket{stage="parse",le="5"} 3
millrace_wait_seconds_bucket{stage="parse",le="10"} 3
millrace_wait_seconds_bucket{stage="parse",le="20"} 3
millrace_wait_seconds_bucket{stage="parse",le="50"} 3
millrace_wait_seconds_bucket{stage="parse",le="100"} 3
millrace_wait_seconds_bucket{stage="parse",le="200"} 3
millrace_wait_seconds_bucket{stage="parse",le="500"} 3
millrace_wait_seconds_bucket{stage="parse",le="1000"} 3
millrace_wait_seconds_bucket{stage="parse",le="+Inf"} 4
millrace_wait_seconds_sum{stage="parse"} 2000.150020001
millrace_wait_seconds_count{stage="parse"} 4
)"));
}

TEST(Exposition, NamesTheUnitOfBytesAndNoneOfItems) {
  Metrics metrics;
  metrics.histogram("batch", "", Unit::kItems).record(std::uint64_t{64});
  metrics.histogram("body", "", Unit::kBytes).record(std::uint64_t{850});
  const std::string page = exposition(metrics);
  EXPECT_THAT(
      page, HasSubstr("millrace_batch_bucket{le=\"50\"} 0\nmillrace_batch_bucket{le=\"100\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("millrace_body_bytes_bucket{le=\"500\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("millrace_body_bytes_sum 850\n"));
}

// The bucket `+Inf` must equal the count, whoever records meanwhile.
TEST(Exposition, AgreesWithItselfWhileOthersRecord) {
  Metrics metrics;
  Histogram wait = metrics.histogram("wait", "Wait.", Unit::kSeconds);
  std::atomic<bool> done{false};
  std::thread recorder([&] {
    for (int i = 0; !done; ++i) wait.record(std::chrono::microseconds(i % 100'000));
  });
  for (std::uint64_t seen = 0; seen < 100'000; seen = wait.count()) {
    const std::string page = exposition(metrics);
    const auto number_after = [&](const std::string& text) {
      const auto start = page.find(text) + text.size();
      return page.substr(start, page.find('\n', start) - start);
    };
    ASSERT_EQ(number_after("le=\"+Inf\"} "), number_after("wait_seconds_count "));
  }
  done = true;
  recorder.join();
}

}  // namespace
}  // namespace millrace
