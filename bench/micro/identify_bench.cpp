// What identification costs an event, among a million profiles: the table alone, and the operator
// with its checks and hashes. Identifiers are drawn evenly, so that nearly every one is cold.
#include "engine/base/random.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"
#include "operators/profile/identity_table.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

constexpr std::size_t kProfiles = 1'000'000;
constexpr std::size_t kEvents = 1 << 16;

std::string user_of(std::uint64_t number) { return "customer-" + std::to_string(mix64(number)); }
std::string cookie_of(std::uint64_t number) {
  const std::string hex = to_hex(hash128(std::to_string(number)));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

// As many profiles, each of a user and an anonymous id; then events of both ids each.
void known_ids_of_table(benchmark::State& state) {
  IdentityTable table({});
  const auto keys = [](std::uint64_t number) {
    return std::vector<IdentityKey>{{hash128(user_of(number)), true}, {hash128(cookie_of(number))}};
  };
  Resolution out;
  for (std::uint64_t i = 0; i < kProfiles; ++i) table.resolve(keys(i), out);
  Random random(1);
  std::vector<std::vector<IdentityKey>> events;
  for (std::size_t i = 0; i < kEvents; ++i) events.push_back(keys(random.below(kProfiles)));
  std::size_t at = 0;
  for (auto _ : state) {
    table.resolve(events[at++ % kEvents], out);
    benchmark::DoNotOptimize(out.profile);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes/id"] =
      static_cast<double>(table.memory_bytes()) / static_cast<double>(table.ids());
}

void known_ids(benchmark::State& state) {
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
  for (std::uint64_t i = 0; i < kProfiles; ++i) {
    out.clear();
    identify->identify(event_of(i), arena, out);
    arena.clear();
  }
  Random random(1);
  std::vector<Event> events;
  for (std::size_t i = 0; i < kEvents; ++i) events.push_back(event_of(random.below(kProfiles)));
  std::size_t at = 0;
  for (auto _ : state) {
    out.clear();
    identify->identify(events[at++ % kEvents], arena, out);
    benchmark::DoNotOptimize(out.profile);
  }
  state.SetItemsProcessed(state.iterations());
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

BENCHMARK(known_ids_of_table);
BENCHMARK(known_ids);
BENCHMARK(new_ids_of_table)->Iterations(2'000'000);

}  // namespace
}  // namespace millrace
