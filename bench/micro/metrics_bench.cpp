// What a counter and a histogram cost on the path of an event, alone and when two threads share
// one.
#include "engine/base/random.hpp"
#include "engine/metrics/exposition.hpp"

#include <benchmark/benchmark.h>

namespace millrace {
namespace {

Metrics& shared_metrics() {
  static Metrics metrics;
  return metrics;
}

void count(benchmark::State& state) {
  Counter counter = shared_metrics().counter("events", "Events.");
  for (auto _ : state) counter.add();
}

void record(benchmark::State& state) {
  Histogram wait = shared_metrics().histogram("wait", "Wait.", Unit::kSeconds);
  Random random(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state) wait.record(std::uint64_t{1} << random.below(40));
}

void expose_100_histograms(benchmark::State& state) {
  Metrics metrics;
  for (int i = 0; i < 100; ++i)
    metrics.histogram("wait", "Wait.", Unit::kSeconds, {{"operator", std::to_string(i)}});
  for (auto _ : state) benchmark::DoNotOptimize(exposition(metrics));
}

BENCHMARK(count)->Threads(1)->Threads(2);
BENCHMARK(record)->Threads(1)->Threads(2);
BENCHMARK(expose_100_histograms)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace millrace
