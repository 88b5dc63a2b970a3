// What a timer costs: the wheel and, as its peer, a binary heap, at 2 million timers over 30 days.
#include "engine/base/random.hpp"
#include "engine/state/timer_wheel.hpp"

#include <benchmark/benchmark.h>

#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kTimers = 2'000'000;
constexpr Duration kHorizon = std::chrono::hours(24 * 30);
constexpr Time kStart = from_millis(1'790'000'000'123);

class HeapTimers {
 public:
  void schedule(Time due, std::uint64_t profile) { heap_.emplace(due, profile); }
  template <class Fire>
  void advance(Time to, Fire&& fire) {
    while (!heap_.empty() && heap_.top().first <= to) {
      const auto [due, profile] = heap_.top();
      heap_.pop();
      fire(due, profile);
    }
  }

 private:
  using Entry = std::pair<Time, std::uint64_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
};

std::vector<Time> random_dues(Duration horizon) {
  Random random(1);
  std::vector<Time> dues(kTimers);
  for (auto& due : dues)
    due = kStart + Duration(1 + random.below(static_cast<std::uint64_t>(horizon.count())));
  return dues;
}

template <class Timers>
void fill(Timers& timers, const std::vector<Time>& dues) {
  timers.advance(kStart, [](Time, std::uint64_t) {});
  for (std::size_t i = 0; i < dues.size(); ++i) timers.schedule(dues[i], i);
}

template <class Timers>
void insert(benchmark::State& state) {
  const auto dues = random_dues(kHorizon);
  for (auto _ : state) {
    Timers timers;
    fill(timers, dues);
    state.PauseTiming();
    benchmark::DoNotOptimize(timers);
    { const Timers destroyed = std::move(timers); }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTimers));
}

// The argument is the horizon in milliseconds. Ticks of a second until all have fired; each touches
// its profile's part of a 16 MB column.
template <class Timers>
void fire(benchmark::State& state) {
  const Duration horizon(state.range(0));
  const auto dues = random_dues(horizon);
  std::vector<std::uint64_t> column(kTimers);
  for (auto _ : state) {
    state.PauseTiming();
    Timers timers;
    fill(timers, dues);
    state.ResumeTiming();
    for (Time now = kStart; now < kStart + horizon + 1s; now += 1s)
      timers.advance(now, [&](Time, std::uint64_t profile) { ++column[profile]; });
    benchmark::DoNotOptimize(column.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTimers));
}

// A profile's timer that is armed anew when it fires: the steady state of a lane.
template <class Timers>
void rearm(benchmark::State& state) {
  Timers timers;
  fill(timers, random_dues(kHorizon));
  Random random(2);
  Time now = kStart;
  std::int64_t fired = 0;
  for (auto _ : state) {
    now += 1s;
    timers.advance(now, [&](Time due, std::uint64_t profile) {
      ++fired;
      timers.schedule(due + Duration(1 + random.below(2 * kHorizon.count())), profile);
    });
  }
  state.SetItemsProcessed(fired);
}

BENCHMARK(insert<TimerWheel>)->Unit(benchmark::kMillisecond);
BENCHMARK(insert<HeapTimers>)->Unit(benchmark::kMillisecond);
BENCHMARK(fire<TimerWheel>)->Arg(kHorizon.count())->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(fire<HeapTimers>)->Arg(kHorizon.count())->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(rearm<TimerWheel>);
BENCHMARK(rearm<HeapTimers>);

}  // namespace
}  // namespace millrace
