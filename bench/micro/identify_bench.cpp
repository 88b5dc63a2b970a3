// What identification costs an event: the table alone, and the operator with its checks and hashes.
// Among a thousand profiles everything is in the cache; among a million, drawn evenly, nearly no
// identifier is.
#include "engine/base/random.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/profile/identity_table.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

constexpr std::size_t kBatch = 1024;  // events: as warm as a parser leaves them

std::string user_of(std::uint64_t number) { return "customer-" + std::to_string(mix64(number)); }
std::string cookie_of(std::uint64_t number) {
  const std::string hex = to_hex(hash128(std::to_string(number)));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

// The argument: how many profiles there are, each of a user and an anonymous id; then events of
// both ids each.
void known_ids_of_table(benchmark::State& state) {
  const auto profiles = static_cast<std::uint64_t>(state.range(0));
  IdentityTable table({});
  const auto keys = [](std::uint64_t number) {
    return std::vector<IdentityKey>{{hash128(user_of(number)), true}, {hash128(cookie_of(number))}};
  };
  Resolution out;
  WriteSet saved;
  for (std::uint64_t i = 0; i < profiles; ++i) table.resolve(keys(i), out);
  table.save("i", saved);
  Random random(1);
  std::vector<std::vector<IdentityKey>> events(kBatch);
  for (auto _ : state) {
    state.PauseTiming();
    for (auto& event : events) event = keys(random.below(profiles));
    state.ResumeTiming();
    for (const auto& event : events) table.resolve(event, out);
    benchmark::DoNotOptimize(out.profile);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  state.counters["bytes/id"] =
      static_cast<double>(table.memory_bytes()) / static_cast<double>(table.ids());
}

void known_ids(benchmark::State& state) {
  const auto profiles = static_cast<std::uint64_t>(state.range(0));
  Registry registry;
  add_builtin_operators(registry);
  Catalog catalog;
  ColumnNumbers numbers;
  config::Problems problems;
  Lane lane(catalog, numbers, &problems);
  lane.begin_node("identify");
  const auto identify = registry.find("identify")->prepare({}, problems, {}).make_identifier(lane);
  Arena arena;
  Identity out;
  const auto event_of = [&](std::uint64_t number) {
    Event event;
    event.kind = EventKind::kPage;
    event.user_id = arena.copy(user_of(number));
    event.anonymous_id = arena.copy(cookie_of(number));
    return event;
  };
  for (std::uint64_t i = 0; i < profiles; ++i) {
    out.clear();
    identify->identify(event_of(i), arena, out);
    arena.clear();
  }
  Random random(1);
  std::vector<Event> events(kBatch);
  for (auto _ : state) {
    state.PauseTiming();
    arena.clear();
    for (Event& event : events) event = event_of(random.below(profiles));
    state.ResumeTiming();
    for (const Event& event : events) {
      out.clear();
      identify->identify(event, arena, out);
    }
    benchmark::DoNotOptimize(out.profile);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

// The same kind of event when it is the first of its profile.
void new_ids_of_table(benchmark::State& state) {
  IdentityTable table({});
  Resolution out;
  std::uint64_t next = 0;
  for (auto _ : state) {
    const IdentityKey keys[] = {{{mix64(++next), next}, true}, {{mix64(++next), next}}};
    table.resolve(keys, out);
    benchmark::DoNotOptimize(out.profile);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(known_ids_of_table)->Arg(1000)->Arg(1'000'000);
BENCHMARK(known_ids)->Arg(1000)->Arg(1'000'000);
BENCHMARK(new_ids_of_table)->Iterations(2'000'000);

}  // namespace
}  // namespace millrace
