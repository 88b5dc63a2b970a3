// What the shop topology's features and segments cost an event, on profiles that are in a cache and
// on profiles that are not.
#include "engine/base/file.hpp"
#include "engine/base/random.hpp"
#include "engine/config/node.hpp"
#include "engine/operator/registry.hpp"
#include "operators/builtin.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace millrace {
namespace {

class Silence final : public Output {
 public:
  void emit(NameId, Time) override {}
  void enter(Slot, SegmentId) override { ++changes; }
  void exit(Slot, SegmentId) override { ++changes; }
  void effect(Slot, std::string_view, std::string_view) override {}
  std::int64_t changes = 0;
};

// The nodes `features` and `rules` of the shop, in one lane.
class Shop {
 public:
  Shop() {
    SystemFiles files;
    config::Problems problems;
    const auto document = config::Document::load(
        *read_file(files, MILLRACE_SOURCE_DIR "/topologies/shop.yaml", 1 << 20),
        "shop.yaml",
        problems);
    for (const auto& [identifier, name, value] : document.root().child("events").entries())
      catalog_.declare_event(identifier, catalog_.names.add(value.text()));
    catalog_.names.add_derived("session_start");
    Registry registry;
    add_builtin_operators(registry);
    std::vector<std::function<std::unique_ptr<Operator>(Lane&)>> make;
    for (const char* name : {"features", "rules"})
      make.push_back(registry.find(name)
                         ->prepare(document.root().child("nodes").child(name), problems, {})
                         .make_operator);
    Lane planning(catalog_, numbers_, &problems);
    const auto planned = build(make, planning);
    CHECK(problems.empty());
    lane_ = std::make_unique<Lane>(catalog_, numbers_);
    nodes_ = build(make, *lane_);
    values_.assign(catalog_.projection.size(), Value());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const std::string& path = catalog_.projection.fields()[i].path;
      if (path == "properties.revenue") values_[i] = Value::of(19.5);
      if (path == "properties.category") values_[i] = Value::of(std::string_view("shoes"));
    }
    for (const char* name : {"product_view", "cart_add", "purchase"})
      names_.push_back(catalog_.event(name));
  }

  // A page view mostly, then a product, a cart, an order: as a shop sees them.
  void event(Slot slot, std::uint64_t random) {
    const std::uint64_t what = random % 100;
    Event event;
    event.kind = what < 40 ? EventKind::kPage : EventKind::kTrack;
    event.name = what < 40 ? kPageName : names_[what < 85 ? 0 : what < 96 ? 1 : 2];
    event.time = event.now = now_;
    event.slot = slot;
    event.values = values_;
    lane_->set_now(now_);
    for (const auto& node : nodes_) benchmark::DoNotOptimize(node->process(event, out_));
  }
  void pass(Duration duration) { now_ += duration; }
  // Fires timers, as a tick does.
  void tick() {
    const auto load = [&](ProfileId profile) { return lane_->table().find(profile); };
    const auto fire = [&](const Timer& timer) {
      nodes_[lane_->node_of(timer.id)]->on_timer(timer, out_);
    };
    lane_->advance(now_, now_, load, fire);
  }
  Slot profile(ProfileId number) {
    const Slot slot = lane_->create(number);
    lane_->info(slot).first_seen = now_;
    return slot;
  }
  std::int64_t changes() const { return out_.changes; }
  std::size_t heap_bytes() const { return lane_->table().heap_bytes_per_profile(1000); }

 private:
  static std::vector<std::unique_ptr<Operator>> build(
      const std::vector<std::function<std::unique_ptr<Operator>(Lane&)>>& make, Lane& lane) {
    std::vector<std::unique_ptr<Operator>> made;
    for (std::size_t i = 0; i < make.size(); ++i) {
      lane.begin_node(i == 0 ? "features" : "rules");
      made.push_back(make[i](lane));
    }
    return made;
  }

  Catalog catalog_;
  ColumnNumbers numbers_;
  std::unique_ptr<Lane> lane_;
  std::vector<std::unique_ptr<Operator>> nodes_;
  std::vector<NameId> names_;
  std::vector<Value> values_;
  Silence out_;
  Time now_ = from_millis(1'767'225'600'000);
};

// Profiles that come by turns, each for a visit of twenty events in ten minutes, about once in
// three days.
void shop(benchmark::State& run) {
  const auto profiles = static_cast<std::size_t>(run.range(0));
  const bool ticks = run.range(1) != 0;
  Shop shop;
  Random random(1);
  std::vector<Slot> slots;
  for (std::size_t i = 0; i < profiles; ++i) slots.push_back(shop.profile(i + 1));
  constexpr std::size_t kVisit = 20;
  const Duration pause = Duration(std::chrono::hours(72)) / static_cast<std::int64_t>(profiles);
  std::size_t events = 0;
  Slot slot = 0;
  const auto one = [&] {
    if (events++ % kVisit == 0) {
      slot = slots[random.below(profiles)];
      shop.pass(pause);
    }
    shop.pass(std::min<Duration>(std::chrono::seconds(30), pause));
    if (ticks) shop.tick();
    shop.event(slot, random.next());
  };
  while (events < profiles * kVisit * 10) one();
  const std::int64_t before = shop.changes();
  const std::size_t events_before = events;
  for (auto _ : run) one();
  const auto count = static_cast<double>(events - events_before);
  run.SetItemsProcessed(static_cast<std::int64_t>(count));
  run.counters["changes"] = static_cast<double>(shop.changes() - before) / count;
  run.counters["heap"] = static_cast<double>(shop.heap_bytes());
}
BENCHMARK(shop)->ArgNames({"profiles", "ticks"})->ArgsProduct({{1, 1000, 100'000}, {0, 1}});

}  // namespace
}  // namespace millrace
