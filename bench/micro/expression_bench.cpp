// What a rule costs: evaluating it on a profile, and letting an event count in its state.
#include "engine/base/random.hpp"
#include "engine/expression/compiler.hpp"
#include "engine/expression/evaluator.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <variant>
#include <vector>

namespace millrace::expression {
namespace {

constexpr std::int64_t kHour = 3'600'000;

// Many profiles, so that the state of each is not always in the nearest cache.
struct Population {
  explicit Population(std::size_t profiles) : catalog(fields, names), states(profiles) {
    environment.event = true;
  }

  Program compiled(std::string_view text) {
    auto made = compile(text, environment, catalog);
    CHECK(std::holds_alternative<Program>(made));
    return std::move(std::get<Program>(made));
  }

  // Events an hour apart, for everyone.
  void live(std::int64_t events) {
    std::vector<Value> values(fields.size(), Value::of(19.99));
    for (std::int64_t i = 0; i < events; ++i) {
      event.name = names.find("purchase");
      event.time = event.now = from_millis(i * kHour);
      event.values = values;
      facts.event = &event;
      for (AggregateState& state : states) feed(catalog.aggregates, facts, state, nullptr);
    }
    facts.event = nullptr;
  }

  Projection fields;
  NameTable names;
  Catalog catalog;
  Environment environment;
  Facts facts;
  Event event;
  std::vector<AggregateState> states;
};

void evaluates(benchmark::State& run, const char* text) {
  Population all(static_cast<std::size_t>(run.range(1)));
  const Program program = all.compiled(text);
  all.live(run.range(0));
  const Time now = from_millis(run.range(0) * kHour);
  std::size_t i = 0;
  for (auto _ : run) {
    all.facts.aggregates = &all.states[i];
    if (++i == all.states.size()) i = 0;
    benchmark::DoNotOptimize(holds(program, all.catalog.aggregates, all.facts, now));
  }
}

// Events in the window of each profile, and profiles.
#define MILLRACE_EVALUATE(name, text) \
  BENCHMARK_CAPTURE(evaluates, name, text)->Args({5, 1})->Args({5, 1000})->Args({200, 1})
MILLRACE_EVALUATE(count_threshold, "count(purchase, 30d) >= 3");
MILLRACE_EVALUATE(sum_threshold, "sum(purchase.value, 90d) >= 100");
MILLRACE_EVALUATE(lapsed, "exists(purchase) and since(purchase) >= 30d");
MILLRACE_EVALUATE(
    at_risk,
    "age() >= 28d and count(any, 28d) >= 12 and rate(any, 7d) < 0.4 * rate(any, 28d, offset=7d)");

// One more entry: in order, the window full, so that each takes the place of the oldest.
void adds(benchmark::State& run, const char* text) {
  Population all(static_cast<std::size_t>(run.range(1)));
  all.compiled(text);
  const std::string window = std::to_string(run.range(0)) + "h";
  all.compiled("count(purchase, " + window + ")");
  all.compiled("sum(purchase.value, " + window + ")");
  all.live(run.range(0) + 1);
  const StreamId stream = all.catalog.aggregates.aggregate(run.range(2) == 0 ? 1 : 2).stream;
  std::int64_t hour = run.range(0) + 1;
  std::size_t i = 0;
  for (auto _ : run) {
    const Time now = from_millis(hour * kHour);
    all.states[i].add(all.catalog.aggregates, stream, now, Value::of(5.0), now);
    if (++i == all.states.size()) i = 0, ++hour;
  }
}
BENCHMARK_CAPTURE(adds, one_entry, "since(purchase)")
    ->ArgNames({"entries", "profiles", "valued"})
    ->Args({5, 1, 0})
    ->Args({5, 1000, 0})
    ->Args({5, 1000, 1})
    ->Args({200, 1, 1});

void feeds(benchmark::State& run) {
  Population all(1000);
  for (const auto* text : {"count(purchase, 5h)",
                           "since(purchase)",
                           "sum(purchase.value, 5h)",
                           "count(any, 5h)",
                           "count(view, 5h)"})
    all.compiled(text);
  all.live(6);
  std::int64_t hour = 6;
  std::size_t i = 0;
  all.facts.event = &all.event;
  std::vector<Value> values(all.fields.size(), Value::of(19.99));
  all.event.values = values;
  for (auto _ : run) {
    all.event.time = all.event.now = from_millis(hour * kHour);
    feed(all.catalog.aggregates, all.facts, all.states[i], nullptr);
    if (++i == all.states.size()) i = 0, ++hour;
  }
}
BENCHMARK(feeds);

void codes(benchmark::State& run) {
  Population all(1);
  for (const auto* text :
       {"count(purchase, 30d)", "since(purchase)", "sum(purchase.value, 90d)", "count(any, 28d)"})
    all.compiled(text);
  all.live(5);
  std::string bytes;
  for (auto _ : run) {
    bytes.clear();
    ByteWriter writer(bytes);
    all.states[0].encode(all.catalog.aggregates, writer);
    ByteReader reader(bytes);
    AggregateState state;
    benchmark::DoNotOptimize(state.decode(all.catalog.aggregates, reader));
  }
  run.counters["bytes"] = static_cast<double>(bytes.size());
  run.counters["memory"] = static_cast<double>(all.states[0].memory_bytes());
}
BENCHMARK(codes);

void compiles(benchmark::State& run) {
  for (auto _ : run) {
    Population all(0);
    benchmark::DoNotOptimize(
        all.compiled("age() >= 28d and count(any, 28d) >= 12 and rate(any, 7d) < 0.4 * rate(any, "
                     "28d, offset=7d)"));
  }
}
BENCHMARK(compiles);

}  // namespace
}  // namespace millrace::expression
